/*
 * What is forgotten, when, and what is not: on a virtual clock, through the whole pipeline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "watch/watch.h"

#define NOW_MS INT64_C(1763795704000)
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const char config[] = "packs: []\n"
			     "feeds: [{id: wire, url: \"https://example.org/feed\"}]\n"
			     "rules: [{id: word, when: Akazawa}]\n"
			     "retention: {entries: 30d, matched: 60d}\n";

struct house {
	struct event_base *base;
	struct clock *clock;
	struct watch *watch;
	struct buf lines, notices;
};

static void
on_line(void *ctx, const char *line, size_t len)
{
	struct house *house = ctx;

	buf_add(&house->lines, line, len);
}

static void
on_notice(void *ctx, const char *room, const char *text)
{
	struct house *house = ctx;

	buf_printf(&house->notices, "%s: %s\n", room, text);
}

/* @return the settings, or NULL with the first mistake in err */
static struct settings *
read_config(const char *text, char mistake[256])
{
	struct settings *settings = settings_new();
	char path[] = "/tmp/dealwatch-test.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	mistake[0] = '\0';
	if (!settings_read(settings, path, false)) {
		(void)snprintf(
		    mistake, 256, "%s", conf_message(settings->conf, 0) + strlen(path) + 1);
		settings_free(settings);
		settings = NULL;
	}
	assert_int_equal(remove(path), 0);
	return settings;
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));
	struct watch_options options = { .db_path = ":memory:",
		.on_line = on_line,
		.on_notice = on_notice,
		.ctx = house };
	char mistake[256];
	AUTO(settings) settings = read_config(config, mistake);
	struct error err = { 0 };

	assert_string_equal(mistake, "");
	house->base = event_base_new();
	house->clock = clock_open_virtual(NOW_MS);
	house->watch = watch_open(house->base, house->clock, &options, settings, &err);
	if (house->watch == NULL)
		fail_msg("%s", err.text);
	watch_start(house->watch);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	watch_close(house->watch);
	event_base_free(house->base);
	clock_close(house->clock);
	buf_clear(&house->lines);
	buf_clear(&house->notices);
	free(house);
	return 0;
}

/* -- helpers -- */

static struct entry *
new_item(int number)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	entry->id = mem_printf("id-%d", number);
	entry->link = mem_printf("https://example.org/%d", number);
	entry->title = mem_printf("%s %d", number % 10 == 0 ? "Akazawa" : "Item", number);
	entry->summary = mem_printf("Text %d", number);
	entry->published_s = NOW_MS / 1000;
	return entry;
}

/* A reading with the items from one number to another; each tenth is matched. */
static void
read_items(struct house *house, int from, int to)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));

	result->feed = mem_strdup("wire");
	result->at_ms = clock_now_ms(house->clock);
	result->response =
	    (struct job_response){ .status = 200, .fresh_s = -1, .retry_after_s = -1 };
	for (int i = from; i < to; i++) {
		mem_grow(result->entries, result->count, result->cap);
		result->entries[result->count++] = new_item(i);
	}
	watch_take_result(house->watch, result);
	while (!watch_is_idle(house->watch))
		(void)event_base_loop(house->base, EVLOOP_ONCE);
}

/* Days later, and the round of that day. */
static void
pass_days(struct house *house, int days)
{
	clock_move_to(
	    house->clock, clock_now_ms(house->clock) + days * DAY_MS + RETENTION_FIRST_MS);
}

static int64_t
count(struct house *house, const char *sql)
{
	struct error err = { 0 };
	int64_t value = -1;

	if (!db_read_int(watch_db(house->watch), &err, &value, -1, sql, ""))
		fail_msg("%s", err.text);
	return value;
}

static const char texts[] = "SELECT count(*) FROM entry WHERE summary NOTNULL";
static const char ledger[] = "SELECT count(*) FROM ledger";
static const char entries[] = "SELECT count(*) FROM entry";
static const char keys[] = "SELECT count(*) FROM entry_key";

static int
count_lines(const struct house *house)
{
	int lines = 0;

	for (size_t i = 0; i < house->lines.len; i++)
		lines += house->lines.data[i] == '\n';
	return lines;
}

/* -- rows -- */

