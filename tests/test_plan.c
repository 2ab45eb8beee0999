/*
 * When a feed is read next: each row is one reading, or several in a row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "feeds/plan.h"

#define NOW_MS 1763795704000
#define MINUTE_S INT64_C(60)
#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)

struct row {
	const char *name;
	int64_t failures; /* in a row; 0: a good reading */
	int64_t every_s, fresh_s, retry_after_s;
	int64_t wait_s; /* without the jitter */
	enum plan_why why;
};

static const struct row rows[] = {
	{ "the interval", 0, 30 * MINUTE_S, -1, -1, 30 * MINUTE_S, PLAN_INTERVAL },
	{ "fresh for less than that", 0, 30 * MINUTE_S, 60, -1, 30 * MINUTE_S,
	    PLAN_INTERVAL },
	{ "fresh for longer", 0, 30 * MINUTE_S, 6 * HOUR_S, -1, 6 * HOUR_S,
	    PLAN_FRESHNESS },
	{ "fresh for a day", 0, 30 * MINUTE_S, DAY_S, -1, DAY_S, PLAN_FRESHNESS },
	{ "fresh for ten years", 0, 30 * MINUTE_S, 315360000, -1, DAY_S, PLAN_FRESHNESS },
	{ "fresh for ever", 0, 30 * MINUTE_S, INT64_MAX, -1, DAY_S, PLAN_FRESHNESS },
	{ "never fresh", 0, 30 * MINUTE_S, INT64_MIN, -1, 30 * MINUTE_S, PLAN_INTERVAL },
	{ "Retry-After with a good answer", 0, 30 * MINUTE_S, 60, 2 * HOUR_S, 2 * HOUR_S,
	    PLAN_RETRY_AFTER },
	{ "first failure", 1, 30 * MINUTE_S, -1, -1, 30 * MINUTE_S, PLAN_BACK_OFF },
	{ "second failure", 2, 30 * MINUTE_S, -1, -1, HOUR_S, PLAN_BACK_OFF },
	{ "third failure", 3, 30 * MINUTE_S, -1, -1, 2 * HOUR_S, PLAN_BACK_OFF },
	{ "sixth failure", 6, 30 * MINUTE_S, -1, -1, 16 * HOUR_S, PLAN_BACK_OFF },
	{ "seventh failure: a day", 7, 30 * MINUTE_S, -1, -1, DAY_S, PLAN_BACK_OFF },
	{ "hundredth failure: a day", 100, 30 * MINUTE_S, -1, -1, DAY_S, PLAN_BACK_OFF },
	{ "a longer interval than a day", 5, 7 * DAY_S, -1, -1, 7 * DAY_S, PLAN_BACK_OFF },
	{ "never sooner than five minutes", 1, 60, -1, -1, 5 * MINUTE_S, PLAN_BACK_OFF },
	{ "Retry-After of an hour", 1, 30 * MINUTE_S, -1, HOUR_S, HOUR_S,
	    PLAN_RETRY_AFTER },
	{ "Retry-After instead of a back-off", 9, 30 * MINUTE_S, -1, HOUR_S, HOUR_S,
	    PLAN_RETRY_AFTER },
	{ "Retry-After: 0", 1, 60, -1, 0, 5 * MINUTE_S, PLAN_RETRY_AFTER },
	{ "Retry-After of a minute is no leave to come sooner", 1, 30 * MINUTE_S, -1, 60,
	    30 * MINUTE_S, PLAN_RETRY_AFTER },
	{ "Retry-After of a week", 1, 30 * MINUTE_S, -1, 7 * DAY_S, 7 * DAY_S,
	    PLAN_RETRY_AFTER },
	{ "Retry-After of a year", 1, 30 * MINUTE_S, -1, 365 * DAY_S, 7 * DAY_S,
	    PLAN_RETRY_AFTER },
	{ "Retry-After of for ever", 1, 30 * MINUTE_S, -1, INT64_MAX, 7 * DAY_S,
	    PLAN_RETRY_AFTER },
};

static void
run_row(const struct row *row, const char *feed, struct plan *plan)
{
	struct plan_reading reading = { .feed = feed,
		.at_ms = NOW_MS,
		.every_s = row->every_s,
		.is_failed = row->failures > 0,
		.fresh_s = row->fresh_s,
		.retry_after_s = row->retry_after_s };

	*plan = (struct plan){ 0 };
	for (int64_t i = 0; i < row->failures || i == 0; i++)
		plan_next(plan, &reading);
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct plan plan;
	int64_t wait_ms;

	run_row(row, "meti-press", &plan);
	wait_ms = plan.due_ms - NOW_MS;
	assert_true(wait_ms >= row->wait_s * 1000);
	assert_true(wait_ms < row->wait_s * 1100);
	assert_int_equal(plan.why, row->why);
	assert_int_equal(plan.failures, row->failures);
}

