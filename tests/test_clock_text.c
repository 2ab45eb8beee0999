/*
 * RFC 3339, read and written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/clock.h"

struct text_row {
	const char *text;
	bool is_fine;
	int64_t at_ms;
};

static const struct text_row text_rows[] = {
	{ "2026-11-22T07:01:44.123Z", true, 1795330904123 },
	{ "2026-11-22T07:01:44Z", true, 1795330904000 },
	{ "2026-11-22t07:01:44z", true, 1795330904000 },
	{ "2026-11-22 07:01:44Z", true, 1795330904000 },
	{ "2026-11-22T16:01:44+09:00", true, 1795330904000 },
	{ "2026-11-22T02:01:44.1-05:00", true, 1795330904100 },
	{ "2026-11-22T07:01:44.98765432109876543210Z", true, 1795330904987 },
	{ "2026-11-22T07:01:44-00:00", true, 1795330904000 },
	{ "1970-01-01T00:00:00Z", true, 0 },
	{ "1969-12-31T23:59:59.999Z", true, -1 },
	{ "2024-02-29T00:00:00Z", true, 1709164800000 },
	{ "2016-12-31T23:59:60Z", true, 1483228800000 },
	{ "2017-01-01T08:59:60.5+09:00", true, 1483228800500 },
	{ "0000-01-01T00:00:00Z", true, -62167219200000 },
	{ "9999-12-31T23:59:59.999Z", true, 253402300799999 },
	{ "2023-02-29T00:00:00Z", false, 0 },
	{ "2100-02-29T00:00:00Z", false, 0 },
	{ "2026-04-31T00:00:00Z", false, 0 },
	{ "2026-00-10T00:00:00Z", false, 0 },
	{ "2026-13-10T00:00:00Z", false, 0 },
	{ "2026-01-00T00:00:00Z", false, 0 },
	{ "2026-11-22T24:00:00Z", false, 0 },
	{ "2026-11-22T07:60:00Z", false, 0 },
	{ "2026-11-22T07:01:60Z", false, 0 },
	{ "2026-11-22T07:01:61Z", false, 0 },
	{ "2026-11-22T07:01:44", false, 0 },
	{ "2026-11-22T07:01Z", false, 0 },
	{ "2026-11-22T07:01:44.Z", false, 0 },
	{ "2026-11-22T07:01:44+9:00", false, 0 },
	{ "2026-11-22T07:01:44+0900", false, 0 },
	{ "2026-11-22T07:01:44+24:00", false, 0 },
	{ "2026-11-22T07:01:44+09:60", false, 0 },
	{ "2026-11-22T07:01:44Z ", false, 0 },
	{ " 2026-11-22T07:01:44Z", false, 0 },
	{ "2026-11-22X07:01:44Z", false, 0 },
	{ "26-11-22T07:01:44Z", false, 0 },
	{ "2026-11-22T 7:01:44Z", false, 0 },
	{ "2026-11-22T-7:01:44Z", false, 0 },
	{ "0000-01-01T00:00:00+00:01", false, 0 },
	{ "9999-12-31T23:59:59-00:01", false, 0 },
	{ "2026-11-22", false, 0 },
	{ "", false, 0 },
};

#define TEXT_ROWS (sizeof(text_rows) / sizeof(text_rows[0]))

static void
check_text_row(void **state)
{
	const struct text_row *row = *state;
	int64_t at_ms = 42, again_ms;
	char text[CLOCK_TEXT_BYTES];

	assert_int_equal(clock_parse(row->text, &at_ms), row->is_fine);
	assert_true(at_ms == (row->is_fine ? row->at_ms : 42)); /* untouched when refused */
	if (!row->is_fine)
		return;
	clock_format_ms(at_ms, text);
	assert_true(clock_parse(text, &again_ms));
	assert_true(again_ms == at_ms);
}

static void
times_are_written(void **state)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_ms(1795330904123, text);
	assert_string_equal(text, "2026-11-22T07:01:44.123Z");
	clock_format_s(1795330904, text);
	assert_string_equal(text, "2026-11-22T07:01:44Z");
	clock_format_ms(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	clock_format_s(-62167219200, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	clock_format_s(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	clock_format_s(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
}

int
main(void)
{
	struct CMUnitTest tests[TEXT_ROWS + 1] = { cmocka_unit_test(times_are_written) };
	char names[TEXT_ROWS][64];

	for (size_t i = 0; i < TEXT_ROWS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "'%s' is %s", text_rows[i].text,
		    text_rows[i].is_fine ? "read" : "refused");
		tests[i + 1] = (struct CMUnitTest){ .name = names[i],
			.test_func = check_text_row,
			.initial_state = (void *)&text_rows[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
