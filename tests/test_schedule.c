/*
 * The schedule: what may start when, on times that the test makes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "feeds/schedule.h"

#define NOW_MS 1763795704000
#define MINUTE_MS INT64_C(60000)
#define DAY_MS (MINUTE_MS * 1440)
#define GAP_MS INT64_C(2000)
#define RUNNING_MAX 4

struct house {
	struct schedule *schedule;
	struct schedule_item items[1000];
	size_t count;
};

static int
set_up(void **state)
{
	struct house *house = mem_zalloc(sizeof(*house));

	house->schedule = schedule_new(RUNNING_MAX);
	*state = house;
	return 0;
}

static int
tear_down(void **state)
{
	struct house *house = *state;

	for (size_t i = 0; i < house->count; i++)
		schedule_remove(house->schedule, &house->items[i]);
	schedule_free(house->schedule);
	free(house);
	return 0;
}

static struct schedule_item *
add(struct house *house, const char *host, int64_t gap_ms, int64_t at_ms)
{
	struct schedule_item *item = &house->items[house->count++];

	schedule_add(house->schedule, item, host, gap_ms);
	schedule_plan(house->schedule, item, at_ms);
	return item;
}

static void
nothing_starts_before_it_is_due(void **state)
{
	struct house *house = *state;
	struct schedule_item *item = add(house, "a", GAP_MS, NOW_MS);

	assert_true(schedule_is_planned(item));
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS);
	assert_null(schedule_take(house->schedule, NOW_MS - 1));
	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), item);
	assert_false(schedule_is_planned(item));
	assert_int_equal(schedule_next_ms(house->schedule), -1);
	schedule_release(house->schedule, item->host, NOW_MS);
}

static void
one_request_at_a_time_and_a_gap(void **state)
{
	struct house *house = *state;
	struct schedule_item *first = add(house, "a", GAP_MS, NOW_MS - 2);
	struct schedule_item *second = add(house, "a", GAP_MS, NOW_MS - 1);
	int64_t end_ms = NOW_MS + 500;

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), first);
	assert_null(schedule_take(house->schedule, NOW_MS + DAY_MS));
	schedule_release(house->schedule, first->host, end_ms);
	assert_int_equal(schedule_next_ms(house->schedule), end_ms + GAP_MS);
	assert_null(schedule_take(house->schedule, end_ms + GAP_MS - 1));
	assert_ptr_equal(schedule_take(house->schedule, end_ms + GAP_MS), second);
	schedule_release(house->schedule, second->host, end_ms + GAP_MS);
}

static void
the_longer_gap_of_two_counts(void **state)
{
	struct house *house = *state;
	struct schedule_item *patient = add(house, "a", 0, NOW_MS);
	struct schedule_item *shy = add(house, "a", 5 * GAP_MS, NOW_MS + 1);

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), patient);
	schedule_release(house->schedule, patient->host, NOW_MS);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + 5 * GAP_MS);
	assert_ptr_equal(schedule_take(house->schedule, NOW_MS + 5 * GAP_MS), shy);
	schedule_release(house->schedule, shy->host, NOW_MS + 5 * GAP_MS);
	schedule_plan(house->schedule, patient, NOW_MS);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + 10 * GAP_MS);
}

static void
the_gap_outlives_the_item(void **state)
{
	struct house *house = *state;
	struct schedule_item *before = add(house, "a", GAP_MS, NOW_MS);

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), before);
	schedule_release(house->schedule, before->host, NOW_MS);
	add(house, "a", GAP_MS, NOW_MS); /* as a reload does: new ones first */
	schedule_remove(house->schedule, before);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + GAP_MS);
}

