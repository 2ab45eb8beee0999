/*
 * Texts on their way around the parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "feeds/aside.h"

static char
put(struct aside *aside, const char *text)
{
	return aside_put(aside, text, strlen(text));
}

static void
check_taken(struct aside *aside, char letter, const char *wanted)
{
	size_t len = 0;
	const char *text = aside_take(aside, letter, &len);

	assert_non_null(text);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(text, wanted, len);
}

static void
texts_come_back_in_order(void **state)
{
	struct aside aside = { 0 };

	for (int i = 0; i < 1000; i++) {
		char first = put(&aside, "one"), second = put(&aside, "three");

		check_taken(&aside, first, "one");
		aside_tidy(&aside); /* with one that waits */
		check_taken(&aside, second, "three");
	}
	aside_tidy(&aside);
	assert_int_equal(aside.bytes.len, 0);
	aside_clear(&aside);
}

static void
a_lost_letter_loses_its_text_only(void **state)
{
	struct aside aside = { 0 };
	char lost = put(&aside, "lost"), found = put(&aside, "found");
	size_t len;

	assert_int_not_equal(lost, found);
	check_taken(&aside, found, "found");
	assert_null(aside_take(&aside, lost, &len)); /* it is too late */
	aside_clear(&aside);
}

static void
a_letter_that_nobody_gave(void **state)
{
	struct aside aside = { 0 };
	size_t len;
	char letter = put(&aside, "text");

	assert_null(aside_take(&aside, '<', &len));
	check_taken(&aside, letter, "text");
	aside_clear(&aside);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_back_in_order),
		cmocka_unit_test(a_lost_letter_loses_its_text_only),
		cmocka_unit_test(a_letter_that_nobody_gave),
	};

	return cmocka_run_group_tests_name("aside", tests, NULL, NULL);
}
