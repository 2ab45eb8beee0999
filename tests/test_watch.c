/*
 * The pipeline: results into transactions, alerts out of them, and nothing lost between.
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
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "tests/sync_layer.h"
#include "watch/watch.h"

#define NOW_MS 1763795704000
#define HOUR_MS (3600 * INT64_C(1000))

static const char config[] =
    "packs: []\n"
    "feeds:\n"
    "  - {id: wire, url: \"https://example.org/feed\"}\n"
    "stories:\n"
    "  - {id: fund, stages: [talks, meeting-set]}\n"
    "rules:\n"
    "  - {id: meeting, story: fund, stage: meeting-set, when: Lutnick}\n"
    "  - {id: word, when: Akazawa}\n";

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

static struct settings *
read_config(const char *text)
{
	struct settings *settings = settings_new();
	char path[] = "/tmp/dealwatch-test.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
	if (!settings_read(settings, path, false))
		fail_msg("%s", conf_message(settings->conf, 0));
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
	AUTO(settings) settings = read_config(config);
	struct error err = { 0 };

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

static struct feed_result *
new_result(struct house *house, const char *feed)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));

	result->feed = mem_strdup(feed);
	result->at_ms = clock_now_ms(house->clock);
	result->response.status = 200;
	result->response.fresh_s = -1;
	result->response.retry_after_s = -1;
	return result;
}

static void
add_entry(struct feed_result *result, int number, const char *title, int64_t published_s)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	entry->id = mem_printf("id-%d", number);
	entry->link = mem_printf("https://example.org/%d", number);
	entry->title = mem_strdup(title);
	entry->published_s = published_s;
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry;
}

static void
settle(struct house *house)
{
	while (!watch_is_idle(house->watch))
		(void)event_base_loop(house->base, EVLOOP_ONCE);
}

static void
take_one(struct house *house, int number, const char *title)
{
	struct feed_result *result = new_result(house, "wire");

	add_entry(result, number, title, result->at_ms / 1000);
	watch_take_result(house->watch, result);
	settle(house);
}

static int
count_lines(const struct house *house)
{
	int lines = 0;

	for (size_t i = 0; i < house->lines.len; i++)
		lines += house->lines.data[i] == '\n';
	return lines;
}

static int64_t
last_success_ms(struct house *house)
{
	struct feed_status status;

	assert_true(feeds_status_find(watch_feeds(house->watch), "wire", &status));
	return status.last_success_ms;
}

static int64_t
count_entries(struct house *house)
{
	struct error err = { 0 };
	int64_t count;

	assert_true(db_read_int(
	    watch_db(house->watch), &err, &count, -1, "SELECT count(*) FROM entry", ""));
	return count;
}

/* A house whose store and log are files, in a folder of their own. */
struct yard {
	struct house house;
	char folder[64];
	char *store, *log; /* owned */
	char broken[512];  /* what on_broken said */
};

static void
on_broken(void *ctx, const char *text)
{
	struct yard *yard = ctx;

	assert_string_equal(yard->broken, "");
	(void)snprintf(yard->broken, sizeof(yard->broken), "%s", text);
}

static void
on_yard_notice(void *ctx, const char *room, const char *text)
{
	struct yard *yard = ctx;

	on_notice(&yard->house, room, text);
}

static void
open_yard(struct yard *yard)
{
	struct watch_options options = { .db_path = yard->store,
		.logs_dir = yard->folder,
		.on_notice = on_yard_notice,
		.on_broken = on_broken,
		.ctx = yard };
	AUTO(settings) settings = read_config(config);
	struct error err = { 0 };

	yard->house.watch =
	    watch_open(yard->house.base, yard->house.clock, &options, settings, &err);
	if (yard->house.watch == NULL)
		fail_msg("%s", err.text);
	watch_start(yard->house.watch);
}

