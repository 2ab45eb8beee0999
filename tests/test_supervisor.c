/*
 * The supervisor over a worker that dies, hangs, lies and floods (tests/fake_worker.c).
 *
 * Deadlines and the distance of deaths run on a virtual clock; everything else is waited
 * for on the loop, and a test that waits too long is ended by its guard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/paths.h"
#include "feeds/feeds.h"
#include "feeds/keeper.h"
#include "feeds/supervisor.h"

#define NOW_MS 1763795704000
#define DEADLINE_MS 10000
#define RESULTS_MAX 100
#define GUARD_S 60

struct house {
	struct event_base *base;
	struct clock *clock;
	struct supervisor *supervisor;
	struct feed_result *results[RESULTS_MAX + 1]; /* by job id */
	size_t count;
	int troubles; /* changes that were told */
	char trouble[512];
	char file[64]; /* of do_once() */
};

static void
on_done(void *ctx, uint64_t job, struct feed_result *result)
{
	struct house *house = ctx;

	assert_in_range(job, 1, RESULTS_MAX);
	assert_null(house->results[job]); /* once and never again */
	house->results[job] = result;
	house->count++;
}

static void
on_trouble(void *ctx, const struct error *why)
{
	struct house *house = ctx;

	house->troubles++;
	(void)snprintf(
	    house->trouble, sizeof(house->trouble), "%s", why == NULL ? "over" : why->text);
}

static void
open_supervisor(struct house *house, const char *program)
{
	static const struct supervisor_events events = { on_done, on_trouble };

	supervisor_close(house->supervisor);
	house->supervisor =
	    supervisor_open(house->base, house->clock, program, &events, house);
}

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));
	AUTO_FREE char *program = paths_program("dealwatch-feeds");

	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(GUARD_S);
	house->base = event_base_new();
	house->clock = clock_open_virtual(NOW_MS);
	(void)snprintf(
	    house->file, sizeof(house->file), "/tmp/dealwatch-fake.%d", getpid());
	(void)unlink(house->file); /* of a run that was killed */
	open_supervisor(house, program);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	supervisor_close(house->supervisor);
	for (size_t i = 0; i <= RESULTS_MAX; i++)
		feed_result_free(house->results[i]);
	clock_close(house->clock);
	event_base_free(house->base);
	(void)unlink(house->file); /* most rows have none */
	free(house);
	return 0;
}

/* -- helpers -- */

static uint64_t
start_body(
    struct house *house, const char *what, enum job_kind kind, const void *body, size_t len)
{
	AUTO(job) job = mem_zalloc(sizeof(*job));

	job->kind = kind;
	job->feed = mem_strdup("f");
	job->url = mem_printf("https://fake/%s", what);
	job->deadline_ms = DEADLINE_MS;
	job->body_max_bytes = JOB_BODY_MAX_BYTES;
	job->entries_max = JOB_ENTRIES_MAX;
	return supervisor_start(house->supervisor, job, body, len);
}

static uint64_t
start(struct house *house, const char *what)
{
	return start_body(house, what, JOB_FETCH, NULL, 0);
}

/* One turn of the loop; when only time can bring anything, time passes. */
static void
turn(struct house *house)
{
	if (event_base_loop(house->base, EVLOOP_ONCE) == 1)
		clock_move_to(house->clock, clock_next_ms(house->clock));
}

/* What can be done now, without waiting. */
static void
look(struct house *house)
{
	assert_true(event_base_loop(house->base, EVLOOP_NONBLOCK) >= 0);
}

static void
wait_for(struct house *house, size_t results)
{
	while (house->count < results)
		turn(house);
}

static void
wait_for_deaths(struct house *house, int deaths)
{
	while (keeper_deaths(supervisor_keeper(house->supervisor)) < deaths)
		turn(house);
}

static void
check_good(const struct house *house, uint64_t id, size_t entries)
{
	const struct feed_result *result = house->results[id];

	assert_non_null(result);
	if (result->is_failed)
		fail_msg("%s", result->text);
	assert_int_equal(result->count, entries);
	assert_int_equal(result->at_ms, clock_now_ms(house->clock));
}

static void
check_killed(const struct house *house, uint64_t id, const char *text)
{
	const struct feed_result *result = house->results[id];

	assert_non_null(result);
	assert_true(result->is_failed);
	assert_int_equal(result->failure, JOB_FAILED_PARSER);
	assert_string_equal(result->text, text);
	assert_int_equal(result->count, 0);
	assert_int_equal(result->response.retry_after_s, -1);
}

