/*
 * Feeds that run: schedule, jobs and results together, with the worker of
 * tests/fake_worker.c and a virtual clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "base/error.h"
#include "feeds/feeds.h"
#include "feeds/feeds_private.h"
#include "feeds/store.h"

#define NOW_MS 1763795704000
#define MINUTE_MS INT64_C(60000)
#define GUARD_S 60

struct house {
	struct event_base *base;
	struct clock *clock;
	struct db *db;
	struct feeds *feeds;
	struct feed_result *result; /* that came and is not applied */
	size_t count;
};

static void
on_result(void *ctx, struct feed_result *result)
{
	struct house *house = ctx;

	assert_null(house->result);
	house->result = result;
	house->count++;
}

static void
configure(struct house *house, const char *feeds)
{
	AUTO(conf) conf = conf_new();
	const struct conf_node *root =
	    conf_read_bytes(conf, feeds, strlen(feeds), "feeds.yaml");
	struct feed_set set = { 0 };
	struct polling polling;
	struct error err = { 0 };

	polling_init(&polling);
	polling.contact = mem_strdup("mailto:desk@example.org");
	assert_true(feed_set_read(conf, conf_find(root, "feeds"), &set));
	assert_true(feeds_configure(house->feeds, &set, &polling, &err));
}

static int
set_up(void **state)
{
	static const struct db_schema *const schemas[] = { &feeds_schema, NULL };
	struct house *house = mem_zalloc(sizeof(*house));
	struct error err = { 0 };

	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(GUARD_S);
	house->base = event_base_new();
	house->clock = clock_open_virtual(NOW_MS);
	house->db = db_open(":memory:", schemas, NULL, &err);
	house->feeds = feeds_open(house->base, house->clock, house->db, on_result, house);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	feeds_close(house->feeds);
	feed_result_free(house->result);
	db_close(house->db);
	clock_close(house->clock);
	event_base_free(house->base);
	free(house);
	return 0;
}

/* -- helpers -- */

static void
start(struct house *house, const char *feeds)
{
	configure(house, feeds);
	feeds_start(house->feeds);
	clock_move_to(house->clock, clock_now_ms(house->clock));
}

static void
pass(struct house *house, int64_t ms)
{
	clock_move_to(house->clock, clock_now_ms(house->clock) + ms);
}

static void
look(struct house *house)
{
	assert_true(event_base_loop(house->base, EVLOOP_NONBLOCK) >= 0);
}

static void
wait_for_result(struct house *house)
{
	while (house->result == NULL)
		assert_int_equal(event_base_loop(house->base, EVLOOP_ONCE), 0);
}

static void
apply(struct house *house)
{
	struct feed_result *result = house->result;
	struct condition_changes changes;
	struct applied applied;
	struct error err = { 0 };

	house->result = NULL;
	assert_true(db_begin(house->db, &err));
	if (result->count > 0)
		assert_true(feeds_apply_begin(house->feeds, result, &err));
	for (size_t i = 0; i < result->count; i++)
		assert_true(feeds_apply_entry(house->feeds, result, i, &applied, &err));
	assert_true(feeds_apply_end(house->feeds, result, &changes, &err));
	assert_true(db_commit(house->db, DB_GROUPED, &err));
	feeds_finish(house->feeds, result, true);
}

static struct feed_status
status(struct house *house, const char *id)
{
	struct feed_status status;

	assert_true(feeds_status_find(house->feeds, id, &status));
	return status;
}

/* @return how many are due; -1: no such feed */
static int
ask(struct house *house, const char *id, bool is_forced)
{
	struct feeds_polled polled;

	return feeds_poll(house->feeds, id, is_forced, &polled) ? polled.due : -1;
}

/* -- one feed -- */

static void
nothing_runs_before_the_start(void **state)
{
	struct house *house = *state;

	configure(house, "feeds: [{id: a, url: \"https://fake/ok/1\"}]\n");
	pass(house, MINUTE_MS);
	look(house);
	assert_false(feeds_is_busy(house->feeds));
	feeds_start(house->feeds);
	pass(house, 0);
	assert_true(feeds_is_busy(house->feeds));
	wait_for_result(house);
	assert_int_equal(house->result->count, 1);
}