static int
set_up_yard(void **state)
{
	struct yard *yard = mem_zalloc(sizeof(*yard));

	strcpy(yard->folder, "/tmp/dealwatch-test.XXXXXX");
	assert_non_null(mkdtemp(yard->folder));
	yard->store = mem_printf("%s/test.db", yard->folder);
	yard->log = mem_printf("%s/alerts.jsonl", yard->folder);
	yard->house.base = event_base_new();
	yard->house.clock = clock_open_virtual(NOW_MS);
	sync_layer_begin();
	open_yard(yard);
	*state = yard;
	return 0;
}

static int
tear_down_yard(void **state)
{
	struct yard *yard = *state;
	AUTO_FREE char *command = mem_printf("rm -rf '%s'", yard->folder);

	sync_layer_fail(false);
	watch_close(yard->house.watch);
	sync_layer_end();
	event_base_free(yard->house.base);
	clock_close(yard->house.clock);
	buf_clear(&yard->house.lines);
	buf_clear(&yard->house.notices);
	/* NOLINTNEXTLINE(cert-env33-c): a folder of our own */
	assert_int_equal(system(command), 0);
	free(yard->store);
	free(yard->log);
	free(yard);
	return 0;
}

/* -- rows -- */

static void
large_result_goes_in_batches(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house, "wire");

	for (int i = 0; i < 450; i++) {
		AUTO_FREE char *title = mem_printf("Item %d", i);

		add_entry(result, i, title, NOW_MS / 1000 - i);
	}
	watch_take_result(house->watch, result);
	(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_int_equal(count_entries(house), WATCH_BATCH);
	assert_int_equal(last_success_ms(house), 0); /* validators and success come last */
	(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_int_equal(count_entries(house), 2 * WATCH_BATCH);
	assert_int_equal(last_success_ms(house), 0);
	settle(house);
	assert_int_equal(count_entries(house), 450);
	assert_int_equal(last_success_ms(house), NOW_MS);
}

static void
match_is_told_once(void **state)
{
	struct house *house = *state;

	take_one(house, 1, "Akazawa speaks");
	assert_int_equal(count_lines(house), 1);
	assert_non_null(strstr(house->lines.data, "\"kind\":\"match\""));
	take_one(house, 1, "Akazawa speaks");
	take_one(house, 2, "Akazawa speaks");
	assert_int_equal(count_lines(house), 1);
	take_one(house, 3, "Akazawa speaks again");
	assert_int_equal(count_lines(house), 2);
}

static void
second_meeting_after_a_month_is_told_again(void **state)
{
	struct house *house = *state;

	take_one(house, 1, "Lutnick to meet minister");
	take_one(house, 2, "Meeting with Lutnick confirmed");
	assert_int_equal(count_lines(house), 1);
	clock_move_to(house->clock, NOW_MS + 30 * 24 * HOUR_MS);
	take_one(house, 3, "Lutnick meets minister again");
	assert_int_equal(count_lines(house), 2);
	assert_non_null(strstr(house->lines.data, "\"episode\":2"));
}

static void
rewritten_title_is_judged_again(void **state)
{
	struct house *house = *state;

	take_one(house, 1, "Minister speaks");
	assert_int_equal(count_lines(house), 0);
	take_one(house, 1, "Minister Akazawa speaks");
	assert_int_equal(count_lines(house), 1);
	take_one(house, 1, "Minister Akazawa speaks in Tokyo");
	assert_int_equal(count_lines(house), 1);
}

static void
old_entries_move_stories_silently(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house, "wire");

	add_entry(result, 1, "Lutnick to meet", NOW_MS / 1000 - 10 * 86400);
	add_entry(result, 2, "Akazawa speaks", NOW_MS / 1000 - 9 * 86400);
	watch_take_result(house->watch, result);
	settle(house);
	assert_int_equal(count_lines(house), 1);
	assert_non_null(strstr(house->lines.data, "\"kind\":\"story\""));
	assert_non_null(strstr(house->lines.data, "\"stage\":\"meeting-set\""));
	take_one(house, 3, "Lutnick meeting tomorrow");
	assert_int_equal(count_lines(house), 1); /* belongs to what was said */
}

