/*
 * Time: the virtual clock in every order of things; the real one with short waits, and with
 * steps of the wall clock that the linker lets us play (--wrap=clock_gettime, --wrap=read).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

#define HOUR_MS INT64_C(3600000)

/* -- the wall clock, as the kernel would step it -- */

struct fake {
	int64_t step_s;      /* what was added to the wall clock */
	bool is_unannounced; /* the timerfd has not said it yet */
};

static struct fake *
the_fake(void)
{
	static struct fake fake;

	return &fake;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): names that the
 * linker's --wrap gives */
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
ssize_t __real_read(int fd, void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len);

int
__wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	int result = __real_clock_gettime(id, now);

	if (id == CLOCK_REALTIME)
		now->tv_sec += the_fake()->step_s;
	return result;
}

ssize_t
__wrap_read(int fd, void *bytes, size_t len)
{
	ssize_t got = __real_read(fd, bytes, len);

	if (!the_fake()->is_unannounced)
		return got;
	the_fake()->is_unannounced = false;
	errno = ECANCELED;
	return -1;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

static void
step_wall_clock(int64_t step_s)
{
	the_fake()->step_s += step_s;
	the_fake()->is_unannounced = true;
}

/* -- a timer that says in a log what happened, and does something more -- */

struct bell {
	struct clock *clock;
	struct clock_timer *timer;
	struct buf *log;
	const char *name;
	void (*then)(struct bell *bell);
	struct bell *other;
	int count;
};

static void
on_bell(void *ctx, int64_t now_ms)
{
	struct bell *bell = ctx;

	buf_printf(bell->log, "%s%lld ", bell->name, (long long)now_ms);
	if (bell->then != NULL)
		bell->then(bell);
}

#define BELLS 4

struct tower {
	struct clock *clock;
	struct buf log;
	struct bell bells[BELLS]; /* a, b, c, d */
};

static void
set_up_tower(struct tower *tower, struct clock *clock)
{
	static const char *const names[BELLS] = { "a", "b", "c", "d" };

	*tower = (struct tower){ .clock = clock };
	for (int i = 0; i < BELLS; i++) {
		tower->bells[i] = (struct bell){ .clock = clock,
			.name = names[i],
			.log = &tower->log,
			.other = &tower->bells[(i + 1) % BELLS] };
		tower->bells[i].timer = clock_timer_new(clock, on_bell, &tower->bells[i]);
	}
}

static void
tear_down_tower(struct tower *tower)
{
	for (int i = 0; i < BELLS; i++)
		clock_timer_free(tower->bells[i].timer);
	buf_clear(&tower->log);
	clock_close(tower->clock);
}

static int
set_up_virtual(void **state)
{
	struct tower *tower = malloc(sizeof(*tower));

	assert_non_null(tower);
	set_up_tower(tower, clock_open_virtual(1000));
	*state = tower;
	return 0;
}

static int
tear_down_virtual(void **state)
{
	tear_down_tower(*state);
	free(*state);
	return 0;
}

static void
stands_until_moved(void **state)
{
	struct tower *tower = *state;

	assert_int_equal(clock_now_ms(tower->clock), 1000);
	assert_int_equal(clock_next_ms(tower->clock), -1);
	clock_move_to(tower->clock, 5000);
	assert_int_equal(clock_now_ms(tower->clock), 5000);
	clock_move_to(tower->clock, 4000); /* never back */
	assert_int_equal(clock_now_ms(tower->clock), 5000);
}

static void
fires_by_time_then_by_setting(void **state)
{
	struct tower *tower = *state;

	clock_timer_at(tower->bells[2].timer, 3000);
	clock_timer_at(tower->bells[0].timer, 3000);
	clock_timer_after(tower->bells[1].timer, 500);
	clock_timer_at(tower->bells[3].timer, 3001);
	assert_int_equal(clock_next_ms(tower->clock), 1500);
	clock_move_to(tower->clock, 1499);
	assert_string_equal(buf_text(&tower->log), "");
	clock_move_to(tower->clock, 3000);
	assert_string_equal(buf_text(&tower->log), "b1500 c3000 a3000 ");
	assert_false(clock_timer_is_set(tower->bells[0].timer)); /* one-shot */
	assert_true(clock_timer_is_set(tower->bells[3].timer));
	clock_move_to(tower->clock, 9000);
	assert_string_equal(buf_text(&tower->log), "b1500 c3000 a3000 d3001 ");
}

static void
what_has_passed_fires_with_the_next_move(void **state)
{
	struct tower *tower = *state;

	clock_timer_at(tower->bells[0].timer, -5);
	assert_string_equal(buf_text(&tower->log), "");
	clock_move_to(tower->clock, 1000);
	assert_string_equal(buf_text(&tower->log), "a1000 ");
}

static void
a_played_step_keeps_delays(void **state)
{
	struct tower *tower = *state;
	int64_t awake_ms = clock_awake_ms(tower->clock);

	clock_timer_at(tower->bells[0].timer, 1800);
	clock_timer_after(tower->bells[1].timer, 500);
	clock_step(tower->clock, -900);
	assert_int_equal(clock_now_ms(tower->clock), 100);
	assert_int_equal(clock_next_ms(tower->clock), 600);
	clock_suspend(tower->clock, 1000);
	assert_string_equal(buf_text(&tower->log), "b1100 ");
	assert_int_equal(clock_awake_ms(tower->clock), awake_ms);
	clock_move_to(tower->clock, 2000);
	assert_string_equal(buf_text(&tower->log), "b1100 a1800 ");
	assert_int_equal(clock_awake_ms(tower->clock), awake_ms + 900);
}

static void
set_anew_counts_as_the_last(void **state)
{
	struct tower *tower = *state;

	clock_timer_at(tower->bells[0].timer, 2000);
	clock_timer_at(tower->bells[1].timer, 2000);
	clock_timer_at(tower->bells[0].timer, 2000);
	clock_timer_at(tower->bells[2].timer, 1500);
	clock_timer_at(tower->bells[2].timer, 4000);
	clock_timer_at(tower->bells[3].timer, 1500);
	clock_timer_cancel(tower->bells[3].timer);
	clock_timer_cancel(tower->bells[3].timer);
	assert_false(clock_timer_is_set(tower->bells[3].timer));
	clock_move_to(tower->clock, 5000);
	assert_string_equal(buf_text(&tower->log), "b2000 a2000 c4000 ");
}

static void
again_in_a_second(struct bell *bell)
{
	if (++bell->count < 3)
		clock_timer_after(bell->timer, 1000);
}

static void
what_is_set_meanwhile_fires_in_its_place(void **state)
{
	struct tower *tower = *state;

	tower->bells[0].then = again_in_a_second;
	clock_timer_at(tower->bells[0].timer, 2000);
	clock_timer_at(tower->bells[1].timer, 3500);
	clock_move_to(tower->clock, 3600);
	assert_string_equal(buf_text(&tower->log), "a2000 a3000 b3500 ");
	assert_int_equal(clock_next_ms(tower->clock), 4000);
}

static void
free_yourself(struct bell *bell)
{
	clock_timer_free(bell->timer);
	bell->timer = NULL;
}

static void
cancel_the_other(struct bell *bell)
{
	clock_timer_cancel(bell->other->timer);
}

static void
free_the_other(struct bell *bell)
{
	free_yourself(bell->other);
}

static void
may_be_freed_and_cancelled_while_it_fires(void **state)
{
	struct tower *tower = *state;

	tower->bells[0].then = cancel_the_other;
	tower->bells[2].then = free_the_other;
	for (int i = 0; i < BELLS; i++)
		clock_timer_at(tower->bells[i].timer, 2000);
	clock_move_to(tower->clock, 2000);
	assert_string_equal(buf_text(&tower->log), "a2000 c2000 ");
	tower->bells[0].then = free_yourself;
	clock_timer_at(tower->bells[0].timer, 3000);
	clock_move_to(tower->clock, 3000);
	assert_null(tower->bells[0].timer);
}

/* One of many: fires at its own time, or the heap is out of order. */
struct member {
	struct clock_timer *timer;
	int64_t at_ms;
	size_t *fired;
};

static void
on_member(void *ctx, int64_t now_ms)
{
	struct member *member = ctx;

	assert_int_equal(now_ms, member->at_ms);
	(*member->fired)++;
}

static void
set_member(struct member *member, uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	member->at_ms = *random >> 16;
	clock_timer_at(member->timer, member->at_ms);
}

static void
a_thousand_fire_in_order(void **state)
{
	enum { MANY = 1000 };
	struct clock *clock = clock_open_virtual(0);
	struct member members[MANY];
	size_t fired = 0;
	uint32_t random = 12345;

	for (int i = 0; i < MANY; i++) {
		members[i] = (struct member){ .fired = &fired };
		members[i].timer = clock_timer_new(clock, on_member, &members[i]);
		set_member(&members[i], &random);
	}
	for (int i = 0; i < MANY; i += 3)
		clock_timer_cancel(members[i].timer);
	for (int i = 0; i < MANY; i += 7)
		set_member(&members[i], &random);
	clock_move_to(clock, UINT16_MAX);
	assert_int_equal(fired, MANY - 334 + 48); /* every 21st was set again */
	for (int i = 0; i < MANY; i++)
		clock_timer_free(members[i].timer);
	clock_close(clock);
}

/* -- the real clock -- */

struct real {
	struct event_base *base;
	struct event *deadline;
	struct tower tower;
	int64_t step_ms;
	int steps;
};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	fail_msg("waited for 20 s in vain");
}