static void
a_feed_is_read_again_when_due(void **state)
{
	struct house *house = *state;
	int64_t due_ms;

	start(house, "feeds: [{id: a, url: \"https://fake/etag\"}]\n");
	assert_string_equal(status(house, "a").state, "running");
	assert_int_equal(status(house, "a").next_poll_ms, 0);
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title, "none");
	assert_true(feeds_is_busy(house->feeds)); /* until it is stored */
	apply(house);
	assert_false(feeds_is_busy(house->feeds));
	assert_string_equal(status(house, "a").state, "ok");
	due_ms = status(house, "a").next_poll_ms;
	assert_in_range(due_ms, NOW_MS + 30 * MINUTE_MS, NOW_MS + 33 * MINUTE_MS);
	clock_move_to(house->clock, due_ms - 1);
	look(house);
	assert_false(feeds_is_busy(house->feeds));
	clock_move_to(house->clock, due_ms);
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title, "\"fake\"");
	apply(house);
}

#define PAGE(title)                                                              \
	"feeds: [{id: a, page: \"https://fake/etag\", item: //li, host_gap: 0s," \
	" fields: {title: " title "}}]\n"

static void
other_xpaths_read_a_page_anew(void **state)
{
	struct house *house = *state;

	start(house, PAGE(".//a"));
	wait_for_result(house);
	apply(house);
	configure(house, PAGE(".//a"));
	assert_string_equal(status(house, "a").state, "ok");
	assert_true(status(house, "a").next_poll_ms > NOW_MS);
	configure(house, PAGE(".//b"));
	assert_string_equal(status(house, "a").next_why, "new");
	pass(house, MINUTE_MS);
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title, "none"); /* no validator */
	apply(house);
	clock_move_to(house->clock, status(house, "a").next_poll_ms);
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title, "\"fake\"");
	apply(house);
}

static void
we_say_who_we_are(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/agent\"}]\n");
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title,
	    "dealwatch/" PACKAGE_VERSION " (+mailto:desk@example.org)");
	apply(house);
	configure(house,
	    "feeds: [{id: a, url: \"https://fake/agent\", user_agent: \"other/1\"}]\n");
	assert_int_equal(ask(house, "a", true), 1);
	pass(house, MINUTE_MS);
	wait_for_result(house);
	assert_string_equal(house->result->entries[0]->title, "other/1");
}

static void
a_running_feed_is_not_asked_twice(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/ok/1\"}]\n");
	assert_int_equal(ask(house, NULL, true), 0);
	wait_for_result(house);
	assert_int_equal(ask(house, "a", true), 0);
	apply(house);
	assert_int_equal(ask(house, "a", true), 1);
	assert_int_equal(ask(house, "a", true), 1); /* due already */
	assert_string_equal(status(house, "a").next_why, "asked");
	assert_int_equal(house->count, 1);
}

/* -- one host -- */

static void
a_host_is_asked_one_by_one(void **state)
{
	struct house *house = *state;

	start(house, "feeds:\n"
		     "  - {id: a, url: \"https://FAKE/ok/1\"}\n"
		     "  - {id: b, url: \"http://fake:8080/ok/2\"}\n");
	assert_string_equal(status(house, "b").state, "new");
	wait_for_result(house);
	assert_string_equal(house->result->feed, "a");
	apply(house);
	pass(house, 1999);
	look(house);
	assert_false(feeds_is_busy(house->feeds));
	pass(house, 1);
	assert_true(feeds_is_busy(house->feeds));
	wait_for_result(house);
	assert_string_equal(house->result->feed, "b");
}

static void
force_keeps_the_gap(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/fail\", host_gap: 10s}]\n");
	wait_for_result(house);
	assert_true(house->result->is_failed);
	apply(house);
	assert_string_equal(status(house, "a").next_why, "retry-after");
	assert_int_equal(ask(house, "a", false), 0);
	assert_int_equal(ask(house, "a", true), 1);
	pass(house, 9999);
	assert_false(feeds_is_busy(house->feeds));
	pass(house, 1);
	assert_true(feeds_is_busy(house->feeds));
}

/* -- reload, loss, end -- */

