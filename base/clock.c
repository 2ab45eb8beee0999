/*
 * Timers in a heap, by time and then by the order in which they were set.
 *
 * A timer that fires is taken out before its function is called and not touched after it,
 * so that the function may set, cancel or free any timer, its own too.
 */
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define NOT_IN_HEAP SIZE_MAX
#define STEP_TOLD_MS 1000
/* The kernel counts nanoseconds in 63 bits: later than this (the year 2255) is not set. */
#define ARM_MAX_S INT64_C(9000000000)

struct clock_timer {
	struct clock *clock; /* borrowed */
	clock_timer_fn *fn;
	void *ctx;
	int64_t at_ms;
	uint64_t order; /* of setting */
	bool is_delay;  /* keeps its delay when the wall clock is stepped */
	size_t place;   /* in the heap, or NOT_IN_HEAP */
	bool is_due;    /* waits in clock->due */
	TAILQ_ENTRY(clock_timer) next_due;
};

TAILQ_HEAD(due_list, clock_timer);

struct clock {
	struct clock_timer **heap; /* owned array of borrowed timers */
	size_t count, cap;
	struct due_list due; /* real: what this round of the loop fires */
	uint64_t next_order;
	size_t timers;  /* made and not yet freed */
	bool is_moving; /* timers fire: the timerfd is armed after them */

	bool is_virtual;
	int64_t now_ms;    /* virtual, as the next */
	int64_t asleep_ms; /* of now: slept through, or stepped over */

	int fd; /* real: the timerfd */
	struct event *event;
	int64_t armed_ms;  /* what the timerfd is set to; INT64_MIN: unknown */
	int64_t offset_ms; /* wall clock minus running time */
	clock_step_fn *on_step;
	void *on_step_ctx;
};

static int64_t
add_ms(int64_t at_ms, int64_t delay_ms)
{
	int64_t sum_ms;

	if (__builtin_add_overflow(at_ms, delay_ms, &sum_ms))
		return delay_ms > 0 ? INT64_MAX : INT64_MIN;
	return sum_ms;
}

/* -- the heap -- */