static void
a_removed_item_leaves_its_host_busy(void **state)
{
	struct house *house = *state;
	struct schedule_item *item = add(house, "a", GAP_MS, NOW_MS);
	struct schedule_host *host = item->host;
	struct schedule_item *next;

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), item);
	schedule_remove(house->schedule, item);
	next = add(house, "a", GAP_MS, NOW_MS);
	assert_ptr_equal(next->host, host);
	assert_null(schedule_take(house->schedule, NOW_MS + MINUTE_MS));
	schedule_release(house->schedule, host, NOW_MS + MINUTE_MS);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + MINUTE_MS + GAP_MS);
}

static void
hosts_do_not_wait_for_each_other(void **state)
{
	struct house *house = *state;
	struct schedule_item *a = add(house, "a", GAP_MS, NOW_MS);
	struct schedule_item *b = add(house, "b", GAP_MS, NOW_MS);

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), a);
	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), b);
	schedule_release(house->schedule, a->host, NOW_MS);
	schedule_release(house->schedule, b->host, NOW_MS);
}

static void
so_many_run_and_no_more(void **state)
{
	struct house *house = *state;
	struct schedule_item *items[RUNNING_MAX + 1];
	int64_t now_ms = NOW_MS;

	for (size_t i = 0; i <= RUNNING_MAX; i++) {
		char host[2] = { (char)('a' + i), '\0' };

		items[i] = add(house, host, GAP_MS, NOW_MS);
	}
	for (size_t i = 0; i < RUNNING_MAX; i++)
		assert_ptr_equal(schedule_take(house->schedule, now_ms), items[i]);
	assert_int_equal(schedule_next_ms(house->schedule), -1);
	assert_null(schedule_take(house->schedule, now_ms + MINUTE_MS));
	schedule_release(house->schedule, items[0]->host, now_ms);
	assert_ptr_equal(schedule_take(house->schedule, now_ms), items[RUNNING_MAX]);
	for (size_t i = 1; i <= RUNNING_MAX; i++)
		schedule_release(house->schedule, items[i]->host, now_ms);
}

static void
planning_anew_moves(void **state)
{
	struct house *house = *state;
	struct schedule_item *a = add(house, "a", GAP_MS, NOW_MS);
	struct schedule_item *b = add(house, "a", GAP_MS, NOW_MS + 1);

	schedule_plan(house->schedule, a, NOW_MS + MINUTE_MS);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + 1);
	schedule_plan(house->schedule, b, NOW_MS + 2 * MINUTE_MS);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + MINUTE_MS);
	schedule_remove(house->schedule, a);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + 2 * MINUTE_MS);
}

static void
a_clock_set_back_does_not_lengthen_gaps(void **state)
{
	struct house *house = *state;
	struct schedule_item *item = add(house, "a", GAP_MS, NOW_MS);
	int64_t now_ms = NOW_MS - DAY_MS;

	assert_ptr_equal(schedule_take(house->schedule, NOW_MS), item);
	schedule_release(house->schedule, item->host, NOW_MS);
	schedule_plan(house->schedule, item, now_ms);
	assert_int_equal(schedule_next_ms(house->schedule), NOW_MS + GAP_MS);
	schedule_clock_set(house->schedule, now_ms);
	assert_int_equal(schedule_next_ms(house->schedule), now_ms + GAP_MS);
}

/* All due at once, as after a long absence: they start in rounds. */
static void
an_absence_makes_no_burst(void **state)
{
	struct house *house = *state;
	int64_t now_ms = NOW_MS;
	size_t started = 0;
	char host[8];

	for (size_t i = 0; i < 1000; i++) {
		(void)snprintf(host, sizeof(host), "h%zu", i);
		add(house, host, GAP_MS, NOW_MS - 3 * DAY_MS);
	}
	while (now_ms < NOW_MS + 1000) {
		struct schedule_item *item = schedule_take(house->schedule, now_ms);

		assert_non_null(item);
		schedule_release(house->schedule, item->host, now_ms);
		started++;
		now_ms = schedule_next_ms(house->schedule);
	}
	assert_int_equal(started, (1000 / SCHEDULE_ROUND_MS + 1) * SCHEDULE_ROUND_MAX);
}

