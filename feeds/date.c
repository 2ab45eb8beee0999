/*
 * Dates, by their parts and not by layouts: a time of day is what has colons, a zone is
 * what has a sign after it or a known name, a month is a known name; the numbers left are
 * day, month and year in the order that their sizes and separators allow.
 */
#include "feeds/date.h"

#include <stddef.h>
#include <string.h>

#include "feeds/date_words.h"

#define NUMBERS_MAX 4
#define DIGITS_MAX 8
#define OFFSET_MAX_MINUTES (15 * 60)
#define EAST_ASIA_MINUTES (9 * 60)

/* A number of the date. */
struct number {
	int value;
	int digits;
	char separator;      /* what stands in front of it; 0: nothing */
	enum date_role role; /* of the word behind it, or NONE */
};

enum last { LAST_NOTHING, LAST_NUMBER, LAST_TIME, LAST_ZONE };

struct scan {
	const char *at;
	struct number numbers[NUMBERS_MAX];
	int count;
	int month; /* by name; 0: none */
	int hour, minute, second;
	bool has_time, is_am, is_pm;
	bool has_offset, is_east_asian;
	int offset_minutes;
	enum last last; /* what was read last, blanks and commas aside */
	bool is_apart;  /* a blank stands between it and what comes now */
	char separator; /* the last character that is neither digit nor letter */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Read up to max digits. @return how many there were */
static int
take_digits(const char **at, int max, int *value)
{
	int digits = 0;

	*value = 0;
	while (digits < max && is_digit(**at)) {
		*value = *value * 10 + (**at - '0');
		(*at)++;
		digits++;
	}
	return digits;
}

/* "16:07:09.5": the second time of a text counts, as in "00:00:00.0 16:07:09.0". A fourth
 * part of two digits is passed over ("16:07:09:00"). */
static bool
take_time(struct scan *scan)
{
	int extra = 0;

	if (take_digits(&scan->at, 2, &scan->hour) == 0)
		return false;
	scan->at++; /* the colon that was seen */
	if (take_digits(&scan->at, 2, &scan->minute) == 0)
		return false;
	scan->second = 0;
	if (scan->at[0] == ':' && is_digit(scan->at[1])) {
		scan->at++;
		(void)take_digits(&scan->at, 2, &scan->second); /* one was seen */
	}
	if ((scan->at[0] == '.' || scan->at[0] == ',') && is_digit(scan->at[1])) {
		scan->at++;
		scan->at += strspn(scan->at, "0123456789");
	}
	if (scan->at[0] == ':' && is_digit(scan->at[1])) {
		scan->at++;
		if (take_digits(&scan->at, 2, &extra) != 2)
			return false;
	}
	scan->has_time = true;
	scan->last = LAST_TIME;
	return !is_digit(scan->at[0]);
}

/* "T160709" of ISO 8601 without colons */
static bool
take_compact_time(struct scan *scan, int digits)
{
	if (digits != 4 && digits != 6)
		return false;
	(void)take_digits(&scan->at, 2, &scan->hour); /* that many are there */
	(void)take_digits(&scan->at, 2, &scan->minute);
	(void)take_digits(&scan->at, 2, &scan->second);
	scan->has_time = true;
	scan->last = LAST_TIME;
	return true;
}

static bool
take_number(struct scan *scan)
{
	int digits = (int)strspn(scan->at, "0123456789");
	struct number *number;

	if (digits <= 2 && scan->at[digits] == ':' && is_digit(scan->at[digits + 1]))
		return take_time(scan);
	if (scan->separator == 'T' && take_compact_time(scan, digits))
		return true;
	if (digits > DIGITS_MAX || scan->count == NUMBERS_MAX)
		return false;
	number = &scan->numbers[scan->count++];
	*number = (struct number){ .digits = digits, .separator = scan->separator };
	(void)take_digits(&scan->at, digits, &number->value); /* that many are there */
	scan->last = LAST_NUMBER;
	return true;
}

/* "+0900", "+09:00", "+09:00:00", "-5"; scan->at is at the sign. */
static bool
take_offset(struct scan *scan)
{
	int sign = *scan->at == '-' ? -1 : 1;
	int hours = 0, minutes = 0, digits;

	scan->at++;
	digits = (int)strspn(scan->at, "0123456789");
	if (digits > 4 || digits == 3)
		return false;
	(void)take_digits(&scan->at, digits > 2 ? 2 : digits, &hours); /* there are */
	if (digits > 2)
		(void)take_digits(&scan->at, 2, &minutes);
	if (scan->at[0] == ':') {
		scan->at++;
		if (digits > 2 || take_digits(&scan->at, 2, &minutes) != 2)
			return false;
		scan->at += strspn(scan->at, ":0");
	}
	scan->offset_minutes = sign * (hours * 60 + minutes);
	scan->has_offset = true;
	scan->last = LAST_ZONE;
	return minutes < 60 && hours * 60 + minutes <= OFFSET_MAX_MINUTES &&
	       !is_letter(scan->at[0]);
}

/* Whether a sign begins an offset, or separates the numbers of a date. */
static bool
is_offset(const struct scan *scan)
{
	if (!is_digit(scan->at[1]))
		return false;
	if (*scan->at == '+')
		return scan->count > 0;
	if (!scan->has_time)
		return false;
	return scan->last != LAST_NUMBER ||
	       (scan->is_apart && strspn(scan->at + 1, "0123456789") == 4);
}

/* The word behind a number says what that number is: 2004年 5月 */
static void
mark_number(struct scan *scan, enum date_role role)
{
	struct number *number = scan->count > 0 ? &scan->numbers[scan->count - 1] : NULL;

	scan->is_east_asian = true;
	if (number == NULL || number->role != ROLE_NONE)
		return;
	if (role < ROLE_HOUR) {
		number->role = role;
		return;
	}
	scan->count--;
	scan->has_time = true;
	if (role == ROLE_HOUR)
		scan->hour = number->value;
	else if (role == ROLE_MINUTE)
		scan->minute = number->value;
	else
		scan->second = number->value;
}

static bool
apply_word(struct scan *scan, const struct date_word *word)
{
	switch (word->role) {
	case ROLE_NONE:
	case ROLE_SKIP:
		return true;
	case ROLE_MONTH:
		scan->month = word->value;
		return true;
	case ROLE_AM:
	case ROLE_PM:
		scan->is_am = word->role == ROLE_AM;
		scan->is_pm = word->role == ROLE_PM;
		scan->is_east_asian |= (unsigned char)word->text[0] >= 0x80;
		return true;
	case ROLE_ZONE:
		/* an offset in digits says more than a name */
		if (!scan->has_time || scan->has_offset)
			return true;
		scan->offset_minutes = word->value;
		scan->has_offset = word->value != 0; /* GMT-0700 */
		scan->last = LAST_ZONE;
		return true;
	case ROLE_YEAR:
	case ROLE_MONTH_NUMBER:
	case ROLE_DAY:
	case ROLE_HOUR:
	case ROLE_MINUTE:
	case ROLE_SECOND:
		mark_number(scan, word->role);
		return true;
	}
	return true;
}

static bool
take_word(struct scan *scan)
{
	size_t len = date_word_half_day(scan->at);
	const char *text = scan->at;
	const struct date_word *word;

	if (len > 0) {
		scan->is_pm = *text == 'p' || *text == 'P';
		scan->is_am = !scan->is_pm;
		scan->at += len;
		return true;
	}
	while (is_letter(text[len]))
		len++;
	scan->at += len;
	word = date_word_find(text, len);
	if (word != NULL) {
		/* 2012-08-25T16:07:09EST: the name does not end what comes before */
		scan->separator = ' ';
		return apply_word(scan, word);
	}
	if (len == 1 && (*text == 'T' || *text == 't')) {
		scan->separator = 'T';
		return true;
	}
	/* a weekday of another language, or a zone that we do not know */
	return scan->count == 0 || scan->has_time;
}

static bool
take_next(struct scan *scan)
{
	char c = *scan->at;

	if (is_digit(c))
		return take_number(scan);
	if (is_letter(c))
		return take_word(scan);
	if ((c == '+' || c == '-') && is_offset(scan))
		return take_offset(scan);
	if (strchr("+-", c) != NULL && scan->last == LAST_TIME && is_letter(scan->at[1]))
		return false; /* "+zz:00" */
	scan->is_apart = c == ' ';
	scan->separator = c;
	scan->at++;
	return true;
}

/* -- from numbers to a date -- */

struct day {
	int year, month, day;
};

/* RFC 2822 4.3 */
static int
full_year(const struct number *number)
{
	if (number->digits >= 4)
		return number->value;
	if (number->digits == 3)
		return 1900 + number->value;
	return number->value + (number->value < 50 ? 2000 : 1900);
}

static bool
is_year(const struct number *number)
{
	return number->digits >= 4 || number->value > 31;
}

/* 20040525, 040525, 2004146, 04146, and -0405 without its century */
static bool
split_packed(const struct number *number, struct day *day)
{
	int value = number->value;

	*day = (struct day){ 0, 1, 1 };
	switch (number->digits) {
	case 8:
	case 6:
		day->day = value % 100;
		day->month = value / 100 % 100;
		value /= 10000;
		break;
	case 7:
	case 5:
		day->day = value % 1000; /* of the year */
		value /= 1000;
		break;
	case 4:
		if (number->separator == '-') {
			day->month = value % 100;
			value /= 100;
			break;
		}
		day->year = value;
		return true;
	default:
		return false;
	}
	day->year = value + (number->digits >= 7 ? 0 : value < 50 ? 2000 : 1900);
	return true;
}

static bool
read_named_month(const struct scan *scan, struct day *day)
{
	const struct number *first = &scan->numbers[0], *second = &scan->numbers[1];

	if (scan->count < 2)
		return false;
	day->month = scan->month;
	if (is_year(first)) {
		day->year = full_year(first);
		day->day = second->value;
	} else {
		day->year = full_year(second);
		day->day = first->value;
	}
	return true;
}

static bool
read_marked(const struct scan *scan, struct day *day)
{
	*day = (struct day){ 0, 0, 1 };
	for (int i = 0; i < scan->count; i++) {
		const struct number *number = &scan->numbers[i];

		if (number->role == ROLE_YEAR)
			day->year = full_year(number);
		else if (number->role == ROLE_MONTH_NUMBER)
			day->month = number->value;
		else if (number->role == ROLE_DAY)
			day->day = number->value;
	}
	return day->year > 0 && day->month > 0;
}

static bool
read_two(const struct number *first, const struct number *second, struct day *day)
{
	if (second->digits == 3 && first->digits == 4) /* the day of the year */
		*day = (struct day){ first->value, 1, second->value };
	else if (first->digits == 4 || (first->separator == '-' && first->digits == 2))
		*day = (struct day){ full_year(first), second->value, 1 };
	else
		return false;
	return true;
}

/* Three numbers. The day stands first with dots, and where the month cannot. */
static bool
read_three(const struct number *numbers, struct day *day)
{
	const struct number *first = &numbers[0], *second = &numbers[1],
			    *third = &numbers[2];

	if (is_year(first) || (first->digits == 2 && second->separator == '-' &&
				  second->digits == 2 && third->digits == 2))
		*day = (struct day){ full_year(first), second->value, third->value };
	else if (first->value > 12 || second->separator == '.')
		*day = (struct day){ full_year(third), second->value, first->value };
	else
		*day = (struct day){ full_year(third), first->value, second->value };
	return true;
}

static bool
read_day(const struct scan *scan, struct day *day)
{
	const struct number *numbers = scan->numbers;

	if (scan->month > 0)
		return read_named_month(scan, day);
	for (int i = 0; i < scan->count; i++) {
		if (numbers[i].role != ROLE_NONE)
			return read_marked(scan, day);
	}
	if (scan->count == 1)
		return split_packed(&numbers[0], day);
	if (scan->count == 2)
		return read_two(&numbers[0], &numbers[1], day);
	return scan->count == 3 && read_three(numbers, day);
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool
is_valid(const struct day *day, bool is_ordinal)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int length;

	if (day->year < 1 || day->year > 9999 || day->month < 1 || day->month > 12)
		return false;
	length = lengths[day->month - 1] + (day->month == 2 && is_leap(day->year));
	if (is_ordinal)
		length = 365 + is_leap(day->year);
	return day->day >= 1 && day->day <= length;
}

/* Days since 1970-01-01 in the Gregorian calendar, for all years from 1 on. */
static int64_t
days_since_epoch(const struct day *day)
{
	int64_t year = day->month > 2 ? day->year : day->year - 1;
	int64_t month = (day->month + 9) % 12; /* from March */
	int64_t days = year * 365 + year / 4 - year / 100 + year / 400;

	return days + (month * 153 + 2) / 5 + day->day - 1 - 719468;
}

/* "25 Aug 2012 16 +0000": a third number is the hour */
static void
settle_time(struct scan *scan)
{
	if (scan->month > 0 && scan->count == 3 && !scan->has_time) {
		scan->hour = scan->numbers[2].value;
		scan->count = 2;
		scan->has_time = true;
	}
	if (scan->is_pm && scan->hour < 12)
		scan->hour += 12;
	else if (scan->is_am && scan->hour == 12)
		scan->hour = 0;
	if (scan->is_east_asian && !scan->has_offset)
		scan->offset_minutes = EAST_ASIA_MINUTES;
}

static bool
is_ordinal(const struct scan *scan)
{
	int digits = scan->numbers[0].digits;

	if (scan->month > 0)
		return false;
	if (scan->count == 1)
		return digits == 5 || digits == 7;
	return scan->count == 2 && scan->numbers[1].digits == 3;
}

bool
date_parse(const char *text, int64_t *unix_s)
{
	struct scan scan = { .at = text };
	struct day day = { 0, 1, 1 };

	while (*scan.at != '\0') {
		if (!take_next(&scan))
			return false;
	}
	settle_time(&scan);
	if (!read_day(&scan, &day) || !is_valid(&day, is_ordinal(&scan)) ||
	    scan.hour > 24 || scan.minute > 59 || scan.second > 60)
		return false;
	*unix_s = days_since_epoch(&day) * 86400 + scan.hour * INT64_C(3600) +
		  (scan.minute - scan.offset_minutes) * INT64_C(60) + scan.second;
	return true;
}
