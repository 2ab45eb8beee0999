/*
 * Readings into the store: order, first sight, validators, plans, and what a crash between
 * two transactions leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "base/wire.h"
#include "feeds/feeds.h"
#include "feeds/store.h"

#define NOW_MS 1763795704000
#define NOW_S (NOW_MS / 1000)
#define MINUTE_MS INT64_C(60000)
#define HOUR_S INT64_C(3600)
#define HOUR_MS (HOUR_S * 1000)
#define URL "https://example.org/f"

struct house {
	struct clock *clock;
	struct db *db;
	struct feeds *feeds;
};

static void
configure(struct house *house, const char *text)
{
	AUTO(conf) conf = conf_new();
	const struct conf_node *root =
	    conf_read_bytes(conf, text, strlen(text), "feeds.yaml");
	struct feed_set set = { 0 };
	struct polling polling;
	struct error err = { 0 };

	polling_init(&polling);
	assert_true(feed_set_read(conf, conf_find(root, "feeds"), &set));
	assert_true(feeds_configure(house->feeds, &set, &polling, &err));
}

static void
open_feeds(struct house *house)
{
	house->feeds = feeds_open(NULL, house->clock, house->db, NULL, NULL);
	configure(house, "feeds: [{id: f, url: \"" URL "\"}]\n");
}

static int
set_up(void **state)
{
	static const struct db_schema *const schemas[] = { &feeds_schema, NULL };
	struct house *house = mem_zalloc(sizeof(*house));
	struct error err = { 0 };

	house->clock = clock_open_virtual(NOW_MS);
	house->db = db_open(":memory:", schemas, house->clock, &err);
	assert_non_null(house->db);
	open_feeds(house);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	feeds_close(house->feeds);
	db_close(house->db);
	clock_close(house->clock);
	free(house);
	return 0;
}

/* -- readings -- */

static struct feed_result *
new_result(struct house *house)
{
	struct feed_result *result = mem_zalloc(sizeof(*result));

	result->feed = mem_strdup("f");
	result->at_ms = clock_now_ms(house->clock);
	result->response.status = 200;
	result->response.fresh_s = -1;
	result->response.retry_after_s = -1;
	return result;
}

static struct feed_result *
not_modified(struct house *house)
{
	struct feed_result *result = new_result(house);

	result->response.status = 304;
	result->response.is_not_modified = true;
	return result;
}

static struct feed_result *
failed(struct house *house, enum job_failure failure, const char *text)
{
	struct feed_result *result = new_result(house);

	result->is_failed = true;
	result->failure = failure;
	result->text = mem_strdup(text);
	return result;
}

static void
add(struct feed_result *result, const char *title, int64_t published_s)
{
	struct entry *entry = mem_zalloc(sizeof(*entry));

	entry->title = mem_strdup(title);
	entry->link = mem_printf("https://example.org/%s", title);
	entry->published_s = published_s;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry;
}

static struct applied
apply_one(struct house *house, struct feed_result *result, size_t i)
{
	struct applied applied;
	struct error err = { 0 };

	if (!feeds_apply_entry(house->feeds, result, i, &applied, &err))
		fail_msg("%s", err.text);
	return applied;
}

/* The whole of it; applied[] in the order of judging, may be NULL. */
static void
apply(struct house *house, struct feed_result *result, struct applied *applied)
{
	struct condition_changes changes;
	struct error err = { 0 };

	assert_true(db_begin(house->db, &err));
	if (result->count > 0)
		assert_true(feeds_apply_begin(house->feeds, result, &err));
	for (size_t i = 0; i < result->count; i++) {
		struct applied one = apply_one(house, result, i);

		if (applied != NULL)
			applied[i] = one;
	}
	if (!feeds_apply_end(house->feeds, result, &changes, &err))
		fail_msg("%s", err.text);
	assert_true(db_commit(house->db, DB_GROUPED, &err));
	feeds_finish(house->feeds, result, true);
}

/* @return how many are due; -1: no such feed */
static int
ask(struct house *house, const char *id, bool is_forced)
{
	struct feeds_polled polled;

	return feeds_poll(house->feeds, id, is_forced, &polled) ? polled.due : -1;
}

static void
apply_titles(struct house *house, const char *first, const char *second)
{
	struct feed_result *result = new_result(house);

	add(result, first, 0);
	if (second != NULL)
		add(result, second, 0);
	apply(house, result, NULL);
}