static void
the_job_of_a_feed_that_went_is_dropped(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/silence\"}]\n");
	look(house);
	configure(house, "feeds: [{id: b, url: \"https://fake/ok/2\"}]\n");
	assert_false(feeds_is_busy(house->feeds));
	pass(house, 1999);
	assert_string_equal(status(house, "b").state, "new"); /* the gap is kept */
	pass(house, 1);
	assert_string_equal(status(house, "b").state, "running");
	wait_for_result(house);
	assert_string_equal(house->result->feed, "b");
	assert_int_equal(house->count, 1);
	assert_int_equal(feeds_worker_deaths(house->feeds), 0);
}

/* Two reloads while a result waits: the feed that came back has another job. */
static void
an_old_result_is_not_for_a_new_state(void **state)
{
	struct house *house = *state;
	struct feed_result *old;

	start(house, "feeds: [{id: a, url: \"https://fake/ok/1\"}]\n");
	wait_for_result(house);
	old = house->result;
	house->result = NULL;
	assert_true(feeds_is_current(house->feeds, old));
	configure(house, "feeds: []\n");
	assert_false(feeds_is_current(house->feeds, old));
	configure(house, "feeds: [{id: a, url: \"https://other/ok/2\"}]\n");
	pass(house, MINUTE_MS);
	assert_string_equal(status(house, "a").state, "running");
	assert_false(feeds_is_current(house->feeds, old));
	feeds_finish(house->feeds, old, false);
	assert_string_equal(status(house, "a").state, "running");
	assert_int_equal(ask(house, "a", true), 0);
	wait_for_result(house);
	assert_int_equal(house->result->count, 2);
	assert_true(feeds_is_current(house->feeds, house->result));
	apply(house);
	assert_false(feeds_is_busy(house->feeds));
	assert_string_equal(status(house, "a").state, "ok");
}

static void
results_that_wait_are_counted(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/flood/10\"}]\n");
	wait_for_result(house);
	assert_true(house->feeds->waiting_bytes > (size_t)10 * 200 * 1024);
	assert_int_equal(house->feeds->waiting_bytes, house->result->bytes);
	apply(house);
	assert_int_equal(house->feeds->waiting_bytes, 0);
}

/* The clock is set back between the question and the reading. */
static void
who_was_asked_for_does_not_wait_for_the_clock(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: a, url: \"https://fake/ok/1\"}]\n");
	wait_for_result(house);
	apply(house);
	assert_int_equal(ask(house, "a", true), 1);
	clock_step(house->clock, -MINUTE_MS * 24 * 60);
	pass(house, 2000);
	assert_string_equal(status(house, "a").state, "running");
}

static void
what_was_not_stored_does_not_wait_for_the_clock(void **state)
{
	struct house *house = *state;
	int64_t wait_ms;

	start(house, "feeds: [{id: a, url: \"https://fake/ok/1\"}]\n");
	wait_for_result(house);
	feeds_finish(house->feeds, house->result, false);
	house->result = NULL;
	wait_ms = status(house, "a").next_poll_ms - clock_now_ms(house->clock);
	assert_in_range(wait_ms, 30 * MINUTE_MS, 33 * MINUTE_MS);
	clock_step(house->clock, -MINUTE_MS * 24 * 60);
	assert_int_equal(
	    status(house, "a").next_poll_ms - clock_now_ms(house->clock), wait_ms);
}

static void
a_reload_lets_jobs_run_on(void **state)
{
	struct house *house = *state;

	start(house, "feeds: [{id: b, url: \"https://fake/ok/1\"}]\n");
	configure(house, "feeds:\n"
			 "  - {id: a, url: \"https://other/ok/1\", enabled: false}\n"
			 "  - {id: b, url: \"https://fake/ok/2\", every: 1h}\n");
	assert_string_equal(status(house, "b").state, "running");
	assert_string_equal(status(house, "a").state, "disabled");
	wait_for_result(house);
	assert_int_equal(house->result->count, 1); /* of the old address */
	apply(house);
	assert_string_equal(status(house, "b").next_why, "new"); /* the new one is due */
	pass(house, MINUTE_MS);
	wait_for_result(house);
	assert_int_equal(house->result->count, 2);
	apply(house);
	assert_true(status(house, "b").next_poll_ms >= NOW_MS + 60 * MINUTE_MS);
}

