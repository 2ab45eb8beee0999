/*
 * Sums of money in tables of spellings, and texts whose numbers are no sums; amount()
 * itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rules/rules.h"
#include "rules/term.h"

static void
add_amount(void *ctx, const struct match_amount *amount)
{
	buf_printf(ctx, "%s%s%s|%s;", amount->value, amount->to == NULL ? "" : "..",
	    amount->to == NULL ? "" : amount->to,
	    amount->currency == NULL ? "-" : amount->currency);
}

/* The sums of a text as "VALUE|CURRENCY;". */
static void
read_text(const char *text, struct buf *out)
{
	buf_reset(out);
	rules_read_amounts(text, rules_is_chinese(text), add_amount, out);
}

static FILE *
open_table(const char *name)
{
	AUTO_FREE char *path =
	    mem_printf("%s/tests/amounts/%s", getenv("top_srcdir"), name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	return file;
}

/* How a spelling may stand in a text. */
static const char *const frames[] = { "%s", "(%s)", "Plan: %s.", "「%s」", "%s, as said" };

static size_t
wrong_in_frames(const char *spelling, const char *wanted)
{
	AUTO_BUF struct buf found = BUF_EMPTY;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		AUTO_BUF struct buf text = BUF_EMPTY;
		size_t at = strcspn(frames[i], "%");

		buf_add(&text, frames[i], at);
		buf_add_text(&text, spelling);
		buf_add_text(&text, frames[i] + at + 2);
		read_text(buf_text(&text), &found);
		if (strcmp(buf_text(&found), wanted) == 0)
			continue;
		print_message(
		    "# %s: '%s' for '%s'\n", buf_text(&text), buf_text(&found), wanted);
		wrong++;
	}
	return wrong;
}

static void
spellings_are_read(void **state)
{
	FILE *file = open_table("sums.txt");
	char line[256];
	size_t count = 0, wrong = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		AUTO_FREE char *wanted = NULL;
		char *bar = strchr(line, '|');

		assert_non_null(bar);
		*bar = '\0';
		bar[1 + strcspn(bar + 1, "\n")] = '\0';
		wanted = mem_printf("%s;", bar + 1);
		wrong += wrong_in_frames(line, wanted);
		count++;
	}
	(void)fclose(file); /* was only read */
	assert_true(count >= 120);
	assert_int_equal(wrong, 0);
	(void)state; /* has none */
}

static void
other_numbers_are_no_sums(void **state)
{
	AUTO_BUF struct buf found = BUF_EMPTY;
	FILE *file = open_table("none.txt");
	char line[256];
	size_t count = 0, wrong = 0;

	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		read_text(line, &found);
		if (found.len > 0)
			print_message("# %s: '%s'\n", line, buf_text(&found));
		wrong += found.len > 0;
		count++;
	}
	(void)fclose(file); /* was only read */
	assert_true(count >= 100);
	assert_int_equal(wrong, 0);
	(void)state; /* has none */
}

struct row {
	const char *text;
	const char *key; /* NULL: it is refused */
};

static const struct row rows[] = {
	{ "amount(550bn USD)", "55000000000000..55000000000000 USD" },
	{ "amount( 550 billion usd )", "55000000000000..55000000000000 USD" },
	{ "amount(5500億ドル)", "55000000000000..55000000000000 USD" },
	{ "amount($550bn)", "55000000000000..55000000000000 USD" },
	{ "amount(550bn)", "55000000000000..55000000000000 *" },
	{ "amount(~550bn USD)", "53900000000000..56100000000000 USD" },
	{ "amount(>= 10bn EUR)", "1000000000000..9223372036854775807 EUR" },
	{ "amount(> 10 EUR)", "1001..9223372036854775807 EUR" },
	{ "amount(<= 10 EUR)", "0..1000 EUR" },
	{ "amount(< 10 EUR)", "0..999 EUR" },
	{ "amount(30bn..40bn USD)", "3000000000000..4000000000000 USD" },
	{ "amount(30..40bn USD)", "3000000000000..4000000000000 USD" },
	{ "amount(5兆6千億円)", "560000000000000..560000000000000 JPY" },
	{ "amount()", NULL },
	{ "amount(USD)", NULL },
	{ "amount(550bn XYZ)", NULL },
	{ "amount(40bn..30bn USD)", NULL },
	{ "amount(30bn EUR..40bn USD)", NULL },
	{ "amount(>= 30bn..40bn)", NULL },
	{ "amount(900000000 tn USD)", NULL },
	{ "amount(1234567890123456 USD)", NULL },
};

static void
terms_are_read(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct error err = { 0 };
		struct term term;
		bool is_good =
		    term_parse(&term, FIELD_AMOUNT, row->text, strlen(row->text), &err);

		if (is_good != (row->key != NULL))
			print_message("# %s: %s\n", row->text, err.text);
		assert_int_equal(is_good, row->key != NULL);
		if (!is_good) {
			assert_non_null(strstr(err.text, row->text));
			continue;
		}
		assert_string_equal(term.text, row->key);
		term_clear(&term);
	}
	(void)state; /* has none */
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings_are_read),
		cmocka_unit_test(other_numbers_are_no_sums),
		cmocka_unit_test(terms_are_read),
	};

	return cmocka_run_group_tests_name("amount", tests, NULL, NULL);
}