static void
pass(struct house *house, int64_t ms)
{
	clock_move_to(house->clock, clock_now_ms(house->clock) + ms);
}

static int64_t
number(struct house *house, const char *sql)
{
	struct error err = { 0 };
	int64_t value;

	if (!db_read_int(house->db, &err, &value, -1, sql, ""))
		fail_msg("%s", err.text);
	return value;
}

static struct feed_status
status(struct house *house)
{
	struct feed_status status;

	assert_true(feeds_status_find(house->feeds, "f", &status));
	return status;
}

static void
check_validators(struct house *house, const char *etag, const char *last_modified)
{
	AUTO_FREE char *has_etag = NULL;
	AUTO_FREE char *has_last_modified = NULL;
	struct error err = { 0 };

	assert_true(store_read_validators(
	    house->db, "f", URL, &has_etag, &has_last_modified, &err));
	if (etag == NULL)
		assert_null(has_etag);
	else
		assert_string_equal(has_etag, etag);
	if (last_modified == NULL)
		assert_null(has_last_modified);
	else
		assert_string_equal(has_last_modified, last_modified);
}

static struct feed_result *
with_validators(struct feed_result *result, const char *etag, const char *last_modified)
{
	result->response.etag = mem_strdup(etag);
	result->response.last_modified = mem_strdup(last_modified);
	return result;
}

/* -- the order -- */

static void
check_order(struct house *house, struct feed_result *result, const char *const *titles)
{
	struct error err = { 0 };

	/* the second time as after a group of transactions that was lost */
	for (int round = 0; round < 2; round++) {
		assert_true(db_begin(house->db, &err));
		assert_true(feeds_apply_begin(house->feeds, result, &err));
		for (size_t i = 0; i < result->count; i++)
			assert_string_equal(result->entries[i]->title, titles[i]);
		db_rollback(house->db);
	}
	feeds_finish(house->feeds, result, false);
}

static void
oldest_are_judged_first(void **state)
{
	static const char *const titles[] = { "a", "b", "c" };
	struct house *house = *state;
	struct feed_result *result = new_result(house);

	add(result, "b", NOW_S - 20);
	add(result, "c", NOW_S - 10);
	add(result, "a", NOW_S - 30);
	check_order(house, result, titles);
}

static void
equal_dates_go_from_the_end(void **state)
{
	static const char *const titles[] = { "a", "b", "c" };
	struct house *house = *state;
	struct feed_result *result = new_result(house);

	add(result, "c", NOW_S);
	add(result, "b", NOW_S);
	add(result, "a", NOW_S);
	check_order(house, result, titles);
}

static void
without_dates_it_goes_from_the_end(void **state)
{
	static const char *const titles[] = { "a", "b", "c" };
	struct house *house = *state;
	struct feed_result *result = new_result(house);

	add(result, "c", 0);
	add(result, "b", 0);
	add(result, "a", 0);
	check_order(house, result, titles);
}

static void
no_date_keeps_its_place(void **state)
{
	static const char *const titles[] = { "a", "b", "c", "d", "e", "f" };
	struct house *house = *state;
	struct feed_result *result = new_result(house);

	add(result, "f", 0);
	add(result, "e", NOW_S);
	add(result, "b", 0); /* between two that are out of order: with the one before it */
	add(result, "a", NOW_S - 60);
	add(result, "d", NOW_S - 10);
	add(result, "c", 0); /* the first of all takes the place of the first date */
	check_order(house, result, titles);
}

/* -- first sight -- */

static void
old_entries_of_a_first_sight_are_backfill(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	struct applied applied[4];

	add(result, "future", NOW_S + HOUR_S);
	add(result, "day", NOW_S - 24 * HOUR_S);
	add(result, "older", NOW_S - 24 * HOUR_S - 1);
	add(result, "undated", 0); /* stands at the end: as old as the one above */
	apply(house, result, applied);
	assert_false(applied[0].is_backfill); /* undated */
	assert_true(applied[1].is_backfill);
	assert_false(applied[2].is_backfill);
	assert_false(applied[3].is_backfill);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(applied[i].change, ENTRY_NEW);
		assert_int_equal(applied[i].seen_ms, NOW_MS);
	}
}

