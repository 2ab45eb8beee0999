/*
 * Heads of HTTP answers: validators byte for byte (MANNERS 1.2, 1.3), freshness by RFC 9111
 * 4.2, Retry-After by RFC 9110 10.2.3.
 */
#include "feeds/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"
#include "feeds/date.h"

#define DELTA_MAX_S (1LL << 31) /* RFC 9111 1.2.2: greater ones are this one */

/* A piece of a line, borrowed. */
struct span {
	const char *text;
	size_t len;
};

void
response_init(struct response *response)
{
	*response = (struct response){ .max_age_s = -1 };
	response->job.fresh_s = -1;
	response->job.retry_after_s = -1;
}

void
response_clear(struct response *response)
{
	job_response_clear(&response->job);
	free(response->content_type);
	free(response->content_language);
	free(response->expires);
	free(response->date);
	free(response->retry_after);
	response_init(response);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(const char *text, size_t len)
{
	while (len > 0 && is_blank(*text)) {
		text++;
		len--;
	}
	while (len > 0 &&
	       (is_blank(text[len - 1]) || text[len - 1] == '\r' || text[len - 1] == '\n'))
		len--;
	return (struct span){ text, len };
}

static bool
is_word(struct span span, const char *word)
{
	return strlen(word) == span.len && strncasecmp(span.text, word, span.len) == 0;
}

/* The first one counts: a second of these is a server's mistake. */
static void
set_text(char **field, struct span value)
{
	if (*field == NULL)
		*field = mem_strndup(value.text, value.len);
}

/* Digits, perhaps in quotes. What is none is 0: stale at once. */
static int64_t
read_delta(struct span value)
{
	int64_t seconds = 0;

	if (value.len >= 2 && value.text[0] == '"' && value.text[value.len - 1] == '"')
		value = (struct span){ value.text + 1, value.len - 2 };
	for (size_t i = 0; i < value.len; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return 0;
		if (seconds < DELTA_MAX_S)
			seconds = seconds * 10 + (value.text[i] - '0');
	}
	return seconds < DELTA_MAX_S ? seconds : DELTA_MAX_S;
}

/* -- a function for each header -- */

static void
read_validator(char **field, struct span value)
{
	if (value.len > 0 && value.len <= JOB_VALIDATOR_MAX_BYTES &&
	    memchr(value.text, '\0', value.len) == NULL)
		set_text(field, value);
}

static void
read_etag(struct response *response, struct span value)
{
	read_validator(&response->job.etag, value);
}

static void
read_last_modified(struct response *response, struct span value)
{
	read_validator(&response->job.last_modified, value);
}

static void
read_directive(struct response *response, struct span directive)
{
	const char *equals = memchr(directive.text, '=', directive.len);
	size_t name_len =
	    equals == NULL ? directive.len : (size_t)(equals - directive.text);
	struct span name = trim(directive.text, name_len), value;

	if (is_word(name, "no-cache") || is_word(name, "no-store"))
		response->is_uncached = true;
	if (!is_word(name, "max-age") || response->max_age_s >= 0)
		return;
	value = equals == NULL ? (struct span){ "", 0 }
			       : trim(equals + 1, directive.len - name_len - 1);
	response->max_age_s = read_delta(value);
}

static void
read_cache_control(struct response *response, struct span value)
{
	while (value.len > 0) {
		const char *comma = memchr(value.text, ',', value.len);
		size_t len = comma == NULL ? value.len : (size_t)(comma - value.text);

		read_directive(response, trim(value.text, len));
		len += comma != NULL;
		value.text += len;
		value.len -= len;
	}
}

static void
read_age(struct response *response, struct span value)
{
	response->age_s = read_delta(value);
}

static void
read_expires(struct response *response, struct span value)
{
	set_text(&response->expires, value);
}

static void
read_date(struct response *response, struct span value)
{
	set_text(&response->date, value);
}

static void
read_retry_after(struct response *response, struct span value)
{
	set_text(&response->retry_after, value);
}

static void
read_content_type(struct response *response, struct span value)
{
	set_text(&response->content_type, value);
}

static void
read_content_language(struct response *response, struct span value)
{
	set_text(&response->content_language, value);
}

static const struct header {
	const char *name;
	void (*read)(struct response *response, struct span value);
} headers[] = {
	{ "etag", read_etag },
	{ "last-modified", read_last_modified },
	{ "cache-control", read_cache_control },
	{ "age", read_age },
	{ "expires", read_expires },
	{ "date", read_date },
	{ "retry-after", read_retry_after },
	{ "content-type", read_content_type },
	{ "content-language", read_content_language },
};

/* "HTTP/1.1 200 OK", "HTTP/2 304" */
static bool
read_status(struct response *response, const char *line, size_t len)
{
	size_t head_bytes = response->head_bytes, lines = response->lines;
	const char *blank;
	size_t left;

	if (len < 5 || strncasecmp(line, "HTTP/", 5) != 0)
		return false;
	response_clear(response);
	response->head_bytes = head_bytes; /* of all answers of one fetch */
	response->lines = lines;
	blank = memchr(line, ' ', len);
	if (blank == NULL)
		return true;
	left = len - (size_t)(blank - line);
	if (left >= 4 && strspn(blank + 1, "0123456789") >= 3)
		response->job.status =
		    (blank[1] - '0') * 100 + (blank[2] - '0') * 10 + (blank[3] - '0');
	response->job.is_not_modified = response->job.status == 304;
	return true;
}

static void
read_header(struct response *response, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	struct span name, value;

	if (colon == NULL || is_blank(*line)) /* obsolete folding: RFC 9112 5.2 */
		return;
	name = (struct span){ line, (size_t)(colon - line) };
	value = trim(colon + 1, len - name.len - 1);
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (is_word(name, headers[i].name))
			headers[i].read(response, value);
	}
}