static int
set_up_real(void **state)
{
	struct real *real = calloc(1, sizeof(*real));
	struct timeval wait = { 20, 0 };
	struct error err;
	struct clock *clock;

	assert_non_null(real);
	*the_fake() = (struct fake){ 0 };
	real->base = event_base_new();
	real->deadline = evtimer_new(real->base, on_deadline, NULL);
	evtimer_add(real->deadline, &wait);
	clock = clock_open_real(real->base, &err);
	assert_non_null(clock);
	set_up_tower(&real->tower, clock);
	*state = real;
	return 0;
}

static int
tear_down_real(void **state)
{
	struct real *real = *state;

	tear_down_tower(&real->tower);
	event_free(real->deadline);
	event_base_free(real->base);
	free(real);
	return 0;
}

/* Run the loop until something has been logged. */
static const char *
wait_for_bells(struct real *real)
{
	while (real->tower.log.len == 0)
		event_base_loop(real->base, EVLOOP_ONCE);
	return buf_text(&real->tower.log);
}

static void
real_timers_fire_when_due(void **state)
{
	struct real *real = *state;
	struct bell *bells = real->tower.bells;
	int64_t start_ms = clock_now_ms(real->tower.clock);

	assert_true(start_ms > INT64_C(1700000000000));
	clock_timer_after(bells[0].timer, 30);
	clock_timer_at(bells[1].timer, start_ms + 10);
	clock_timer_at(bells[2].timer, start_ms + 60000);
	clock_timer_at(bells[3].timer, start_ms + 5);
	clock_timer_cancel(bells[3].timer);
	assert_int_equal(wait_for_bells(real)[0], 'b');
	assert_true(clock_now_ms(real->tower.clock) >= start_ms + 10);
	/* on a busy machine both come in one round */
	while (strchr(buf_text(&real->tower.log), 'a') == NULL)
		event_base_loop(real->base, EVLOOP_ONCE);
	assert_true(clock_now_ms(real->tower.clock) >= start_ms + 30);
	assert_true(clock_timer_is_set(bells[2].timer));
}

