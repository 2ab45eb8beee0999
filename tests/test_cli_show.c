/*
 * cli/show: columns as a terminal counts them, times as people say them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <locale.h>

#include "base/buf.h"
#include "cli/show.h"

#define NOW INT64_C(1795330904000)
#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static const struct width_row {
	const char *text;
	size_t width;
} width_rows[] = {
	{ "", 0 }, { "plain", 5 }, { "経済産業省", 10 }, { "ﾗﾄﾆｯｸ", 5 },
	{ "e\xcc\x81", 1 }, /* with a combining accent */
	{ "a\xff\xfe", 3 }, /* no UTF-8: a column a byte */
};

static void
test_width(void **state)
{
	for (size_t i = 0; i < COUNT(width_rows); i++)
		assert_int_equal(show_width(width_rows[i].text), width_rows[i].width);
}

static const struct cut_row {
	const char *text;
	size_t columns;
	const char *shown;
} cut_rows[] = {
	{ "abcde", 5, "abcde" },
	{ "abcdef", 5, "abcd…" },
	{ "経済産業省", 10, "経済産業省" },
	{ "経済産業省", 9, "経済産業…" },
	{ "経済産業省", 8, "経済産…" }, /* half a character is none */
	{ "a\033[31mb", 99, "a\\x1b[31mb" },
	{ "\033\033", 5, "\\x1b…" },
};

static void
test_cut(void **state)
{
	for (size_t i = 0; i < COUNT(cut_rows); i++) {
		struct buf out = BUF_EMPTY;

		show_cut(&out, cut_rows[i].text, cut_rows[i].columns);
		assert_string_equal(buf_text(&out), cut_rows[i].shown);
		buf_clear(&out);
	}
}

static const struct when_row {
	int64_t seconds; /* from now */
	const char *shown;
} when_rows[] = {
	{ 0, "now" },
	{ -1, "1 s ago" },
	{ 1, "in 1 s" },
	{ -119, "119 s ago" },
	{ -120, "2 min ago" },
	{ 7199, "in 119 min" },
	{ 7200, "in 2 h" },
	{ -172799, "47 h ago" },
	{ -172800, "2 d ago" },
};

static void
test_when(void **state)
{
	struct buf out = BUF_EMPTY;

	for (size_t i = 0; i < COUNT(when_rows); i++) {
		buf_reset(&out);
		show_when(&out, NOW + when_rows[i].seconds * 1000, NOW);
		assert_string_equal(buf_text(&out), when_rows[i].shown);
	}
	buf_reset(&out);
	show_when(&out, 0, NOW);
	assert_string_equal(buf_text(&out), "never");
	buf_clear(&out);
}

static char *
print_table(const struct show_table *table, bool is_coloured)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	show_table_print(table, out, is_coloured);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const char *const titles[] = { "NAME", "WHO", "STATE", NULL };

static void
test_table(void **state)
{
	AUTO(show_table) table = show_table_new(titles);
	AUTO_FREE char *plain = NULL;
	AUTO_FREE char *coloured = NULL;

	show_table_add(table, SHOW_PLAIN, "one");
	show_table_add(table, SHOW_PLAIN, "経済産業省");
	show_table_add(table, SHOW_GREEN, "ok");
	show_table_add(table, SHOW_PLAIN, "second");
	show_table_add(table, SHOW_PLAIN, NULL);
	show_table_add(table, SHOW_RED, "failing");
	show_table_note(table, "HTTP\n403");
	plain = print_table(table, false);
	assert_string_equal(plain, "NAME    WHO         STATE\n"
				   "one     経済産業省  ok\n"
				   "second              failing\n"
				   "    HTTP\\x0a403\n");
	coloured = print_table(table, true);
	assert_non_null(strstr(coloured, "\033[32mok\033[0m\n"));
	assert_non_null(strstr(coloured, "\033[31mfailing\033[0m\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_table),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77; /* widths are the locale's */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