static void
result_of_a_feed_that_is_gone_is_dropped(void **state)
{
	struct house *house = *state;
	AUTO(settings) settings = read_config("packs: []\n");
	struct feed_result *result = new_result(house, "wire");
	struct error err = { 0 };

	add_entry(result, 1, "Akazawa speaks", 0);
	assert_true(watch_configure(house->watch, settings, &err));
	watch_take_result(house->watch, result);
	settle(house);
	assert_int_equal(count_entries(house), 0);
	assert_non_null(strstr(buf_text(&house->notices), "no longer watched"));
}

static void
fail_one(struct house *house, const char *text)
{
	struct feed_result *result = new_result(house, "wire");

	result->is_failed = true;
	result->failure = JOB_FAILED_NETWORK;
	result->text = mem_strdup(text);
	watch_take_result(house->watch, result);
	settle(house);
	clock_move_to(house->clock, clock_now_ms(house->clock) + 2 * HOUR_MS);
}

static int
count_notices(struct house *house, const char *text)
{
	const char *at = buf_text(&house->notices);
	int count = 0;

	while ((at = strstr(at, text)) != NULL) {
		at++;
		count++;
	}
	return count;
}

static void
failure_is_told_at_its_begin_and_end(void **state)
{
	struct house *house = *state;

	for (int i = 0; i < 3; i++)
		fail_one(house, "connection refused");
	/* in minutes, rounded up: of a jitter that makes it no round number */
	assert_non_null(
	    strstr(buf_text(&house->notices), "connection refused; tried again in 3"));
	assert_non_null(strstr(buf_text(&house->notices), "m, at 2025-"));
	assert_null(strstr(strstr(house->notices.data, "refused") + 1, "refused"));
	take_one(house, 1, "Item");
	assert_non_null(strstr(house->notices.data, "works again after 3 failures\n"));
	fail_one(house, "connection refused");
	take_one(house, 1, "Item");
	assert_non_null(strstr(house->notices.data, "works again after 1 failure\n"));
}

static void
changed_cause_is_told(void **state)
{
	struct house *house = *state;

	fail_one(house, "connection refused");
	fail_one(house, "HTTP 403");
	fail_one(house, "HTTP 403");
	fail_one(house, "connection refused");
	assert_int_equal(count_notices(house, "connection refused"), 2);
	assert_int_equal(count_notices(house, "HTTP 403"), 1);
}

static void
who_fails_already_is_told_at_the_start(void **state)
{
	struct house *house = *state;

	watch_start(house->watch);
	assert_int_equal(house->notices.len, 0);
	fail_one(house, "HTTP 403");
	buf_clear(&house->notices);
	watch_start(house->watch);
	assert_string_equal(buf_text(&house->notices),
	    "feeds: 1 source is already failing: wire (HTTP 403)\n");
}

static void
lost_group_is_read_again(void **state)
{
	struct house *house = *state;
	struct db *db = watch_db(house->watch);
	struct error err = { 0 };

	take_one(house, 1, "Item");
	clock_move_to(house->clock, NOW_MS + DB_GROUP_MS);
	assert_int_equal(last_success_ms(house), NOW_MS);
	take_one(house, 2, "Item 2");
	assert_true(db_is_pending(db));
	/* the group's transaction is undone behind its back, as a full disk does */
	assert_true(db_exec(db, &err, "ROLLBACK", ""));
	clock_move_to(house->clock, clock_now_ms(house->clock) + DB_GROUP_MS);
	settle(house);
	assert_non_null(strstr(buf_text(&house->notices), "fetched again"));
	assert_int_equal(count_entries(house), 1);
	assert_int_equal(last_success_ms(house), NOW_MS);
	take_one(house, 2, "Item 2");
	assert_int_equal(count_entries(house), 2);
}