static void
old_entries_that_turn_up_later_are_backfill_too(void **state)
{
	struct house *house = *state;
	struct feed_result *result;
	struct applied applied[2];

	apply_titles(house, "one", NULL);
	pass(house, HOUR_MS);
	result = new_result(house);
	add(result, "old", NOW_S - 48 * HOUR_S);
	apply(house, result, applied);
	assert_true(applied[0].is_backfill);
}

static void
what_was_missed_in_an_outage_is_told(void **state)
{
	struct house *house = *state;
	struct feed_result *result;
	struct applied applied[3];

	apply_titles(house, "one", NULL);
	pass(house, 72 * HOUR_MS);
	apply(house, failed(house, JOB_FAILED_NETWORK, "no route"), NULL);
	result = new_result(house);
	add(result, "missed", NOW_S + 2 * HOUR_S);
	add(result, "at-it", NOW_S);
	add(result, "before-it", NOW_S - HOUR_S);
	apply(house, result, applied);
	assert_true(applied[0].is_backfill);
	assert_true(applied[1].is_backfill);
	assert_false(applied[2].is_backfill);
}

static void
nothing_new_is_a_good_reading(void **state)
{
	struct house *house = *state;
	struct feed_result *result;
	struct applied applied[1];

	apply(house, with_validators(new_result(house), "\"a\"", NULL), NULL);
	pass(house, 72 * HOUR_MS);
	apply(house, not_modified(house), NULL);
	result = new_result(house);
	add(result, "late", NOW_S + HOUR_S);
	apply(house, result, applied);
	assert_true(applied[0].is_backfill); /* it was not there when we looked */
}

static void
a_304_to_the_first_request_is_no_first_sight(void **state)
{
	struct house *house = *state;

	apply(house, with_validators(not_modified(house), "\"a\"", NULL), NULL);
	assert_int_equal(status(house).last_success_ms, 0);
	check_validators(house, NULL, NULL);
}

static void
the_feed_says_how_old_is_old(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	struct applied applied[2];

	configure(house, "feeds: [{id: f, url: \"" URL "\", backfill: 2h}]\n");
	add(result, "fresh", NOW_S - 2 * HOUR_S);
	add(result, "stale", NOW_S - 2 * HOUR_S - 1);
	apply(house, result, applied);
	assert_true(applied[0].is_backfill);
	assert_false(applied[1].is_backfill);
}

/* Killed between two transactions of the first reading: it is still a first sight. */
static void
a_crash_between_transactions_changes_nothing(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	struct applied applied[3];
	struct error err = { 0 };
	int64_t first_id;

	add(result, "new", NOW_S);
	add(result, "old", NOW_S - 48 * HOUR_S);
	add(result, "older", NOW_S - 72 * HOUR_S);
	assert_true(db_begin(house->db, &err));
	assert_true(feeds_apply_begin(house->feeds, result, &err));
	first_id = apply_one(house, result, 0).id;
	assert_true(db_commit(house->db, DB_NOW, &err));
	feed_result_free(result);
	feeds_close(house->feeds);

	pass(house, 1000);
	open_feeds(house);
	assert_int_equal(status(house).last_success_ms, 0);
	check_validators(house, NULL, NULL);
	result = new_result(house);
	add(result, "new", NOW_S);
	add(result, "old", NOW_S - 48 * HOUR_S);
	add(result, "older", NOW_S - 72 * HOUR_S);
	apply(house, result, applied);
	assert_int_equal(applied[0].change, ENTRY_KNOWN);
	assert_int_equal(applied[0].id, first_id);
	assert_int_equal(applied[0].seen_ms, NOW_MS);
	assert_int_equal(applied[1].change, ENTRY_NEW);
	assert_true(applied[1].is_backfill);
	assert_false(applied[2].is_backfill);
	assert_int_equal(number(house, "SELECT count(*) FROM entry"), 3);
}

/* -- entries -- */

static void
check_lists(struct house *house, const struct entry *entry)
{
	AUTO(db_query) row = db_query(house->db, "SELECT lists FROM entry", "");
	AUTO(entry) read = mem_zalloc(sizeof(*read));
	struct wire_reader in;
	struct list urls = { 0 };
	struct error err = { 0 };
	const void *bytes;
	size_t len;

	assert_true(db_step(row, &err));
	bytes = db_blob(row, 0, &len);
	wire_reader_init(&in, bytes, len);
	assert_true(wire_read_list(&in, &read->authors, 9, 99));
	assert_true(wire_read_list(&in, &read->categories, 9, 99));
	assert_true(wire_read_list(&in, &urls, 9, 99));
	assert_true(wire_read_end(&in));
	assert_true(list_equal(&read->authors, &entry->authors));
	assert_true(list_equal(&read->categories, &entry->categories));
	assert_int_equal(urls.count, 1);
	assert_string_equal(urls.items[0], entry->enclosures.items[0].url);
	list_clear(&urls);
}