static bool
is_before(const struct clock_timer *a, const struct clock_timer *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void
heap_put(struct clock *clock, size_t place, struct clock_timer *timer)
{
	clock->heap[place] = timer;
	timer->place = place;
}

static void
heap_up(struct clock *clock, size_t place)
{
	struct clock_timer *timer = clock->heap[place];

	while (place > 0 && is_before(timer, clock->heap[(place - 1) / 2])) {
		heap_put(clock, place, clock->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	heap_put(clock, place, timer);
}

static void
heap_down(struct clock *clock, size_t place)
{
	struct clock_timer *timer = clock->heap[place];
	size_t child;

	while ((child = 2 * place + 1) < clock->count) {
		if (child + 1 < clock->count &&
		    is_before(clock->heap[child + 1], clock->heap[child]))
			child++;
		if (!is_before(clock->heap[child], timer))
			break;
		heap_put(clock, place, clock->heap[child]);
		place = child;
	}
	heap_put(clock, place, timer);
}

static void
heap_add(struct clock *clock, struct clock_timer *timer)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(clock->heap, clock->count, clock->cap);
	heap_put(clock, clock->count++, timer);
	heap_up(clock, timer->place);
}

static void
heap_remove(struct clock *clock, struct clock_timer *timer)
{
	size_t place = timer->place;
	struct clock_timer *last = clock->heap[--clock->count];

	timer->place = NOT_IN_HEAP;
	if (last == timer)
		return;
	heap_put(clock, place, last);
	heap_up(clock, place);
	heap_down(clock, last->place);
}

static struct clock_timer *
heap_first(const struct clock *clock)
{
	return clock->count == 0 ? NULL : clock->heap[0];
}

/* -- the real clock -- */

static int64_t
read_ms(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now); /* both clocks exist on every Linux we run on */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wall clock minus running time. Read again when we were put aside between the readings. */
static int64_t
read_offset_ms(void)
{
	int64_t boot_ms, wall_ms, spent_ms;
	int tries = 0;

	do {
		boot_ms = read_ms(CLOCK_BOOTTIME);
		wall_ms = read_ms(CLOCK_REALTIME);
		spent_ms = read_ms(CLOCK_BOOTTIME) - boot_ms;
	} while (spent_ms > 1 && ++tries < 10);
	return wall_ms - boot_ms;
}

/* Always armed, with no timer too: else no step of the wall clock would be seen. */
static void
arm(struct clock *clock)
{
	const struct clock_timer *first = heap_first(clock);
	int64_t at_ms = first == NULL ? INT64_MAX : first->at_ms;
	struct itimerspec when = { .it_value = { ARM_MAX_S, 0 } };

	if (clock->is_virtual || at_ms == clock->armed_ms)
		return;
	clock->armed_ms = at_ms;
	if (at_ms <= 0) /* all zero would disarm it */
		when.it_value = (struct timespec){ 0, 1 };
	else if (at_ms / 1000 < ARM_MAX_S)
		when.it_value = (struct timespec){ at_ms / 1000, at_ms % 1000 * 1000000 };
	/* ECANCELED: armed, but the clock was stepped just before, and read() will not say
	 * so any more */
	if (timerfd_settime(
		clock->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) != 0)
		event_active(clock->event, EV_TIMEOUT, 0);
}

/* The wall clock was set: delays keep their length, and who asked is told. */
static void
follow_step(struct clock *clock, int64_t step_ms)
{
	for (size_t i = 0; i < clock->count; i++)
		if (clock->heap[i]->is_delay)
			clock->heap[i]->at_ms = add_ms(clock->heap[i]->at_ms, step_ms);
	for (size_t i = clock->count / 2; i > 0; i--)
		heap_down(clock, i - 1);
	if (clock->on_step != NULL && (step_ms > STEP_TOLD_MS || step_ms < -STEP_TOLD_MS))
		clock->on_step(clock->on_step_ctx, step_ms);
}

static void
fire(struct clock_timer *timer, int64_t now_ms)
{
	timer->fn(timer->ctx, now_ms);
}

/*
 * Fire what was due when the round began. What is set meanwhile waits for the next round,
 * after the loop has looked at its other events.
 */
static void
fire_round(struct clock *clock)
{
	int64_t now_ms = clock_now_ms(clock);
	struct clock_timer *timer;

	while ((timer = heap_first(clock)) != NULL && timer->at_ms <= now_ms) {
		heap_remove(clock, timer);
		timer->is_due = true;
		TAILQ_INSERT_TAIL(&clock->due, timer, next_due);
	}
	while ((timer = TAILQ_FIRST(&clock->due)) != NULL) {
		TAILQ_REMOVE(&clock->due, timer, next_due);
		timer->is_due = false;
		fire(timer, now_ms);
	}
}

static void
look_for_step(struct clock *clock)
{
	int64_t offset_ms = read_offset_ms();
	int64_t step_ms = offset_ms - clock->offset_ms;

	clock->offset_ms = offset_ms;
	follow_step(clock, step_ms);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct clock *clock = arg;
	uint64_t expirations;

	clock->is_moving = true;
	if ((read(fd, &expirations, sizeof(expirations)) < 0 && errno == ECANCELED) ||
	    (what & EV_TIMEOUT) != 0)
		look_for_step(clock);
	fire_round(clock);
	clock->is_moving = false;
	clock->armed_ms = INT64_MIN;
	arm(clock);
}

struct clock *
clock_open_real(struct event_base *base, struct error *err)
{
	AUTO(clock) clock = clock_open_virtual(0);
	struct clock *opened;

	clock->is_virtual = false;
	clock->armed_ms = INT64_MIN;
	clock->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (clock->fd < 0) {
		error_system(err, errno, "clock", "timerfd_create");
		return NULL;
	}
	clock->event = event_new(base, clock->fd, EV_READ | EV_PERSIST, on_wake, clock);
	if (clock->event == NULL || event_add(clock->event, NULL) != 0) {
		error_set(err, ERROR_SYSTEM, "clock", "the event loop takes no timer");
		return NULL;
	}
	clock->offset_ms = read_offset_ms();
	arm(clock);
	opened = clock;
	clock = NULL;
	return opened;
}

/* -- both kinds -- */

struct clock *
clock_open_virtual(int64_t now_ms)
{
	struct clock *clock = mem_zalloc(sizeof(*clock));

	TAILQ_INIT(&clock->due);
	clock->is_virtual = true;
	clock->now_ms = now_ms;
	clock->fd = -1;
	return clock;
}

void
clock_close(struct clock *clock)
{
	if (clock == NULL)
		return;
	assert(clock->timers == 0);
	if (clock->event != NULL)
		event_free(clock->event);
	if (clock->fd >= 0)
		(void)close(clock->fd); /* a timer has nothing to lose */
	free(clock->heap);
	free(clock);
}

int64_t
clock_now_ms(const struct clock *clock)
{
	return clock->is_virtual ? clock->now_ms : read_ms(CLOCK_REALTIME);
}

int64_t
clock_awake_ms(const struct clock *clock)
{
	return clock->is_virtual ? clock->now_ms - clock->asleep_ms
				 : read_ms(CLOCK_MONOTONIC);
}

struct clock_timer *
clock_timer_new(struct clock *clock, clock_timer_fn *fn, void *ctx)
{
	struct clock_timer *timer = mem_zalloc(sizeof(*timer));

	timer->clock = clock;
	timer->fn = fn;
	timer->ctx = ctx;
	timer->place = NOT_IN_HEAP;
	clock->timers++;
	return timer;
}

/* Out of wherever it waits. */
static void
take_out(struct clock_timer *timer)
{
	if (timer->is_due)
		TAILQ_REMOVE(&timer->clock->due, timer, next_due);
	else if (timer->place != NOT_IN_HEAP)
		heap_remove(timer->clock, timer);
	timer->is_due = false;
}

void
clock_timer_free(struct clock_timer *timer)
{
	if (timer == NULL)
		return;
	clock_timer_cancel(timer);
	timer->clock->timers--;
	free(timer);
}

static void
set_timer(struct clock_timer *timer, int64_t at_ms, bool is_delay)
{
	struct clock *clock = timer->clock;

	take_out(timer);
	timer->at_ms = at_ms;
	timer->is_delay = is_delay;
	timer->order = clock->next_order++;
	heap_add(clock, timer);
	if (!clock->is_moving)
		arm(clock);
}

void
clock_timer_at(struct clock_timer *timer, int64_t at_ms)
{
	set_timer(timer, at_ms, false);
}

void
clock_timer_after(struct clock_timer *timer, int64_t delay_ms)
{
	set_timer(timer, add_ms(clock_now_ms(timer->clock), delay_ms), true);
}

void
clock_timer_cancel(struct clock_timer *timer)
{
	take_out(timer);
	if (!timer->clock->is_moving)
		arm(timer->clock);
}

bool
clock_timer_is_set(const struct clock_timer *timer)
{
	return timer->is_due || timer->place != NOT_IN_HEAP;
}

void
clock_on_step(struct clock *clock, clock_step_fn *fn, void *ctx)
{
	clock->on_step = fn;
	clock->on_step_ctx = ctx;
}

/* -- the virtual clock -- */

int64_t
clock_next_ms(const struct clock *clock)
{
	const struct clock_timer *first = heap_first(clock);

	assert(clock->is_virtual);
	return first == NULL ? -1 : first->at_ms;
}

void
clock_move_to(struct clock *clock, int64_t at_ms)
{
	struct clock_timer *timer;

	assert(clock->is_virtual && !clock->is_moving);
	clock->is_moving = true;
	while ((timer = heap_first(clock)) != NULL && timer->at_ms <= at_ms) {
		heap_remove(clock, timer);
		if (timer->at_ms > clock->now_ms)
			clock->now_ms = timer->at_ms;
		fire(timer, clock->now_ms);
	}
	if (at_ms > clock->now_ms)
		clock->now_ms = at_ms;
	clock->is_moving = false;
}

void
clock_step(struct clock *clock, int64_t step_ms)
{
	assert(clock->is_virtual && !clock->is_moving);
	clock->now_ms += step_ms;
	clock->asleep_ms += step_ms;
	follow_step(clock, step_ms);
}

void
clock_suspend(struct clock *clock, int64_t ms)
{
	assert(clock->is_virtual && ms >= 0);
	clock->now_ms += ms;
	clock->asleep_ms += ms;
	clock_move_to(clock, clock->now_ms);
}