static void
what_has_passed_fires_from_the_loop(void **state)
{
	struct real *real = *state;

	clock_timer_at(real->tower.bells[0].timer, 0);
	clock_timer_at(real->tower.bells[1].timer, -1);
	assert_int_equal(real->tower.log.len, 0);
	assert_int_equal(wait_for_bells(real)[0], 'b');
	assert_non_null(strchr(buf_text(&real->tower.log), 'a'));
}

static void
again_at_once(struct bell *bell)
{
	bell->count++;
	clock_timer_at(bell->timer, 0); /* earlier than all that is due */
}

static void
real_timers_set_to_now_starve_nobody(void **state)
{
	struct real *real = *state;
	struct bell *bells = real->tower.bells;

	bells[0].then = again_at_once;
	bells[2].then = free_the_other; /* d is due in the same round */
	clock_timer_at(bells[0].timer, 0);
	clock_timer_at(bells[1].timer, 1);
	clock_timer_at(bells[2].timer, 2);
	clock_timer_at(bells[3].timer, 3);
	wait_for_bells(real);
	assert_int_equal(bells[0].count, 1);
	assert_non_null(strchr(buf_text(&real->tower.log), 'b'));
	assert_non_null(strchr(buf_text(&real->tower.log), 'c'));
	assert_null(strchr(buf_text(&real->tower.log), 'd'));
	assert_null(bells[3].timer);
	event_base_loop(real->base, EVLOOP_ONCE);
	assert_int_equal(bells[0].count, 2);
}