static void
an_entry_is_stored_whole(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	AUTO(entry) entry = mem_zalloc(sizeof(*entry));
	struct applied applied[1];

	entry->id = mem_strdup("urn:1");
	entry->title = mem_strdup("赤沢大臣");
	entry->link = mem_strdup("https://example.org/1");
	entry->summary = mem_strdup("summary");
	entry->content = mem_strdup("");
	entry->language = mem_strdup("ja");
	list_add(&entry->authors, "METI");
	list_add(&entry->categories, "投資");
	enclosures_add(&entry->enclosures,
	    &(struct enclosure){ (char *)"https://example.org/1.pdf", NULL, -1 });
	entry->published_s = NOW_S - 60;
	entry->updated_s = NOW_S;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(result->entries, result->count, result->cap);
	result->entries[result->count++] = entry_copy(entry);
	apply(house, result, applied);
	assert_int_equal(number(house, "SELECT seen_ms FROM entry"), NOW_MS);
	assert_int_equal(number(house, "SELECT published_s FROM entry"), NOW_S - 60);
	assert_int_equal(number(house, "SELECT updated_s FROM entry"), NOW_S);
	assert_int_equal(
	    number(house, "SELECT feed = 'f' AND guid = 'urn:1' AND title = '赤沢大臣'"
			  " AND link = 'https://example.org/1' AND summary = 'summary'"
			  " AND content = '' AND language = 'ja' FROM entry"),
	    1);
	check_lists(house, entry);
}

static struct applied
apply_texts(
    struct house *house, const char *title, const char *summary, const char *content)
{
	struct feed_result *result = new_result(house);
	struct applied applied[1];

	add(result, title, 0);
	free(result->entries[0]->link);
	result->entries[0]->link = mem_strdup("https://example.org/same");
	result->entries[0]->summary = mem_strdup(summary);
	result->entries[0]->content = mem_strdup(content);
	apply(house, result, applied);
	return applied[0];
}

static void
a_rewritten_text_is_a_change_once(void **state)
{
	struct house *house = *state;
	struct applied first = apply_texts(house, "t", "s", "c"), again;

	assert_int_equal(first.change, ENTRY_NEW);
	pass(house, HOUR_MS);
	assert_int_equal(apply_texts(house, "t", "s", "c").change, ENTRY_KNOWN);
	assert_int_equal(apply_texts(house, "t2", "s", "c").change, ENTRY_CHANGED);
	assert_int_equal(apply_texts(house, "t2", "s", "c").change, ENTRY_KNOWN);
	assert_int_equal(apply_texts(house, "t2", "s2", "c").change, ENTRY_CHANGED);
	assert_int_equal(apply_texts(house, "t2", "s2", "c2").change, ENTRY_CHANGED);
	again = apply_texts(house, "t2", NULL, "c2");
	assert_int_equal(again.change, ENTRY_CHANGED);
	assert_int_equal(again.id, first.id);
	assert_int_equal(again.seen_ms, NOW_MS);
	assert_false(again.is_backfill);
}

static void
ids_are_never_given_again(void **state)
{
	struct house *house = *state;
	struct error err = { 0 };
	int64_t last;

	apply_titles(house, "one", "two");
	last = number(house, "SELECT max(id) FROM entry");
	assert_true(db_exec(house->db, &err, "DELETE FROM entry", ""));
	assert_true(db_exec(house->db, &err, "DELETE FROM entry_key", ""));
	apply_titles(house, "three", NULL);
	assert_true(number(house, "SELECT min(id) FROM entry") > last);
}