/* -- good answers -- */

static void
entries_come_in_order(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "ok/3");

	assert_int_equal(house->count, 0); /* nothing happens before we return */
	wait_for(house, 1);
	check_good(house, id, 3);
	assert_string_equal(house->results[id]->feed, "f");
	assert_string_equal(house->results[id]->head.format, "rss2.0");
	assert_string_equal(house->results[id]->response.etag, "\"fake\"");
	for (size_t i = 0; i < 3; i++) {
		AUTO_FREE char *title = mem_printf("Entry %zu", i);

		assert_string_equal(house->results[id]->entries[i]->title, title);
	}
}

static void
more_entries_than_credit(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "ok/5000");

	wait_for(house, 1);
	check_good(house, id, 5000);
}

static void
many_jobs_at_once(void **state)
{
	struct house *house = *state;

	for (int i = 0; i < 60; i++)
		(void)start(house, i % 2 == 0 ? "ok/100" : "unchanged");
	wait_for(house, 60);
	for (uint64_t id = 1; id <= 60; id++)
		check_good(house, id, id % 2 == 1 ? 100 : 0);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
}

static void
a_failure_is_handed_on(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "fail");

	wait_for(house, 1);
	assert_true(house->results[id]->is_failed);
	assert_int_equal(house->results[id]->failure, JOB_FAILED_HTTP);
	assert_int_equal(house->results[id]->response.status, 503);
	assert_int_equal(house->results[id]->response.retry_after_s, 60);
	assert_string_equal(house->results[id]->text, "503 Service Unavailable");
}

static void
bodies_go_through_in_chunks(void **state)
{
	struct house *house = *state;
	size_t len = 20u << 20; /* more than credit and buffers take at once */
	AUTO_FREE char *body = mem_zalloc(len);
	uint64_t large = start_body(house, "count", JOB_DOCUMENT, body, len);
	uint64_t empty = start_body(house, "count", JOB_RESPONSE, NULL, 0);

	wait_for(house, 2);
	assert_string_equal(house->results[large]->entries[0]->title, "20971520 bytes");
	assert_string_equal(house->results[empty]->entries[0]->title, "0 bytes");
}

static void
the_worker_has_nothing_of_ours(void **state)
{
	struct house *house = *state;
	uint64_t id;
	int leak = dup(STDOUT_FILENO); /* as a library might leave it: not close-on-exec */

	assert_true(leak > JOB_BOARD_FD);
	id = start(house, "files");
	wait_for(house, 1);
	assert_int_equal(close(leak), 0);
	assert_string_equal(house->results[id]->entries[0]->title, "0 1 2 3 4 /dev/null");
}

/* -- deaths -- */

static void
the_announced_job_is_blamed(void **state)
{
	struct house *house = *state;
	uint64_t good = start(house, "ok/100"), bad = start(house, "segfault");
	uint64_t late = start(house, "ok/2");

	wait_for(house, 3);
	check_killed(house, bad, "parser killed (signal 11 while parsing chunk 3)");
	check_good(house, good, 100);
	check_good(house, late, 2);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 1);
}

static void
an_exit_is_a_death_too(void **state)
{
	struct house *house = *state;
	uint64_t bad = start(house, "exit");

	wait_for(house, 1);
	check_killed(
	    house, bad, "parser killed (ended with status 3 while converting chunk 3)");
}

static void
without_a_culprit_they_are_read_again(void **state)
{
	struct house *house = *state;
	uint64_t first = start(house, "ok/1"), bad = start(house, "die");
	uint64_t second = start(house, "ok/2"), third = start(house, "ok/3");

	wait_for(house, 4);
	check_killed(
	    house, bad, "parser killed (signal 11, again while it read this alone)");
	check_good(house, first, 1);
	check_good(house, second, 2);
	check_good(house, third, 3);
	assert_int_equal(
	    keeper_deaths(supervisor_keeper(house->supervisor)), 3); /* of 4, 2, 1 */
}

static void
one_death_alone_is_forgiven(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *what = mem_printf("once/%s", house->file);
	uint64_t id = start(house, what);

	wait_for(house, 1);
	check_good(house, id, 1);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 1);
}