/*
 * A month of polling in a moment: 1000 feeds on 100 hosts, every half hour, answers of 300
 * ms. Nobody is asked early, twice at once or without the gap, and nobody is forgotten.
 */
static void
a_month(void **state)
{
	struct house *house = *state;
	static const int64_t interval_ms = 30 * MINUTE_MS, answer_ms = 300;
	struct {
		int64_t due_ms, host_free_ms;
		int requests;
	} *seen = mem_array(1000, sizeof(*seen));
	int64_t now_ms = NOW_MS;
	size_t requests = 0;
	char host[8];

	for (size_t i = 0; i < 1000; i++) {
		(void)snprintf(host, sizeof(host), "h%zu", i % 100);
		seen[i].due_ms = NOW_MS;
		add(house, host, GAP_MS, NOW_MS);
	}
	while (now_ms < NOW_MS + 30 * DAY_MS) {
		struct schedule_item *item = schedule_take(house->schedule, now_ms);
		size_t i = (size_t)(item - house->items);

		assert_non_null(item);
		assert_true(now_ms >= seen[i].due_ms);
		assert_true(now_ms >= seen[i % 100].host_free_ms);
		seen[i % 100].host_free_ms = now_ms + answer_ms + GAP_MS;
		seen[i].due_ms = now_ms + interval_ms;
		seen[i].requests++;
		requests++;
		/* the host is busy meanwhile; the one slot more makes no difference here */
		schedule_release(house->schedule, item->host, now_ms + answer_ms);
		schedule_plan(house->schedule, item, seen[i].due_ms);
		now_ms = schedule_next_ms(house->schedule);
	}
	for (size_t i = 0; i < 1000; i++)
		assert_in_range(seen[i].requests, 1400, 1440);
	assert_true(requests > 1400000);
	free(seen);
}

/* Steps of a thousand wake-ups, each for one of count feeds, ten of which share a host. */
static uint64_t
count_steps(size_t count)
{
	AUTO(schedule) schedule = schedule_new(RUNNING_MAX);
	struct schedule_item *items = mem_array(count, sizeof(*items));
	int64_t now_ms = NOW_MS;
	uint64_t before;
	char host[32];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(host, sizeof(host), "h%zu", i / 10);
		schedule_add(schedule, &items[i], host, 0);
		schedule_plan(schedule, &items[i], NOW_MS + (int64_t)(i * 7919 % count));
	}
	before = schedule_steps(schedule);
	for (int i = 0; i < 1000; i++) {
		struct schedule_item *item;

		now_ms = schedule_next_ms(schedule);
		item = schedule_take(schedule, now_ms);
		assert_non_null(item);
		schedule_release(schedule, item->host, now_ms);
		schedule_plan(schedule, item, now_ms + (int64_t)count);
	}
	before = schedule_steps(schedule) - before;
	for (size_t i = 0; i < count; i++)
		schedule_remove(schedule, &items[i]);
	free(items);
	return before;
}

/* A thousand times as many feeds: a deeper heap, and not more. */
static void
a_wake_up_costs_the_same_among_many(void **state)
{
	uint64_t few = count_steps(100), many = count_steps(100000);

	assert_true(few > 1000);
	assert_true(many < 2 * few);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(nothing_starts_before_it_is_due),
		ROW(one_request_at_a_time_and_a_gap),
		ROW(the_longer_gap_of_two_counts),
		ROW(the_gap_outlives_the_item),
		ROW(a_removed_item_leaves_its_host_busy),
		ROW(hosts_do_not_wait_for_each_other),
		ROW(so_many_run_and_no_more),
		ROW(planning_anew_moves),
		ROW(a_clock_set_back_does_not_lengthen_gaps),
		ROW(an_absence_makes_no_burst),
		ROW(a_month),
		cmocka_unit_test(a_wake_up_costs_the_same_among_many),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