static void
who_left_is_marked_until_back(void **state)
{
	struct house *house = *state;

	apply_titles(house, "one", "two");
	pass(house, HOUR_MS);
	apply_titles(house, "two", NULL);
	assert_int_equal(number(house, "SELECT left_ms FROM entry WHERE title = 'one'"),
	    NOW_MS + HOUR_MS);
	assert_int_equal(
	    number(house, "SELECT left_ms FROM entry WHERE title = 'two'"), -1);
	assert_int_equal(status(house).entries, 1);
	pass(house, HOUR_MS);
	apply(house, not_modified(house), NULL); /* says nothing about who is there */
	apply(house, failed(house, JOB_FAILED_FORMAT, "no feed"), NULL);
	assert_int_equal(number(house, "SELECT count(left_ms) FROM entry"), 1);
	apply(house, new_result(house), NULL); /* good, and empty */
	assert_int_equal(number(house, "SELECT count(left_ms) FROM entry"), 2);
	assert_int_equal(number(house, "SELECT left_ms FROM entry WHERE title = 'one'"),
	    NOW_MS + HOUR_MS);
	apply_titles(house, "one", "two");
	assert_int_equal(number(house, "SELECT count(left_ms) FROM entry"), 0);
	assert_int_equal(number(house, "SELECT count(*) FROM entry"), 2);
}

/* -- validators -- */

static void
validators_come_from_one_answer(void **state)
{
	struct house *house = *state;

	apply(house, with_validators(new_result(house), "W/\"a b\"", "yesterday"), NULL);
	check_validators(house, "W/\"a b\"", "yesterday");
	apply(house, with_validators(new_result(house), "\xff\"b", NULL), NULL);
	check_validators(house, "\xff\"b", NULL);
	apply(house, with_validators(new_result(house), NULL, "today"), NULL);
	check_validators(house, NULL, "today");
	apply(house, new_result(house), NULL);
	check_validators(house, NULL, NULL);
}

static void
a_304_refreshes_what_it_names(void **state)
{
	struct house *house = *state;

	apply(house, with_validators(new_result(house), "\"a\"", "monday"), NULL);
	apply(house, not_modified(house), NULL);
	check_validators(house, "\"a\"", "monday");
	apply(house, with_validators(not_modified(house), "\"a\"", NULL), NULL);
	check_validators(house, "\"a\"", "monday");
	apply(house, with_validators(not_modified(house), NULL, "tuesday"), NULL);
	check_validators(house, "\"a\"", "tuesday");
	apply(house, with_validators(not_modified(house), "\"b\"", NULL), NULL);
	check_validators(house, "\"b\"", NULL);
}

static void
a_failure_leaves_validators_alone(void **state)
{
	struct house *house = *state;

	apply(house, with_validators(new_result(house), "\"a\"", "monday"), NULL);
	apply(house,
	    with_validators(failed(house, JOB_FAILED_FORMAT, "no feed"), "\"x\"", "now"),
	    NULL);
	check_validators(house, "\"a\"", "monday");
}

static void
another_url_begins_without_validators(void **state)
{
	struct house *house = *state;
	int64_t now_ms;

	apply(house, with_validators(new_result(house), "\"a\"", "monday"), NULL);
	assert_true(status(house).next_poll_ms > clock_now_ms(house->clock));
	configure(house, "feeds: [{id: f, url: \"https://example.org/moved\"}]\n");
	now_ms = clock_now_ms(house->clock);
	assert_int_equal(status(house).next_poll_ms, now_ms);
	assert_string_equal(status(house).next_why, "new");
	apply(house, failed(house, JOB_FAILED_HTTP, "404"), NULL);
	assert_true(status(house).next_poll_ms > now_ms); /* no storm of requests */
	assert_int_equal(status(house).failures, 1);
	configure(house, "feeds: [{id: f, url: \"" URL "\"}]\n");
	check_validators(house, NULL, NULL);
}

/* -- what is known of the feed -- */

static void
failures_are_counted_and_end(void **state)
{
	struct house *house = *state;
	struct feed_status now = status(house);

	assert_string_equal(now.state, "new");
	assert_int_equal(now.next_poll_ms, NOW_MS);
	apply(house, failed(house, JOB_FAILED_NETWORK, "no route"), NULL);
	apply(house, failed(house, JOB_FAILED_HTTP, "503"), NULL);
	now = status(house);
	assert_string_equal(now.state, "failing");
	assert_string_equal(now.failure, "503");
	assert_string_equal(now.next_why, "back-off");
	assert_int_equal(now.failures, 2);
	assert_int_equal(now.last_success_ms, 0);
	assert_int_equal(now.last_attempt_ms, NOW_MS);
	apply_titles(house, "one", NULL);
	now = status(house);
	assert_string_equal(now.state, "ok");
	assert_null(now.failure);
	assert_int_equal(now.failures, 0);
	assert_int_equal(now.last_success_ms, NOW_MS);
	assert_int_equal(now.last_new_ms, NOW_MS);
	assert_int_equal(now.entries, 1);
	assert_string_equal(now.next_why, "interval");
}

