/*
 * Times as people and JSON read them: RFC 3339.
 */
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What four digits of a year can say. */
#define YEAR_0_S INT64_C(-62167219200)
#define YEAR_9999_END_S INT64_C(253402300799)
#define DAY_S 86400

/* The date and time without an end; a time outside the years 0 to 9999 is drawn to them. */
static void
format_parts(int64_t at_s, char text[CLOCK_TEXT_BYTES])
{
	time_t inside = at_s < YEAR_0_S ? YEAR_0_S : at_s;
	struct tm tm;

	if (inside > YEAR_9999_END_S)
		inside = YEAR_9999_END_S;
	(void)gmtime_r(&inside, &tm); /* fails for years past an int only */
	(void)snprintf(text, CLOCK_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u",
	    (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
	    (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100,
	    (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

void
clock_format_ms(int64_t at_ms, char text[CLOCK_TEXT_BYTES])
{
	int64_t part_ms = at_ms % 1000;
	int64_t at_s = at_ms / 1000;
	size_t len;

	if (part_ms < 0) {
		part_ms += 1000;
		at_s--;
	}
	format_parts(at_s, text);
	len = strlen(text);
	(void)snprintf(text + len, CLOCK_TEXT_BYTES - len, ".%03uZ", (unsigned)part_ms);
}

void
clock_format_s(int64_t at_s, char text[CLOCK_TEXT_BYTES])
{
	size_t len;

	format_parts(at_s, text);
	len = strlen(text);
	(void)snprintf(text + len, CLOCK_TEXT_BYTES - len, "Z");
}

/* Exactly so many digits. */
static bool
take_digits(const char **at, size_t count, int *value)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		if ((*at)[i] < '0' || (*at)[i] > '9')
			return false;
		sum = sum * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*value = sum;
	return true;
}

static bool
take_one_of(const char **at, const char *chars, char *taken)
{
	if (**at == '\0' || strchr(chars, **at) == NULL)
		return false;
	*taken = *(*at)++;
	return true;
}

static bool
take_date(const char **at, struct tm *tm)
{
	char dash;

	if (!take_digits(at, 4, &tm->tm_year) || !take_one_of(at, "-", &dash) ||
	    !take_digits(at, 2, &tm->tm_mon) || !take_one_of(at, "-", &dash) ||
	    !take_digits(at, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_mon >= 0 && tm->tm_mon < 12;
}

static bool
take_time(const char **at, struct tm *tm)
{
	char colon;

	return take_digits(at, 2, &tm->tm_hour) && take_one_of(at, ":", &colon) &&
	       take_digits(at, 2, &tm->tm_min) && take_one_of(at, ":", &colon) &&
	       take_digits(at, 2, &tm->tm_sec) && tm->tm_hour < 24 && tm->tm_min < 60 &&
	       tm->tm_sec <= 60;
}

/* ".123456": what is finer than a millisecond is cut. */
static bool
take_fraction(const char **at, int *ms)
{
	static const int weights[] = { 100, 10, 1 };
	size_t digits = 0;
	int digit;
	char point;

	*ms = 0;
	if (!take_one_of(at, ".", &point))
		return true;
	for (; take_digits(at, 1, &digit); digits++)
		if (digits < 3)
			*ms += digit * weights[digits];
	return digits > 0;
}

static bool
take_zone(const char **at, int *offset_s)
{
	int hours, minutes;
	char sign, colon;

	*offset_s = 0;
	if (take_one_of(at, "Zz", &sign))
		return true;
	if (!take_one_of(at, "+-", &sign) || !take_digits(at, 2, &hours) ||
	    !take_one_of(at, ":", &colon) || !take_digits(at, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*offset_s = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

bool
clock_parse(const char *text, int64_t *at_ms)
{
	struct tm tm = { 0 };
	int64_t at_s;
	int day, ms, offset_s;
	char between;
	bool is_leap;

	if (!take_date(&text, &tm) || !take_one_of(&text, "Tt ", &between) ||
	    !take_time(&text, &tm) || !take_fraction(&text, &ms) ||
	    !take_zone(&text, &offset_s) || *text != '\0')
		return false;
	day = tm.tm_mday;
	is_leap = tm.tm_sec == 60;
	tm.tm_sec -= is_leap ? 1 : 0;
	at_s = timegm(&tm) - offset_s + (is_leap ? 1 : 0);
	/* timegm() made 31 February a day in March; a leap second is the last of a day */
	if (tm.tm_mday != day || (is_leap && at_s % DAY_S != 0) || at_s < YEAR_0_S ||
	    at_s > YEAR_9999_END_S)
		return false;
	*at_ms = at_s * 1000 + ms;
	return true;
}
