/*
 * Blindness through the whole pipeline: one line for each condition that begins or ends,
 * also when the daemon ends in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "watch/watch.h"

#define NOW_MS 1763795704000
#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)

static const char config[] =
    "packs: []\n"
    "feeds:\n"
    "  - {id: wire, url: \"https://example.org/feed\", publisher: The Wire,"
    " official: true, silent_after: 5d}\n"
    "rules:\n"
    "  - {id: word, when: Akazawa}\n";

struct house {
	struct event_base *base;
	struct clock *clock;
	struct watch *watch;
	struct buf told; /* "CONDITION EPISODE;" of each line */
	struct list ids; /* of the alerts */
	char folder[64];
	char *store, *settings; /* owned */
};

static void
on_line(void *ctx, const char *line, size_t len)
{
	struct house *house = ctx;
	json_t *record = json_loadb(line, len, 0, NULL);
	const char *id, *condition;

	assert_non_null(record);
	assert_string_equal(json_string_value(json_object_get(record, "kind")), "feed");
	assert_string_equal(json_string_value(json_object_get(record, "feed")), "wire");
	assert_string_equal(
	    json_string_value(json_object_get(record, "publisher")), "The Wire");
	assert_string_equal(json_string_value(json_object_get(record, "severity")), "high");
	assert_null(json_object_get(record, "story"));
	id = json_string_value(json_object_get(record, "id"));
	for (size_t i = 0; i < house->ids.count; i++)
		assert_string_not_equal(house->ids.items[i], id);
	list_add(&house->ids, id);
	condition = json_string_value(json_object_get(record, "condition"));
	buf_printf(&house->told, "%s %d;", condition,
	    (int)json_integer_value(json_object_get(record, "episode")));
	json_decref(record);
}

static void
open_watch(struct house *house)
{
	struct watch_options options = {
		.db_path = house->store, .on_line = on_line, .ctx = house
	};
	AUTO(settings) settings = settings_new();
	struct error err = { 0 };

	assert_true(settings_read(settings, house->settings, false));
	house->watch = watch_open(house->base, house->clock, &options, settings, &err);
	if (house->watch == NULL)
		fail_msg("%s", err.text);
	watch_start(house->watch);
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));
	FILE *file;

	strcpy(house->folder, "/tmp/dealwatch-test.XXXXXX");
	assert_non_null(mkdtemp(house->folder));
	house->store = mem_printf("%s/test.db", house->folder);
	house->settings = mem_printf("%s/test.yaml", house->folder);
	file = fopen(house->settings, "we");
	assert_non_null(file);
	assert_int_equal(fputs(config, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
	house->base = event_base_new();
	house->clock = clock_open_virtual(NOW_MS);
	open_watch(house);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *command = mem_printf("rm -rf '%s'", house->folder);

	watch_close(house->watch);
	event_base_free(house->base);
	clock_close(house->clock);
	/* NOLINTNEXTLINE(cert-env33-c): a folder of our own */
	assert_int_equal(system(command), 0);
	buf_clear(&house->told);
	list_clear(&house->ids);
	free(house->store);
	free(house->settings);
	free(house);
	return 0;
}

/* -- helpers -- */

static void
restart(struct house *house)
{
	watch_close(house->watch);
	open_watch(house);
}

static void
take(struct house *house, struct feed_result *result)
{
	watch_take_result(house->watch, result);
	while (!watch_is_idle(house->watch))
		(void)event_base_loop(house->base, EVLOOP_ONCE);
}

static struct feed_result *
new_result(struct house *house)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));

	result->feed = mem_strdup("wire");
	result->at_ms = clock_now_ms(house->clock);
	result->response.status = 200;
	result->response.fresh_s = result->response.retry_after_s = -1;
	return result;
}

static void
add_entry(struct feed_result *result, int number)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	entry->id = mem_printf("id-%d", number);
	entry->link = mem_printf("https://example.org/%d", number);
	entry->title = mem_printf("Item %d", number);
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry;
}

/* A document with the entries from one number to another. */
static void
read_entries(struct house *house, int from, int to)
{
	struct feed_result *result = new_result(house);

	for (int i = from; i <= to; i++)
		add_entry(result, i);
	take(house, result);
}

static void
read_failure(struct house *house, int status)
{
	struct feed_result *result = new_result(house);

	result->is_failed = true;
	result->failure = status == 0 ? JOB_FAILED_NETWORK : JOB_FAILED_HTTP;
	result->response.status = status;
	result->text =
	    status == 0 ? mem_strdup("connection refused") : mem_printf("HTTP %d", status);
	take(house, result);
}