static void
all_of_it_survives_a_restart(void **state)
{
	struct house *house = *state;
	struct feed_status before, after;
	AUTO_FREE char *failure = NULL;

	apply_titles(house, "one", NULL);
	pass(house, HOUR_MS);
	apply(house, failed(house, JOB_FAILED_NETWORK, "no route"), NULL);
	before = status(house);
	failure = mem_strdup(before.failure);
	feeds_close(house->feeds);
	open_feeds(house);
	after = status(house);
	assert_string_equal(after.failure, failure);
	assert_string_equal(after.state, before.state);
	assert_int_equal(after.next_poll_ms, before.next_poll_ms);
	assert_int_equal(after.last_new_ms, before.last_new_ms);
	assert_int_equal(after.last_success_ms, NOW_MS);
	assert_int_equal(after.last_attempt_ms, NOW_MS + HOUR_MS);
}

static void
what_was_not_stored_is_read_again(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	struct error err = { 0 };

	add(result, "one", 0);
	assert_true(db_begin(house->db, &err));
	assert_true(feeds_apply_begin(house->feeds, result, &err));
	(void)apply_one(house, result, 0);
	db_rollback(house->db);
	feeds_finish(house->feeds, result, false);
	/* asked it was: not again before its interval */
	assert_in_range(
	    status(house).next_poll_ms, NOW_MS + 30 * MINUTE_MS, NOW_MS + 33 * MINUTE_MS);
	assert_string_equal(status(house).state, "failing");
	assert_string_equal(status(house).failure, "what was read could not be stored");
	assert_int_equal(status(house).last_success_ms, 0);
	assert_int_equal(number(house, "SELECT count(*) FROM entry"), 0);
	apply_titles(house, "one", NULL);
	assert_int_equal(number(house, "SELECT count(*) FROM entry"), 1);
}

static void
news_are_noted_once_a_reading(void **state)
{
	struct house *house = *state;
	struct feed_result *result = new_result(house);
	struct error err = { 0 };

	for (int i = 0; i < 50; i++) {
		AUTO_FREE char *title = mem_printf("Entry %d", i);

		add(result, title, 0);
	}
	assert_true(db_exec(house->db, &err, "CREATE TEMP TABLE noted(n)", ""));
	assert_true(db_exec(house->db, &err,
	    "CREATE TEMP TRIGGER t AFTER UPDATE OF last_new_ms ON main.feed"
	    " BEGIN INSERT INTO noted VALUES(1); END",
	    ""));
	apply(house, result, NULL);
	assert_int_equal(number(house, "SELECT count(*) FROM entry"), 50);
	assert_int_equal(number(house, "SELECT count(*) FROM noted"), 1);
	assert_int_equal(status(house).last_new_ms, NOW_MS);
}

static void
waits_for_the_store_grow(void **state)
{
	static const int64_t waits_m[] = { 5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440,
		1440 };
	struct house *house = *state;

	configure(house, "feeds: [{id: f, url: \"" URL "\", every: 5m}]\n");
	for (size_t i = 0; i < sizeof(waits_m) / sizeof(*waits_m); i++) {
		int64_t now_ms = clock_now_ms(house->clock);
		int64_t wait_ms = waits_m[i] * MINUTE_MS;

		feeds_finish(house->feeds, new_result(house), false);
		assert_in_range(status(house).next_poll_ms, now_ms + wait_ms,
		    now_ms + wait_ms + MINUTE_MS);
		clock_move_to(house->clock, status(house).next_poll_ms);
	}
	apply_titles(house, "one", NULL);
	assert_true(
	    status(house).next_poll_ms <= clock_now_ms(house->clock) + 6 * MINUTE_MS);
}