static void
killed_from_outside_nothing_is_lost(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "ok/1"), again;
	int pid;

	wait_for(house, 1);
	check_good(house, id, 1);
	pid = keeper_pid(supervisor_keeper(house->supervisor));
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	again = start(house, "ok/2"); /* goes to the dead one first, maybe */
	wait_for(house, 2);
	check_good(house, again, 2);
	assert_true(keeper_pid(supervisor_keeper(house->supervisor)) != pid);
}

static void
a_body_is_sent_again(void **state)
{
	struct house *house = *state;
	size_t len = 3u << 20;
	AUTO_FREE char *body = mem_zalloc(len);
	uint64_t good = start_body(house, "count", JOB_DOCUMENT, body, len);
	uint64_t bad = start_body(house, "read-and-die", JOB_DOCUMENT, body, 10);

	wait_for(house, 2);
	check_killed(house, bad, "parser killed (signal 11 while parsing chunk 3)");
	check_good(house, good, 1);
	assert_string_equal(house->results[good]->entries[0]->title, "3145728 bytes");
}

/* The distance between deaths grows, so that a worker that cannot live costs little. */
static void
deaths_in_a_row_are_spread(void **state)
{
	static const int64_t waits_ms[] = { 0, 1000, 2000, 4000, 8000, 16000, 32000, 60000,
		60000 };
	struct house *house = *state;

	for (int i = 0; i < 9; i++) {
		(void)start(house, "segfault");
		wait_for_deaths(house, i + 1);
		assert_int_equal(house->count, i + 1);
		if (waits_ms[i] == 0)
			continue;
		assert_int_equal(
		    clock_next_ms(house->clock), clock_now_ms(house->clock) + waits_ms[i]);
		(void)start(house, "ok/1"); /* nobody is asked meanwhile */
		look(house);
		assert_int_equal(keeper_pid(supervisor_keeper(house->supervisor)), 0);
		supervisor_cancel(house->supervisor);
		clock_move_to(house->clock, clock_next_ms(house->clock));
	}
	(void)start(house, "ok/1");
	wait_for(house, 10);
	(void)start(house, "segfault");
	wait_for_deaths(house, 10);
	assert_int_equal(clock_next_ms(house->clock), -1); /* a job was done: at once */
}

/* -- who does not answer -- */

static void
pass_deadline(struct house *house)
{
	clock_move_to(
	    house->clock, clock_now_ms(house->clock) + DEADLINE_MS + SUPERVISOR_GRACE_MS);
}

static void
a_hung_worker_is_killed(void **state)
{
	struct house *house = *state;
	uint64_t good = start(house, "ok/1"), bad = start(house, "hang"), late;

	wait_for(house, 1);
	check_good(house, good, 1);
	late = start(house, "ok/2"); /* the other one holds it up */
	look(house);
	pass_deadline(house);
	wait_for(house, 3);
	check_killed(
	    house, bad, "parser killed (no end after 25 s while finishing chunk 3)");
	check_good(house, late, 2);
}

static void
a_job_without_an_end_is_ended(void **state)
{
	struct house *house = *state;
	uint64_t bad = start(house, "silence");
	uint64_t good = start(house, "ok/1");

	wait_for(house, 1);
	check_good(house, good, 1);
	clock_move_to(house->clock, NOW_MS + DEADLINE_MS + SUPERVISOR_GRACE_MS - 1);
	look(house);
	assert_int_equal(house->count, 1);
	clock_move_to(house->clock, NOW_MS + DEADLINE_MS + SUPERVISOR_GRACE_MS);
	wait_for(house, 2);
	check_killed(house, bad, "parser killed (no end after 25 s)");
}

/* -- who lies -- */

struct lie {
	const char *name;
	const char *what;
	const char *text; /* begins so */
};

static const struct lie lies[] = {
	{ "no message of ours", "garbage", "parser killed (dealwatch-feeds: message " },
	{ "an answer to another job", "stranger",
	    "parser killed (dealwatch-feeds: an answer to job " },
	{ "an entry cut short", "short", "parser killed (entry" },
	{ "two heads", "two-heads", "parser killed (f: a second head" },
	{ "an entry after the head", "late-entry",
	    "parser killed (f: an entry after the head" },
	{ "entries with a 304", "entries-unmodified",
	    "parser killed (f: entries that are not modified" },
	{ "more entries than were asked for", "ok/5001",
	    "parser killed (f: more entries than were asked for" },
};