bool
response_line(struct response *response, const char *line, size_t len, struct error *err)
{
	AUTO_FREE char *copy = NULL;

	response->head_bytes += len;
	response->lines++;
	if (response->head_bytes > RESPONSE_HEAD_MAX_BYTES ||
	    response->lines > RESPONSE_LINES_MAX)
		return error_set(err, ERROR_LIMIT, "HTTP",
		    "headers of more than %u bytes or %d lines", RESPONSE_HEAD_MAX_BYTES,
		    RESPONSE_LINES_MAX);
	copy = mem_strndup(line, len); /* with a NUL behind it */
	if (trim(copy, len).len == 0)
		response->is_head_over = true;
	else if (!read_status(response, copy, len) && !response->is_head_over)
		read_header(response, copy, len);
	return true;
}

/* -- what depends on the time -- */

static int64_t
date_or(const char *text, int64_t otherwise_s)
{
	int64_t at_s = otherwise_s;

	if (text != NULL)
		(void)date_parse(text, &at_s); /* then it stays */
	return at_s;
}

static int64_t
not_negative(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds < DELTA_MAX_S ? seconds : DELTA_MAX_S;
}

/* RFC 9111 4.2.1, 5.3: an Expires that is no date has passed. */
static int64_t
freshness(const struct response *response, int64_t now_s)
{
	int64_t date_s = date_or(response->date, now_s);

	if (response->is_uncached)
		return 0;
	if (response->max_age_s >= 0)
		return not_negative(response->max_age_s - response->age_s);
	if (response->expires == NULL)
		return -1;
	return not_negative(date_or(response->expires, date_s) - date_s - response->age_s);
}

static int64_t
retry_after(const struct response *response, int64_t now_s)
{
	const char *text = response->retry_after;
	int64_t at_s;

	if (text == NULL || *text == '\0')
		return -1;
	if (text[strspn(text, "0123456789")] == '\0')
		return read_delta((struct span){ text, strlen(text) });
	if (!date_parse(text, &at_s))
		return -1;
	return not_negative(at_s - date_or(response->date, now_s));
}

void
response_settle(struct response *response, int64_t now_ms)
{
	response->job.fresh_s = freshness(response, now_ms / 1000);
	response->job.retry_after_s = retry_after(response, now_ms / 1000);
}

/* MANNERS 2.7: "text/xml; charset=charset=utf-8" */
char *
response_charset(const char *content_type)
{
	const char *at = content_type == NULL ? NULL : strcasestr(content_type, "charset");

	while (at != NULL && strncasecmp(at, "charset", 7) == 0) {
		at += 7;
		at += strspn(at, " \t");
		if (*at != '=')
			return NULL;
		at++;
		at += strspn(at, " \t\"'");
	}
	if (at == NULL || strcspn(at, " \t\"';,") == 0)
		return NULL;
	return mem_strndup(at, strcspn(at, " \t\"';,"));
}