static void
a_server_is_heard_without_a_store(void **state)
{
	struct house *house = *state;
	struct feed_result *result = failed(house, JOB_FAILED_HTTP, "HTTP 503");

	result->response.retry_after_s = 3 * HOUR_S;
	feeds_finish(house->feeds, result, false);
	assert_true(status(house).next_poll_ms >= NOW_MS + 3 * HOUR_MS);
	assert_string_equal(status(house).next_why, "retry-after");
	assert_string_equal(status(house).failure, "HTTP 503");
	assert_int_equal(ask(house, "f", false), 0);
	/* a reload or a loss makes nothing of it undone */
	configure(house, "feeds: [{id: f, url: \"" URL "\"}]\n");
	assert_true(status(house).next_poll_ms >= NOW_MS + 3 * HOUR_MS);
	feeds_reload_state(house->feeds);
	assert_true(status(house).next_poll_ms >= NOW_MS + 3 * HOUR_MS);
	assert_int_equal(ask(house, "f", false), 0);
	result = new_result(house);
	result->response.fresh_s = 6 * HOUR_S;
	feeds_finish(house->feeds, result, false);
	assert_true(status(house).next_poll_ms >= NOW_MS + 6 * HOUR_MS);
}

static void
a_lost_group_takes_memory_back(void **state)
{
	struct house *house = *state;
	struct error err = { 0 };

	assert_true(db_begin(house->db, &err));
	apply_titles(house, "one", NULL);
	assert_int_equal(status(house).last_success_ms, NOW_MS);
	db_rollback(house->db);
	feeds_reload_state(house->feeds);
	assert_int_equal(status(house).last_success_ms, 0);
	/* its server was asked all the same */
	assert_in_range(
	    status(house).next_poll_ms, NOW_MS + 30 * MINUTE_MS, NOW_MS + 33 * MINUTE_MS);
}

/* -- asked for -- */

static void
who_asks_waits_for_pauses_unless_forced(void **state)
{
	struct house *house = *state;

	apply_titles(house, "one", NULL);
	pass(house, 5 * MINUTE_MS - 1);
	assert_int_equal(ask(house, "f", false), 0); /* polling's floor */
	pass(house, 1);
	assert_int_equal(ask(house, "f", false), 1);
	assert_int_equal(status(house).next_poll_ms, NOW_MS + 5 * MINUTE_MS);
	assert_string_equal(status(house).next_why, "asked");
	apply(house, failed(house, JOB_FAILED_NETWORK, "no route"), NULL);
	feeds_close(house->feeds);
	open_feeds(house);
	assert_int_equal(ask(house, "f", false), 0);
	assert_int_equal(ask(house, NULL, false), 0);
	assert_true(status(house).next_poll_ms > NOW_MS + 5 * MINUTE_MS);
	assert_int_equal(ask(house, NULL, true), 1);
	assert_int_equal(status(house).next_poll_ms, NOW_MS + 5 * MINUTE_MS);
	assert_int_equal(ask(house, "g", true), -1);
}

static void
who_asks_hears_why_not(void **state)
{
	struct house *house = *state;
	struct feeds_polled polled;
	AUTO_FREE char *some = NULL;
	AUTO_FREE char *none = NULL;

	configure(house, "feeds:\n"
			 "  - {id: e, url: \"" URL "\", enabled: false}\n"
			 "  - {id: f, url: \"" URL "\"}\n"
			 "  - {id: g, url: \"" URL "\"}\n");
	apply_titles(house, "one", NULL);
	assert_true(feeds_poll(house->feeds, NULL, false, &polled));
	assert_int_equal(polled.due, 1); /* g */
	some = feeds_polled_reason(&polled);
	assert_string_equal(
	    some, "1 disabled, 1 asked less than 5m ago (--force asks all the same)");
	assert_true(feeds_poll(house->feeds, "g", false, &polled));
	assert_null(feeds_polled_reason(&polled)); /* due already */
	apply(house, failed(house, JOB_FAILED_NETWORK, "no route"), NULL);
	pass(house, 5 * MINUTE_MS);
	assert_true(feeds_poll(house->feeds, "f", false, &polled));
	assert_int_equal(polled.paused, 1);
	configure(house, "feeds: []\n");
	assert_true(feeds_poll(house->feeds, NULL, false, &polled));
	none = feeds_polled_reason(&polled);
	assert_string_equal(none, "no source is watched");
}