/* The liar is found, the one beside it read. */
static void
check_lie(void **state)
{
	const struct lie *lie = *state;
	void *house_state;
	struct house *house;
	uint64_t good, bad;

	assert_int_equal(set_up(&house_state), 0);
	house = house_state;
	bad = start(house, lie->what); /* while there is credit */
	good = start(house, "ok/1000");
	wait_for(house, 2);
	check_good(house, good, 1000);
	assert_true(house->results[bad]->is_failed);
	assert_int_equal(house->results[bad]->failure, JOB_FAILED_PARSER);
	if (strncmp(house->results[bad]->text, lie->text, strlen(lie->text)) != 0)
		fail_msg("%s", house->results[bad]->text);
	assert_int_equal(tear_down(&house_state), 0);
}

static void
a_flood_is_a_limit(void **state)
{
	struct house *house = *state;
	uint64_t over = start(house, "flood/330"), good; /* of 200 KB */

	wait_for(house, 1);
	assert_true(house->results[over]->is_failed);
	assert_int_equal(house->results[over]->failure, JOB_FAILED_LIMIT);
	assert_int_equal(house->results[over]->count, 0);
	good = start(house, "flood/320");
	wait_for(house, 2);
	check_good(house, good, 320);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
}

/* -- no worker at all, and the end -- */

/* Jobs are not to blame: they wait for a worker. */
static void
jobs_wait_for_a_missing_program(void **state)
{
	static const int64_t waits_ms[] = { 1000, 1000, 2000, 4000 };
	struct house *house = *state;
	AUTO_FREE char *program = paths_program("dealwatch-feeds");
	uint64_t first, second;

	open_supervisor(house, house->file);
	first = start(house, "ok/1");
	second = start(house, "ok/2");
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(*waits_ms); i++) {
		look(house);
		assert_int_equal(house->troubles, 1);
		assert_int_equal(
		    clock_next_ms(house->clock), clock_now_ms(house->clock) + waits_ms[i]);
		clock_move_to(house->clock, clock_next_ms(house->clock));
	}
	assert_non_null(strstr(house->trouble, "No such file or directory"));
	assert_non_null(keeper_trouble(supervisor_keeper(house->supervisor)));
	assert_int_equal(house->count, 0);
	assert_int_equal(symlink(program, house->file), 0);
	wait_for(house, 2);
	check_good(house, first, 1);
	check_good(house, second, 2);
	assert_int_equal(house->troubles, 2);
	assert_string_equal(house->trouble, "over");
	assert_null(keeper_trouble(supervisor_keeper(house->supervisor)));
}

static void
a_worker_that_never_begins_is_told_once(void **state)
{
	struct house *house = *state;

	open_supervisor(house, "/bin/false");
	(void)start(house, "ok/1");
	wait_for_deaths(house, 4);
	assert_int_equal(house->troubles, 1);
	assert_string_equal(house->trouble,
	    "/bin/false: the feeds' worker does not begin: ended with status 1");
	assert_int_equal(house->count, 0);
}

/* Halving: while a half is looked at, its jobs are done beside each other. */
static void
suspects_are_read_in_company(void **state)
{
	struct house *house = *state;
	AUTO_FREE char *once = mem_printf("once/%s", house->file);

	(void)start(house, once);
	for (int i = 0; i < 3; i++)
		(void)start(house, "crowd/3");
	for (int i = 0; i < 4; i++)
		(void)start(house, "crowd/4");
	wait_for(house, 8);
	for (uint64_t id = 1; id <= 8; id++)
		check_good(house, id, 1);
	assert_int_equal(clock_now_ms(house->clock), NOW_MS); /* nobody ran out of time */
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 1);
}

static void
one_among_many_is_found_by_halving(void **state)
{
	struct house *house = *state;
	uint64_t bad = 0;

	for (int i = 0; i < 64; i++) {
		uint64_t id = start(house, i == 41 ? "die" : "ok/1");

		if (i == 41)
			bad = id;
	}
	wait_for(house, 64);
	for (uint64_t id = 1; id <= 64; id++)
		assert_int_equal(house->results[id]->is_failed, id == bad);
	check_killed(
	    house, bad, "parser killed (signal 11, again while it read this alone)");
	assert_in_range(keeper_deaths(supervisor_keeper(house->supervisor)), 2, 8);
}

static void
a_suspend_is_nobodys_fault(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "silence"), other = start(house, "ok/1");

	wait_for(house, 1);
	check_good(house, other, 1);
	clock_suspend(house->clock, INT64_C(8) * 3600 * 1000);
	look(house);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
	assert_int_equal(house->count, 1);
	clock_move_to(
	    house->clock, clock_now_ms(house->clock) + DEADLINE_MS + SUPERVISOR_GRACE_MS);
	wait_for(house, 2);
	check_killed(house, id, "parser killed (no end after 25 s)");
}