static void
pass(struct house *house, int64_t ms)
{
	clock_move_to(house->clock, clock_now_ms(house->clock) + ms);
}

static struct feed_status
status_of(const struct house *house)
{
	return feeds_status(watch_feeds(house->watch), 0);
}

/* -- rows -- */

static void
down_and_recovered_are_told_once(void **state)
{
	struct house *house = *state;

	read_entries(house, 1, 3);
	for (int i = 0; i < 5; i++) {
		pass(house, HOUR_MS);
		read_failure(house, 0);
		restart(house);
	}
	assert_string_equal(buf_text(&house->told), "down 1;");
	assert_int_equal(status_of(house).condition, CONDITION_DOWN);
	assert_int_equal(status_of(house).since_ms, NOW_MS + 3 * HOUR_MS);
	read_entries(house, 1, 3);
	restart(house);
	read_entries(house, 1, 3);
	assert_string_equal(buf_text(&house->told), "down 1;recovered 1;");
	assert_int_equal(status_of(house).condition, CONDITION_NONE);
}

static void
wall_has_its_name(void **state)
{
	struct house *house = *state;

	read_entries(house, 1, 3);
	read_failure(house, 0);
	read_failure(house, 503);
	read_failure(house, 403);
	assert_string_equal(buf_text(&house->told), "walled 1;");
}

static void
gone_is_told_at_once_and_not_read(void **state)
{
	struct house *house = *state;

	read_entries(house, 1, 3);
	read_failure(house, 410);
	assert_string_equal(buf_text(&house->told), "gone 1;");
	assert_int_equal(status_of(house).condition, CONDITION_GONE);
	assert_string_equal(status_of(house).next_why, "gone");
	restart(house);
	assert_int_equal(status_of(house).next_poll_ms, 0);
	read_entries(house, 1, 3);
	assert_string_equal(buf_text(&house->told), "gone 1;recovered 1;");
}

static void
silence_is_told_by_the_timer(void **state)
{
	struct house *house = *state;

	read_entries(house, 1, 3);
	pass(house, 4 * DAY_MS);
	restart(house);
	read_entries(house, 1, 3);
	pass(house, DAY_MS - 1);
	assert_string_equal(buf_text(&house->told), "");
	pass(house, 1);
	assert_string_equal(buf_text(&house->told), "silent 1;");
	assert_int_equal(status_of(house).since_ms, NOW_MS + 5 * DAY_MS);
	restart(house);
	pass(house, 9 * DAY_MS);
	read_entries(house, 1, 3);
	assert_string_equal(buf_text(&house->told), "silent 1;");
	read_entries(house, 2, 4);
	read_entries(house, 2, 4);
	assert_string_equal(buf_text(&house->told), "silent 1;recovered 1;");
	pass(house, 5 * DAY_MS);
	assert_string_equal(buf_text(&house->told), "silent 1;recovered 1;silent 2;");
}

static void
gap_is_told_once_a_day(void **state)
{
	struct house *house = *state;
	int64_t wait_ms;

	read_entries(house, 1, 3);
	wait_ms = status_of(house).next_poll_ms - clock_now_ms(house->clock);
	read_entries(house, 4, 6);
	assert_string_equal(buf_text(&house->told), "gap 1;");
	assert_true(
	    status_of(house).next_poll_ms - clock_now_ms(house->clock) <= wait_ms / 3);
	restart(house);
	read_entries(house, 7, 9);
	assert_string_equal(buf_text(&house->told), "gap 1;");
	assert_int_equal(status_of(house).condition, CONDITION_GAP);
	read_entries(house, 9, 12);
	assert_int_equal(status_of(house).condition, CONDITION_NONE);
	assert_true(status_of(house).next_poll_ms - clock_now_ms(house->clock) >= wait_ms);
	assert_string_equal(buf_text(&house->told), "gap 1;");
	pass(house, DAY_MS);
	read_entries(house, 13, 15);
	assert_string_equal(buf_text(&house->told), "gap 1;gap 2;");
}

static void
two_entries_make_no_gap(void **state)
{
	struct house *house = *state;

	read_entries(house, 1, 2);
	read_entries(house, 3, 5);
	read_entries(house, 0, -1);
	assert_string_equal(buf_text(&house->told), "");
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(down_and_recovered_are_told_once),
		ROW(wall_has_its_name),
		ROW(gone_is_told_at_once_and_not_read),
		ROW(silence_is_told_by_the_timer),
		ROW(gap_is_told_once_a_day),
		ROW(two_entries_make_no_gap),
	};

	return cmocka_run_group_tests_name("blind", tests, NULL, NULL);
}