/* Failures of another request say nothing; what a server wished does. */
static void
a_reload_that_mends_ends_the_back_off(void **state)
{
	static const char *const mends[] = {
		"feeds: [{id: f, url: \"" URL "\", private: true}]\n",
		"feeds: [{id: f, url: \"" URL "\", user_agent: me}]\n",
		"feeds: [{id: f, url: \"" URL "/new\"}]\n",
	};
	struct house *house = *state;
	struct feed_result *wished;

	for (size_t i = 0; i < sizeof(mends) / sizeof(*mends); i++) {
		configure(house, "feeds: [{id: f, url: \"" URL "\"}]\n");
		apply(house, failed(house, JOB_FAILED_ADDRESS, "not public"), NULL);
		configure(house, "feeds: [{id: f, url: \"" URL "\", every: 1h}]\n");
		assert_true(status(house).next_poll_ms > NOW_MS);
		assert_int_equal(ask(house, "f", false), 0);
		configure(house, mends[i]);
		assert_int_equal(status(house).next_poll_ms, NOW_MS);
	}
	configure(house, "feeds: [{id: f, url: \"" URL "\"}]\n");
	wished = failed(house, JOB_FAILED_HTTP, "HTTP 429");
	wished->response.retry_after_s = HOUR_S;
	apply(house, wished, NULL);
	configure(house, mends[0]);
	assert_true(status(house).next_poll_ms >= NOW_MS + HOUR_MS);
}

static void
a_disabled_feed_is_never_asked(void **state)
{
	struct house *house = *state;

	configure(house, "feeds: [{id: f, url: \"" URL "\", enabled: false}]\n");
	assert_string_equal(status(house).state, "disabled");
	assert_int_equal(status(house).next_poll_ms, 0);
	assert_int_equal(ask(house, "f", true), 0);
	apply(house, new_result(house), NULL); /* a replay may bring one all the same */
	assert_int_equal(status(house).next_poll_ms, 0);
}

static void
a_reload_keeps_what_is_known(void **state)
{
	struct house *house = *state;
	struct feed_status feed;

	apply_titles(house, "one", NULL);
	configure(house,
	    "feeds: [{id: e, url: \"" URL "\"}, {id: f, url: \"" URL "\", every: 10m}]\n");
	assert_int_equal(feeds_count(house->feeds), 2);
	feed = status(house);
	assert_int_equal(feed.last_success_ms, NOW_MS);
	assert_in_range(feed.next_poll_ms, NOW_MS + 600000, NOW_MS + 660000);
	assert_int_equal(feeds_status(house->feeds, 0).last_success_ms, 0);
	configure(house, "feeds: []\n");
	assert_int_equal(feeds_count(house->feeds), 0);
	assert_null(feeds_find(house->feeds, "f"));
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(oldest_are_judged_first),
		ROW(equal_dates_go_from_the_end),
		ROW(without_dates_it_goes_from_the_end),
		ROW(no_date_keeps_its_place),
		ROW(old_entries_of_a_first_sight_are_backfill),
		ROW(old_entries_that_turn_up_later_are_backfill_too),
		ROW(what_was_missed_in_an_outage_is_told),
		ROW(nothing_new_is_a_good_reading),
		ROW(a_304_to_the_first_request_is_no_first_sight),
		ROW(the_feed_says_how_old_is_old),
		ROW(a_crash_between_transactions_changes_nothing),
		ROW(an_entry_is_stored_whole),
		ROW(a_rewritten_text_is_a_change_once),
		ROW(ids_are_never_given_again),
		ROW(who_left_is_marked_until_back),
		ROW(validators_come_from_one_answer),
		ROW(a_304_refreshes_what_it_names),
		ROW(a_failure_leaves_validators_alone),
		ROW(another_url_begins_without_validators),
		ROW(failures_are_counted_and_end),
		ROW(all_of_it_survives_a_restart),
		ROW(what_was_not_stored_is_read_again),
		ROW(news_are_noted_once_a_reading),
		ROW(waits_for_the_store_grow),
		ROW(a_server_is_heard_without_a_store),
		ROW(a_lost_group_takes_memory_back),
		ROW(who_asks_waits_for_pauses_unless_forced),
		ROW(who_asks_hears_why_not),
		ROW(a_reload_that_mends_ends_the_back_off),
		ROW(a_disabled_feed_is_never_asked),
		ROW(a_reload_keeps_what_is_known),
	};

	return cmocka_run_group_tests_name("feeds store", tests, NULL, NULL);
}
