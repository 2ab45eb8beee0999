/*
 * Which publishers are heard: by their own sources, and by those that stand in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "feeds/feeds.h"

static const struct row {
	const char *publisher;
	bool is_enabled, is_official;
	int64_t read_ms;
	enum condition condition;
	const char *stands_in; /* for one publisher, or NULL */
} rows[] = {
	{ "METI", true, false, 1, CONDITION_NONE, NULL },
	{ "METI", true, false, 1, CONDITION_SILENT, NULL },
	{ "METI", true, true, 0, CONDITION_NONE, NULL }, /* not read yet */
	{ "METI", false, false, 1, CONDITION_NONE, NULL },
	{ "Nobody", false, false, 1, CONDITION_NONE, NULL },
	{ "Bloomberg", true, false, 1, CONDITION_GAP, NULL },
	{ "Kantei", true, true, 1, CONDITION_NONE, "METI" },
	{ "Kantei", true, false, 1, CONDITION_DOWN, "METI" },
	{ "Times", true, false, 0, CONDITION_WALLED, "Reuters" },
	{ NULL, true, false, 1, CONDITION_GONE, NULL }, /* its id */
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void
ways(struct buf *out, const struct voice_ways *ways)
{
	buf_printf(out, " %zu/%zu/%zu", ways->heard, ways->blind, ways->count);
}

static void
they_are_counted(void **state)
{
	struct feed feeds[ROWS] = { 0 };
	struct feed_status list[ROWS] = { 0 };
	struct voices voices;
	AUTO_BUF struct buf got = BUF_EMPTY;

	for (size_t i = 0; i < ROWS; i++) {
		feeds[i] = (struct feed){ .id = (char *)"nameless",
			.publisher = (char *)rows[i].publisher,
			.is_enabled = rows[i].is_enabled,
			.is_official = rows[i].is_official };
		if (rows[i].stands_in != NULL)
			list_add(&feeds[i].in_place_of, rows[i].stands_in);
		list[i] = (struct feed_status){ .feed = &feeds[i],
			.last_success_ms = rows[i].read_ms,
			.condition = rows[i].condition };
	}
	voices_gather(&voices, list, ROWS);
	for (size_t i = 0; i < voices.count; i++) {
		const struct voice *voice = &voices.items[i];

		buf_printf(&got, "%s%s", voice->publisher, voice->is_official ? "*" : "");
		ways(&got, &voice->own);
		ways(&got, &voice->stand_ins);
		buf_add_char(&got, '\n');
	}
	assert_string_equal(buf_text(&got), "Bloomberg 1/0/1 0/0/0\n"
					    "Kantei* 1/1/2 0/0/0\n"
					    "METI* 1/1/3 1/1/2\n"
					    "Reuters 0/0/0 0/1/1\n"
					    "Times 0/1/1 0/0/0\n"
					    "nameless 0/1/1 0/0/0\n");
	voices_clear(&voices);
	for (size_t i = 0; i < ROWS; i++)
		list_clear(&feeds[i].in_place_of);
}

static void
none_are_none(void **state)
{
	struct voices voices;

	voices_gather(&voices, NULL, 0);
	assert_int_equal(voices.count, 0);
	voices_clear(&voices);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_counted),
		cmocka_unit_test(none_are_none),
	};

	return cmocka_run_group_tests_name("voices", tests, NULL, NULL);
}