static void
texts_and_ledger_go_together(void **state)
{
	struct house *house = *state;

	read_items(house, 0, 20);
	assert_int_equal(count_lines(house), 2);
	pass_days(house, 1);
	read_items(house, 20, 21); /* the twenty have left */
	pass_days(house, 28);
	assert_int_equal(count(house, texts), 21);
	assert_int_equal(count(house, ledger), 21);
	pass_days(house, 2);
	/* the matched ones stay, and the one that stands in the feed */
	assert_int_equal(count(house, texts), 3);
	assert_int_equal(count(house, ledger), 3);
	pass_days(house, 28);
	assert_int_equal(count(house, ledger), 3);
	pass_days(house, 2);
	assert_int_equal(count(house, texts), 1);
	assert_int_equal(count(house, ledger), 1);
	assert_int_equal(house->notices.len, 0);
}

static void
what_stands_in_its_feed_stays(void **state)
{
	struct house *house = *state;

	read_items(house, 0, 20);
	pass_days(house, 500);
	assert_int_equal(count(house, texts), 20);
	assert_int_equal(count(house, ledger), 20);
	read_items(house, 0, 20);
	assert_int_equal(count_lines(house), 2);
}

static void
what_comes_back_is_known(void **state)
{
	struct house *house = *state;

	read_items(house, 0, 20);
	read_items(house, 20, 21);
	pass_days(house, 100);
	assert_int_equal(count(house, ledger), 1);
	read_items(house, 0, 21);
	assert_int_equal(
	    count_lines(house), 4); /* with the gap between; nothing is told again */
	assert_int_equal(count(house, entries), 21);
	assert_int_equal(count(house, ledger), 1);
	/* nor when it is read once more */
	read_items(house, 0, 21);
	assert_int_equal(count_lines(house), 4);
}

static void
keys_go_long_after(void **state)
{
	struct house *house = *state;

	read_items(house, 0, 20);
	read_items(house, 20, 21);
	pass_days(house, 399);
	assert_int_equal(count(house, entries), 21);
	assert_true(count(house, keys) >= 42);
	pass_days(house, 2);
	assert_int_equal(count(house, entries), 1);
	assert_true(count(house, keys) <= 3);
	assert_int_equal(count(house, "SELECT count(*) FROM entry_key WHERE entry NOT IN "
				      "(SELECT id FROM entry) AND entry > 0"),
	    0);
}

static void
many_go_in_many_transactions(void **state)
{
	struct house *house = *state;

	read_items(house, 1, 1000);
	read_items(house, 1000, 1001);
	pass_days(house, 30);
	assert_int_equal(count(house, texts), 1000 - 180); /* 20 of 200 are matched */
	clock_move_to(house->clock, clock_now_ms(house->clock) + 60 * RETENTION_PAUSE_MS);
	assert_int_equal(count(house, texts), 100);
	assert_int_equal(count(house, ledger), 100);
}

static void
check_mistake(const char *line, const char *wanted)
{
	AUTO_FREE char *text = mem_printf("packs: []\n%s\n", line);
	char mistake[256];
	AUTO(settings) settings = read_config(text, mistake);

	assert_null(settings);
	assert_string_equal(mistake, wanted);
}

static void
lengths_have_bounds(void **state)
{
	check_mistake(
	    "retention: {entries: 1d}", "2:22: entries is 1d (allowed: 7d to 36500d)");
	check_mistake("retention: {text: 30d}",
	    "2:13: retention: unknown key \"text\" (allowed: entries, matched)");
}

static void
matched_stay_as_long_as_others_at_least(void **state)
{
	char mistake[256];
	AUTO(settings)
	settings = read_config("packs: []\nretention: {entries: 500d}\n", mistake);

	assert_string_equal(mistake, "");
	assert_true(settings->retention.matched_s == settings->retention.entries_s);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(texts_and_ledger_go_together),
		ROW(what_stands_in_its_feed_stays),
		ROW(what_comes_back_is_known),
		ROW(keys_go_long_after),
		ROW(many_go_in_many_transactions),
		cmocka_unit_test(lengths_have_bounds),
		cmocka_unit_test(matched_stay_as_long_as_others_at_least),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