/* -- the common limit, and what nobody wants -- */

static void
the_common_limit_fails_nobody(void **state)
{
	struct house *house = *state;
	uint64_t id = start(house, "flood/50"), later; /* of 200 KB */

	while (keeper_pid(supervisor_keeper(house->supervisor)) == 0)
		turn(house);
	look(house); /* it is sent; then others take nearly all */
	if (house->count == 0)
		supervisor_set_outside(
		    house->supervisor, SUPERVISOR_STAGED_ALL_MAX_BYTES - (1u << 20));
	later = start(house, "ok/1");
	for (int i = 0; i < 200; i++)
		look(house);
	assert_int_equal(house->count, 0); /* neither done nor failed */
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
	supervisor_set_outside(house->supervisor, 0);
	wait_for(house, 2);
	check_good(house, id, 50);
	check_good(house, later, 1);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
}

static void
a_dropped_job_is_silent(void **state)
{
	struct house *house = *state;
	uint64_t unwanted = start(house, "silence"), other = start(house, "ok/1"), last;

	wait_for(house, 1);
	check_good(house, other, 1);
	supervisor_drop(house->supervisor, unwanted);
	supervisor_drop(house->supervisor, 99); /* nobody's */
	last = start(house, "ok/2");
	supervisor_drop(house->supervisor, last); /* was not sent */
	last = start(house, "ok/3");
	wait_for(house, 2);
	check_good(house, last, 3);
	clock_move_to(house->clock, NOW_MS + 10 * (DEADLINE_MS + SUPERVISOR_GRACE_MS));
	look(house);
	assert_int_equal(house->count, 2);
	assert_int_equal(keeper_deaths(supervisor_keeper(house->supervisor)), 0);
}

static void
cancelled_jobs_are_silent(void **state)
{
	struct house *house = *state;
	uint64_t id;
	int pid;

	(void)start(house, "ok/1");
	wait_for(house, 1);
	(void)start(house, "silence");
	(void)start(house, "ok/1");
	pid = keeper_pid(supervisor_keeper(house->supervisor));
	supervisor_cancel(house->supervisor);
	assert_int_equal(kill(pid, 0), -1); /* and reaped */
	id = start(house, "ok/2");
	wait_for(house, 2);
	check_good(house, id, 2);
}

static void
closing_in_the_middle(void **state)
{
	struct house *house = *state;

	(void)start(house, "ok/5000");
	(void)start(house, "hang");
	while (keeper_pid(supervisor_keeper(house->supervisor)) == 0)
		turn(house);
	supervisor_close(house->supervisor);
	house->supervisor = NULL;
	look(house);
	assert_int_equal(house->count, 0);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	enum { LIES = sizeof(lies) / sizeof(lies[0]), OTHERS = 25 };
	struct CMUnitTest tests[LIES + OTHERS] = {
		ROW(entries_come_in_order),
		ROW(more_entries_than_credit),
		ROW(many_jobs_at_once),
		ROW(a_failure_is_handed_on),
		ROW(bodies_go_through_in_chunks),
		ROW(the_worker_has_nothing_of_ours),
		ROW(the_announced_job_is_blamed),
		ROW(an_exit_is_a_death_too),
		ROW(without_a_culprit_they_are_read_again),
		ROW(one_death_alone_is_forgiven),
		ROW(killed_from_outside_nothing_is_lost),
		ROW(a_body_is_sent_again),
		ROW(deaths_in_a_row_are_spread),
		ROW(a_hung_worker_is_killed),
		ROW(a_job_without_an_end_is_ended),
		ROW(a_flood_is_a_limit),
		ROW(jobs_wait_for_a_missing_program),
		ROW(a_worker_that_never_begins_is_told_once),
		ROW(suspects_are_read_in_company),
		ROW(one_among_many_is_found_by_halving),
		ROW(a_suspend_is_nobodys_fault),
		ROW(the_common_limit_fails_nobody),
		ROW(a_dropped_job_is_silent),
		ROW(cancelled_jobs_are_silent),
		ROW(closing_in_the_middle),
	};

	for (size_t i = 0; i < LIES; i++)
		tests[OTHERS + i] = (struct CMUnitTest){ .name = lies[i].name,
			.test_func = check_lie,
			.initial_state = (void *)&lies[i] };
	return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