static void
on_step(void *ctx, int64_t step_ms)
{
	struct real *real = ctx;

	real->step_ms = step_ms;
	real->steps++;
}

/* Something due at once makes the loop read the timerfd, which then tells of the step. */
static void
let_step_be_seen(struct real *real)
{
	buf_reset(&real->tower.log);
	clock_timer_at(real->tower.bells[3].timer, 0);
	wait_for_bells(real);
	assert_false(the_fake()->is_unannounced);
}

static void
a_step_forward_fires_times_and_keeps_delays(void **state)
{
	struct real *real = *state;
	struct bell *bells = real->tower.bells;
	int64_t start_ms = clock_now_ms(real->tower.clock);

	clock_on_step(real->tower.clock, on_step, real);
	clock_timer_at(bells[0].timer, start_ms + HOUR_MS / 2);
	clock_timer_after(bells[1].timer, HOUR_MS / 2);
	clock_timer_at(bells[2].timer, start_ms + 2 * HOUR_MS);
	step_wall_clock(HOUR_MS / 1000);
	let_step_be_seen(real);
	assert_int_equal(real->steps, 1);
	assert_in_range(real->step_ms, HOUR_MS - 5, HOUR_MS + 5);
	assert_non_null(strchr(buf_text(&real->tower.log), 'a'));
	assert_null(strchr(buf_text(&real->tower.log), 'b'));
	assert_true(clock_timer_is_set(bells[1].timer));
	assert_true(clock_timer_is_set(bells[2].timer));
}

static void
a_step_back_keeps_delays(void **state)
{
	struct real *real = *state;
	struct bell *bells = real->tower.bells;

	clock_on_step(real->tower.clock, on_step, real);
	clock_timer_after(bells[0].timer, 50);
	step_wall_clock(-HOUR_MS / 1000);
	let_step_be_seen(real);
	assert_int_equal(real->steps, 1);
	assert_true(real->step_ms < -HOUR_MS + 5);
	/* the kernel's clock was not stepped: what is due at a played time is due now */
	step_wall_clock(HOUR_MS / 1000);
	let_step_be_seen(real);
	while (clock_timer_is_set(bells[0].timer))
		event_base_loop(real->base, EVLOOP_ONCE);
	assert_non_null(strchr(buf_text(&real->tower.log), 'a'));
}

static void
small_steps_are_followed_and_not_told(void **state)
{
	struct real *real = *state;

	clock_on_step(real->tower.clock, on_step, real);
	step_wall_clock(0); /* as after a suspend: the running time went on too */
	let_step_be_seen(real);
	step_wall_clock(1);
	let_step_be_seen(real);
	assert_int_equal(real->steps, 0);
}

#define VIRTUAL(test) \
	cmocka_unit_test_setup_teardown(test, set_up_virtual, tear_down_virtual)
#define REAL(test) cmocka_unit_test_setup_teardown(test, set_up_real, tear_down_real)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		VIRTUAL(stands_until_moved),
		VIRTUAL(fires_by_time_then_by_setting),
		VIRTUAL(what_has_passed_fires_with_the_next_move),
		VIRTUAL(a_played_step_keeps_delays),
		VIRTUAL(set_anew_counts_as_the_last),
		VIRTUAL(what_is_set_meanwhile_fires_in_its_place),
		VIRTUAL(may_be_freed_and_cancelled_while_it_fires),
		cmocka_unit_test(a_thousand_fire_in_order),
		REAL(real_timers_fire_when_due),
		REAL(what_has_passed_fires_from_the_loop),
		REAL(real_timers_set_to_now_starve_nobody),
		REAL(a_step_forward_fires_times_and_keeps_delays),
		REAL(a_step_back_keeps_delays),
		REAL(small_steps_are_followed_and_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
