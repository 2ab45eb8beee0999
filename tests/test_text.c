/*
 * UTF-8: valid, repaired, cut, escaped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct row {
	const char *name, *text;
	const char *repaired; /* NULL: the text is valid */
};

/* WHATWG Encoding, "UTF-8 decoder"; Unicode 3.9, table 3-8 for the maximal subparts. */
static const struct row rows[] = {
	{ "empty", "", NULL },
	{ "ASCII", "abc", NULL },
	{ "two to four bytes", "é日𠮷", NULL },
	{ "the greatest character", "\xf4\x8f\xbf\xbf", NULL },
	{ "the last before and the first behind the surrogates", "\xed\x9f\xbf\xee\x80\x80",
	    NULL },
	{ "a byte that begins nothing", "a\x80z", "a\uFFFDz" },
	{ "overlong two bytes", "\xc0\xaf", "\uFFFD\uFFFD" },
	{ "overlong three bytes", "\xe0\x80\xaf", "\uFFFD\uFFFD\uFFFD" },
	{ "overlong four bytes", "\xf0\x80\x80\xaf", "\uFFFD\uFFFD\uFFFD\uFFFD" },
	{ "a surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD" },
	{ "above the greatest", "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD" },
	{ "no lead byte at all", "\xf5\x80\xff", "\uFFFD\uFFFD\uFFFD" },
	{ "cut short is one", "\xe3\x81z", "\uFFFDz" },
	{ "cut short at the end", "a\xf0\x9f\x98", "a\uFFFD" },
	{ "truncated sequences (table 3-11)", "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41",
	    "\uFFFD\uFFFD\uFFFD\uFFFDA" },
	{ "good between bad", "\xff日\xff", "\uFFFD日\uFFFD" },
};

static void
check_row(void **state)
{
	const struct row *row = *state;
	AUTO_BUF struct buf out = BUF_EMPTY;
	size_t len = strlen(row->text);

	assert_int_equal(text_is_utf8(row->text, len), row->repaired == NULL);
	text_repair(&out, row->text, len);
	assert_string_equal(
	    buf_text(&out), row->repaired != NULL ? row->repaired : row->text);
	assert_true(text_is_utf8(buf_text(&out), out.len));
}

/* Each character of Unicode there and back; and nothing else is read. */
static void
check_every_character(void **state)
{
	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		AUTO_BUF struct buf out = BUF_EMPTY;
		uint32_t back = UINT32_MAX;
		size_t expect = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		text_encode(&out, c);
		if (c >= 0xD800 && c < 0xE000) {
			assert_int_equal(text_decode(out.data, out.len, &back), 0);
			continue;
		}
		assert_int_equal(out.len, expect);
		assert_int_equal(text_decode(out.data, out.len, &back), expect);
		assert_int_equal(back, c);
		assert_int_equal(text_decode(out.data, out.len - 1, &back), 0);
		assert_int_equal(back, c);
	}
}

static void
check_nul_is_text(void **state)
{
	uint32_t c = 1;

	assert_true(text_is_utf8("a\0b", 3));
	assert_int_equal(text_decode("\0", 1, &c), 1);
	assert_int_equal(c, 0);
}

static void
check_chars_and_cut(void **state)
{
	static const char text[] = "a日é𠮷"; /* 1 + 3 + 2 + 4 bytes */
	static const size_t cuts[] = { 0, 1, 1, 1, 4, 4, 6, 6, 6, 6, 10, 10 };

	assert_int_equal(text_chars(text, 10), 4);
	assert_int_equal(text_chars(text, 4), 2);
	for (size_t max = 0; max < COUNT(cuts); max++)
		assert_int_equal(text_cut(text, 10, max), cuts[max]);
}

static const struct {
	const char *text, *escaped;
} escapes[] = {
	{ "plain 日本", "plain 日本" },
	{ "a\nb\tc", "a\\x0ab\\x09c" },
	{ "\x1b[31m\x7f", "\\x1b[31m\\x7f" },
	{ "\xc2\x85\xc2\x9b", "\\u{0085}\\u{009B}" },
	{ "a\u202Eb\u2066c\u200Fd\u2028e", "a\\u{202E}b\\u{2066}c\\u{200F}d\\u{2028}e" },
	{ "\xff\xe3\x81", "\\xff\\xe3\\x81" },
};

static void
check_escape(void **state)
{
	AUTO_BUF struct buf out = BUF_EMPTY;

	for (size_t i = 0; i < COUNT(escapes); i++) {
		buf_reset(&out);
		text_escape(&out, escapes[i].text, strlen(escapes[i].text));
		assert_string_equal(buf_text(&out), escapes[i].escaped);
	}
}

static const struct CMUnitTest plain_tests[] = {
	cmocka_unit_test(check_every_character),
	cmocka_unit_test(check_nul_is_text),
	cmocka_unit_test(check_chars_and_cut),
	cmocka_unit_test(check_escape),
};

int
main(void)
{
	struct CMUnitTest tests[COUNT(rows) + COUNT(plain_tests)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	for (size_t i = 0; i < COUNT(plain_tests); i++)
		tests[count++] = plain_tests[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
