/*
 * Heads of HTTP answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "feeds/response.h"

#define NOW_MS 784111777000 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define OK "HTTP/1.1 200 OK\r\n"

static const struct row {
	const char *name, *head;
	int status;
	const char *etag, *last_modified;
	int64_t fresh_s, retry_after_s;
} rows[] = {
	{ "nothing said", OK, 200, NULL, NULL, -1, -1 },
	{ "HTTP/2, line feeds only", "HTTP/2 304\nETag: x\n", 304, "x", NULL, -1, -1 },
	{ "validators byte for byte",
	    OK "ETag:  W/\"a  \xE9\" z \r\nLAST-MODIFIED:\tSat, 16 Nov 2041\r\n", 200,
	    "W/\"a  \xE9\" z", "Sat, 16 Nov 2041", -1, -1 },
	{ "empty validators are none", OK "ETag: \r\nLast-Modified:\r\n", 200, NULL, NULL,
	    -1, -1 },
	{ "the first of two", OK "ETag: a\r\nETag: b\r\n", 200, "a", NULL, -1, -1 },
	{ "the last answer counts", "HTTP/1.1 100 Continue\r\nETag: a\r\n\r\n" OK, 200,
	    NULL, NULL, -1, -1 },
	{ "trailers say nothing",
	    OK "ETag: a\r\n\r\nETag: b\r\nLast-Modified: c\r\nRetry-After: 9\r\n", 200, "a",
	    NULL, -1, -1 },
	{ "an ETag only behind the body", OK "\r\nETag: b\r\n", 200, NULL, NULL, -1, -1 },
	{ "max-age", OK "Cache-Control: public, MAX-AGE=600\r\n", 200, NULL, NULL, 600,
	    -1 },
	{ "max-age less its age", OK "Cache-Control: max-age = \"600\"\r\nAge: 100\r\n",
	    200, NULL, NULL, 500, -1 },
	{ "older than it may be", OK "Cache-Control: max-age=600\r\nAge: 700\r\n", 200,
	    NULL, NULL, 0, -1 },
	{ "s-maxage is for others", OK "Cache-Control: s-maxage=600\r\n", 200, NULL, NULL,
	    -1, -1 },
	{ "two lines", OK "Cache-Control: public\r\nCache-Control: max-age=5\r\n", 200,
	    NULL, NULL, 5, -1 },
	{ "no-cache with ten years", OK "Cache-Control: no-cache, max-age=315360000\r\n",
	    200, NULL, NULL, 0, -1 },
	{ "no-store", OK "Cache-Control: no-store\r\n", 200, NULL, NULL, 0, -1 },
	{ "a max-age that overflows", OK "Cache-Control: max-age=99999999999999999999\r\n",
	    200, NULL, NULL, 1LL << 31, -1 },
	{ "a negative max-age", OK "Cache-Control: max-age=-1\r\n", 200, NULL, NULL, 0,
	    -1 },
	{ "a max-age of words", OK "Cache-Control: max-age=soon\r\n", 200, NULL, NULL, 0,
	    -1 },
	{ "a max-age without a number", OK "Cache-Control: max-age\r\n", 200, NULL, NULL, 0,
	    -1 },
	{ "Expires less Date",
	    OK
	    "Date: Sun, 06 Nov 1994 08:00:00 GMT\r\nExpires: Sun, 06 Nov 1994 09:00:00 GMT\r\n",
	    200, NULL, NULL, 3600, -1 },
	{ "Expires less now", OK "Expires: Sun, 06 Nov 1994 08:50:37 GMT\r\n", 200, NULL,
	    NULL, 60, -1 },
	{ "an Expires that has passed", OK "Expires: Sun, 06 Nov 1994 08:00:00 GMT\r\n",
	    200, NULL, NULL, 0, -1 },
	{ "an Expires that is no date", OK "Expires: 0\r\n", 200, NULL, NULL, 0, -1 },
	{ "max-age beats Expires", OK "Expires: 0\r\nCache-Control: max-age=7\r\n", 200,
	    NULL, NULL, 7, -1 },
	{ "Retry-After in seconds", "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n", 503, NULL,
	    NULL, -1, 120 },
	{ "Retry-After as a date",
	    "HTTP/1.1 429 Slow\r\nRetry-After: Sun, 06 Nov 1994 08:59:37 GMT\r\n", 429,
	    NULL, NULL, -1, 600 },
	{ "Retry-After that has passed",
	    "HTTP/1.1 429 Slow\r\nRetry-After: Sun, 06 Nov 1994 07:59:37 GMT\r\n", 429,
	    NULL, NULL, -1, 0 },
	{ "Retry-After 0", "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\n", 429, NULL, NULL, -1,
	    0 },
	{ "Retry-After of words", "HTTP/1.1 429 Slow\r\nRetry-After: later\r\n", 429, NULL,
	    NULL, -1, -1 },
	{ "no colon, a folded line, no status", "HTTP/1.1 abc\r\nETag\r\n etag: x\r\n", 0,
	    NULL, NULL, -1, -1 },
};

static void
read_head(struct response *response, const char *head)
{
	struct error err = { 0 };

	response_init(response);
	while (*head != '\0') {
		size_t len = strcspn(head, "\n") + 1;

		assert_true(response_line(response, head, len, &err));
		head += len;
	}
	response_settle(response, NOW_MS);
}

static void
check_text(const char *got, const char *wanted)
{
	if (wanted == NULL)
		assert_null(got);
	else
		assert_string_equal(got, wanted);
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct response response;

	read_head(&response, row->head);
	assert_int_equal(response.job.status, row->status);
	assert_int_equal(response.job.is_not_modified, row->status == 304);
	check_text(response.job.etag, row->etag);
	check_text(response.job.last_modified, row->last_modified);
	assert_int_equal(response.job.fresh_s, row->fresh_s);
	assert_int_equal(response.job.retry_after_s, row->retry_after_s);
	response_clear(&response);
}

static void
charsets_are_found(void **state)
{
	static const char *const pairs[][2] = {
		{ "text/xml; charset=utf-8", "utf-8" },
		{ "text/xml;CHARSET = \"Shift_JIS\" ; x=y", "Shift_JIS" },
		{ "text/xml; charset=charset=euc-jp", "euc-jp" },
		{ "text/xml; charset=a; charset=b", "a" },
		{ "text/xml", NULL },
		{ "text/xml; charset", NULL },
		{ "text/xml; charset=", NULL },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *charset = response_charset(pairs[i][0]);

		check_text(charset, pairs[i][1]);
		free(charset);
	}
	assert_null(response_charset(NULL));
}

static void
lines_are_limited(void **state)
{
	struct response response;
	struct error err = { 0 };
	int lines = 0;

	response_init(&response);
	while (response_line(&response, "A: b\r\n", 6, &err))
		lines++;
	assert_int_equal(lines, RESPONSE_LINES_MAX);
	assert_int_equal(err.kind, ERROR_LIMIT);
	response_clear(&response);
}

static void
bytes_are_limited(void **state)
{
	AUTO_FREE char *line = mem_zalloc(RESPONSE_HEAD_MAX_BYTES + 1);
	struct response response;
	struct error err = { 0 };

	memset(line, 'x', RESPONSE_HEAD_MAX_BYTES + 1);
	response_init(&response);
	assert_true(response_line(&response, line, RESPONSE_HEAD_MAX_BYTES, &err));
	response_clear(&response);
	assert_false(response_line(&response, line, RESPONSE_HEAD_MAX_BYTES + 1, &err));
	response_clear(&response);
}

static void
a_validator_is_limited(void **state)
{
	AUTO_BUF struct buf line = BUF_EMPTY;
	struct response response;
	struct error err = { 0 };

	buf_add_text(&line, "ETag: ");
	for (size_t i = 0; i < JOB_VALIDATOR_MAX_BYTES; i++)
		buf_add_char(&line, 'e');
	response_init(&response);
	assert_true(response_line(&response, line.data, line.len, &err));
	assert_int_equal(strlen(response.job.etag), JOB_VALIDATOR_MAX_BYTES);
	response_clear(&response);
	buf_add_char(&line, 'e');
	assert_true(response_line(&response, line.data, line.len, &err));
	assert_null(response.job.etag);
	response_clear(&response);
}

#define ROWS (sizeof(rows) / sizeof(*rows))

int
main(void)
{
	struct CMUnitTest tests[ROWS + 4];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	tests[ROWS + 0] = (struct CMUnitTest)cmocka_unit_test(charsets_are_found);
	tests[ROWS + 1] = (struct CMUnitTest)cmocka_unit_test(lines_are_limited);
	tests[ROWS + 2] = (struct CMUnitTest)cmocka_unit_test(bytes_are_limited);
	tests[ROWS + 3] = (struct CMUnitTest)cmocka_unit_test(a_validator_is_limited);
	return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