/* Begun anew at once it would fill the disk at once. */
static void
what_a_loss_hits_waits_for_its_turn(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house, "wire");
	struct feed_status status;
	struct error err = { 0 };

	for (int i = 0; i < 450; i++) {
		AUTO_FREE char *title = mem_printf("Item %d", i);

		add_entry(result, i, title, NOW_MS / 1000 - i);
	}
	watch_take_result(house->watch, result);
	(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_int_equal(count_entries(house), WATCH_BATCH);
	assert_true(db_exec(watch_db(house->watch), &err, "ROLLBACK", ""));
	clock_move_to(house->clock, NOW_MS + DB_GROUP_MS);
	settle(house);
	assert_int_equal(count_notices(house, "fetched again"), 1);
	assert_int_equal(count_entries(house), 0);
	assert_true(feeds_status_find(watch_feeds(house->watch), "wire", &status));
	assert_true(status.next_poll_ms >= NOW_MS + HOUR_MS / 2);
	assert_int_equal(status.last_success_ms, 0);
}

/* Where a statement finds the group undone, it may be one of those that reading again
 * needs. */
static void
loss_is_seen_to_from_the_loop(void **state)
{
	struct house *house = *state;
	struct db *db = watch_db(house->watch);
	struct error err = { 0 };

	take_one(house, 1, "Item");
	assert_true(db_is_pending(db));
	assert_true(db_exec(db, &err, "ROLLBACK", ""));
	assert_false(db_exec(db, &err, "INSERT INTO entry(id) VALUES(NULL)", ""));
	assert_false(db_is_pending(db));
	assert_int_equal(house->notices.len, 0);
	assert_int_equal(last_success_ms(house), NOW_MS);
	settle(house);
	assert_non_null(strstr(buf_text(&house->notices), "fetched again"));
	assert_int_equal(last_success_ms(house), 0);
}

/* The log's own commit, long after the transaction that told. */
static void
store_that_breaks_in_a_delivery_ends_us(void **state)
{
	struct yard *yard = *state;
	struct house *house = &yard->house;
	struct feed_result *result = new_result(house, "wire");

	assert_int_equal(mkdir(yard->log, 0700), 0); /* so the line waits for a place */
	add_entry(result, 1, "Lutnick", NOW_MS / 1000);
	watch_take_result(house->watch, result);
	while (watch_has_work(house->watch))
		(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_true(alerts_is_busy(watch_alerts(house->watch)));
	assert_int_equal(rmdir(yard->log), 0);
	sync_layer_fail(true);
	clock_move_to(house->clock, NOW_MS + HOUR_MS);
	assert_true(db_is_unsafe(watch_db(house->watch)));
	assert_string_equal(yard->broken, "");
	(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_non_null(strstr(yard->broken, "not safe on the disk"));
	assert_null(strstr(buf_text(&house->notices), "fetched again"));
}

static void
store_that_breaks_in_a_transaction_ends_us(void **state)
{
	struct yard *yard = *state;
	struct house *house = &yard->house;
	struct feed_result *result = new_result(house, "wire");

	add_entry(result, 1, "Lutnick", NOW_MS / 1000);
	watch_take_result(house->watch, result);
	sync_layer_fail(true);
	while (watch_has_work(house->watch))
		(void)event_base_loop(house->base, EVLOOP_ONCE);
	assert_string_not_equal(yard->broken, "");
}

#define YARD(f) cmocka_unit_test_setup_teardown(f, set_up_yard, tear_down_yard)
#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(large_result_goes_in_batches),
		ROW(match_is_told_once),
		ROW(second_meeting_after_a_month_is_told_again),
		ROW(rewritten_title_is_judged_again),
		ROW(old_entries_move_stories_silently),
		ROW(result_of_a_feed_that_is_gone_is_dropped),
		ROW(failure_is_told_at_its_begin_and_end),
		ROW(changed_cause_is_told),
		ROW(who_fails_already_is_told_at_the_start),
		ROW(lost_group_is_read_again),
		ROW(what_a_loss_hits_waits_for_its_turn),
		ROW(loss_is_seen_to_from_the_loop),
		YARD(store_that_breaks_in_a_delivery_ends_us),
		YARD(store_that_breaks_in_a_transaction_ends_us),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