/* A 304 to validators whose reading was lost must not keep them. */
static void
a_304_after_a_loss_proves_nothing(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *etag = NULL;
	AUTO_FREE char *last_modified = NULL;
	struct error err = { 0 };

	assert_true(store_write_validators(house->db, "a", "\"kept\"", NULL, &err));
	assert_true(
	    db_exec(house->db, &err, "UPDATE feed SET url = 'https://fake/unchanged'", ""));
	start(house, "feeds: [{id: a, url: \"https://fake/unchanged\"}]\n");
	feeds_reload_state(house->feeds);
	wait_for_result(house);
	assert_true(house->result->response.is_not_modified);
	apply(house);
	assert_true(store_read_validators(
	    house->db, "a", "https://fake/unchanged", &etag, &last_modified, &err));
	assert_string_equal(etag, "\"kept\"");
}

static void
a_poison_feed_backs_off_alone(void **state)
{
	struct house *house = *state;

	start(house, "feeds:\n"
		     "  - {id: bad, url: \"https://poison/segfault\"}\n"
		     "  - {id: good, url: \"https://fake/ok/1\"}\n");
	wait_for_result(house);
	assert_string_equal(house->result->feed, "bad");
	assert_string_equal(
	    house->result->text, "parser killed (signal 11 while parsing chunk 3)");
	apply(house);
	assert_string_equal(status(house, "bad").state, "failing");
	assert_string_equal(status(house, "bad").next_why, "back-off");
	assert_int_equal(feeds_worker_deaths(house->feeds), 1);
	wait_for_result(house);
	assert_string_equal(house->result->feed, "good");
	assert_false(house->result->is_failed);
	assert_true(feeds_worker_pid(house->feeds) > 0);
}

static void
the_end_waits_for_nobody(void **state)
{
	struct house *house = *state;

	start(house, "feeds:\n"
		     "  - {id: a, url: \"https://fake/silence\"}\n"
		     "  - {id: b, url: \"https://other/ok/1\"}\n");
	pass(house, MINUTE_MS);
	wait_for_result(house);
	feeds_stop(house->feeds);
	assert_true(feeds_is_busy(house->feeds)); /* b's result is in hand */
	assert_int_equal(feeds_worker_pid(house->feeds), 0);
	apply(house);
	assert_false(feeds_is_busy(house->feeds));
	pass(house, 60 * MINUTE_MS);
	look(house);
	assert_int_equal(house->count, 1);
}

static void
a_reader_reads_what_it_is_given(void **state)
{
	struct house *house = *state;
	struct error err = { 0 };
	AUTO(feeds_reader) reader = feeds_reader_open(house->base, &err);
	struct job job = { .kind = JOB_DOCUMENT,
		.feed = (char *)"document",
		.url = (char *)"https://fake/count",
		.deadline_ms = JOB_DEADLINE_MS,
		.body_max_bytes = JOB_BODY_MAX_BYTES,
		.entries_max = JOB_ENTRIES_MAX };
	AUTO(feed_result) first = feeds_reader_run(reader, &job, "abc", 3, &err);
	AUTO(feed_result) second = NULL;

	assert_non_null(first);
	assert_string_equal(first->entries[0]->title, "3 bytes");
	job.url = (char *)"https://fake/read-and-die";
	second = feeds_reader_run(reader, &job, "abc", 3, &err);
	assert_non_null(second);
	assert_true(second->is_failed);
	assert_int_equal(second->failure, JOB_FAILED_PARSER);
	assert_true(job.id > 1);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(nothing_runs_before_the_start),
		ROW(a_feed_is_read_again_when_due),
		ROW(other_xpaths_read_a_page_anew),
		ROW(we_say_who_we_are),
		ROW(a_running_feed_is_not_asked_twice),
		ROW(a_host_is_asked_one_by_one),
		ROW(force_keeps_the_gap),
		ROW(the_job_of_a_feed_that_went_is_dropped),
		ROW(an_old_result_is_not_for_a_new_state),
		ROW(results_that_wait_are_counted),
		ROW(who_was_asked_for_does_not_wait_for_the_clock),
		ROW(what_was_not_stored_does_not_wait_for_the_clock),
		ROW(a_reload_lets_jobs_run_on),
		ROW(a_304_after_a_loss_proves_nothing),
		ROW(a_poison_feed_backs_off_alone),
		ROW(the_end_waits_for_nobody),
		ROW(a_reader_reads_what_it_is_given),
	};

	return cmocka_run_group_tests_name("feeds run", tests, NULL, NULL);
}