/* Feeds of one interval drift apart, and each keeps its phase. */
static void
jitter_is_spread_and_stable(void **state)
{
	const struct row *row = &rows[0];
	int tenths[10] = { 0 };
	struct plan plan, again;
	char feed[24];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(feed, sizeof(feed), "feed-%d", i);
		run_row(row, feed, &plan);
		run_row(row, feed, &again);
		assert_int_equal(plan.due_ms, again.due_ms);
		tenths[(plan.due_ms - NOW_MS - row->wait_s * 1000) / (row->wait_s * 10)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(tenths[i], 60, 140);
}

static void
success_ends_the_back_off(void **state)
{
	struct plan plan;
	struct plan_reading good = { .feed = "f",
		.at_ms = NOW_MS,
		.every_s = HOUR_S,
		.fresh_s = -1,
		.retry_after_s = -1 };

	run_row(&rows[12], "f", &plan);
	assert_int_equal(plan.failures, 7);
	assert_true(plan.pause_ms == plan.due_ms);
	plan_next(&plan, &good);
	assert_int_equal(plan.failures, 0);
	assert_int_equal(plan.pause_ms, 0);
	assert_true(plan.due_ms < NOW_MS + 2 * HOUR_S * 1000);
}

static void
only_pauses_hold_back_who_asks(void **state)
{
	struct plan plan;

	run_row(&rows[2], "f", &plan); /* fresh */
	assert_int_equal(plan.pause_ms, 0);
	run_row(&rows[7], "f", &plan); /* Retry-After */
	assert_int_equal(plan.pause_ms, NOW_MS + 2 * HOUR_S * 1000);
	run_row(&rows[8], "f", &plan); /* failed */
	assert_int_equal(plan.pause_ms, plan.due_ms);
}

static void
a_shorter_interval_is_seen_at_once(void **state)
{
	struct plan plan, before;

	run_row(&rows[0], "f", &plan);
	before = plan;
	plan_adjust(&plan, "f", NOW_MS, 30 * MINUTE_S, NOW_MS + 1000);
	assert_memory_equal(&plan, &before, sizeof(plan));
	plan_adjust(&plan, "f", NOW_MS, 10 * MINUTE_S, NOW_MS + 1000);
	assert_true(plan.due_ms < NOW_MS + 11 * MINUTE_S * 1000);
	run_row(&rows[2], "f", &plan); /* what the server asked for stays */
	before = plan;
	plan_adjust(&plan, "f", NOW_MS, 10 * MINUTE_S, NOW_MS + 1000);
	assert_int_equal(plan.due_ms, before.due_ms);
}

static void
a_clock_set_back_makes_no_feed_wait(void **state)
{
	int64_t now_ms = NOW_MS - 365 * DAY_S * 1000;
	struct plan plan, before;

	run_row(&rows[8], "f", &plan);
	before = plan;
	plan_adjust(&plan, "f", NOW_MS, 30 * MINUTE_S, now_ms);
	assert_int_equal(plan.due_ms - now_ms, before.due_ms - NOW_MS);
	assert_int_equal(plan.pause_ms - now_ms, before.pause_ms - NOW_MS);
}

static void
a_clock_set_forward_changes_nothing(void **state)
{
	struct plan plan, before;

	run_row(&rows[0], "f", &plan);
	before = plan;
	plan_adjust(&plan, "f", NOW_MS, 30 * MINUTE_S, NOW_MS + 365 * DAY_S * 1000);
	assert_memory_equal(&plan, &before, sizeof(plan));
}

int
main(void)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]), OTHERS = 6 };
	struct CMUnitTest tests[ROWS + OTHERS] = {
		cmocka_unit_test(jitter_is_spread_and_stable),
		cmocka_unit_test(success_ends_the_back_off),
		cmocka_unit_test(only_pauses_hold_back_who_asks),
		cmocka_unit_test(a_shorter_interval_is_seen_at_once),
		cmocka_unit_test(a_clock_set_back_makes_no_feed_wait),
		cmocka_unit_test(a_clock_set_forward_changes_nothing),
	};

	for (size_t i = 0; i < ROWS; i++)
		tests[OTHERS + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
