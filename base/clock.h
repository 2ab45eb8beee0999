/*
 * The one owner of time: what now is, and what is to happen when.
 *
 * Two kinds. The real clock is the wall clock with one timerfd (CLOCK_REALTIME, absolute,
 * cancel on set), so that suspend and steps are seen without polling. The virtual clock
 * stands until it is moved: tests and replay live a month in a second.
 *
 * All times are Unix time in milliseconds. Timers are one-shot; one set "at" a time fires
 * when the clock has reached it; one set "after" a delay keeps its delay when the wall
 * clock is stepped (suspend counts as time that passed).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct clock;
struct clock_timer;
struct event_base;
struct error;

typedef void clock_timer_fn(void *ctx, int64_t now_ms);
/* the wall clock was stepped by so much against the running time (negative: back) */
typedef void clock_step_fn(void *ctx, int64_t step_ms);

/** @return NULL with err set when the kernel gives no timerfd; base is borrowed for life */
struct clock *clock_open_real(struct event_base *base, struct error *err);
struct clock *clock_open_virtual(int64_t now_ms);
/** Every timer must have been freed before. NULL is fine. */
void clock_close(struct clock *clock);
MEM_AUTO(clock, clock_close);

int64_t clock_now_ms(const struct clock *clock);
/** How long the machine has been awake, from some point on: neither a step of the wall
 * clock nor a suspend counts. Only differences mean something. */
int64_t clock_awake_ms(const struct clock *clock);

/** @return a timer that is not set; free it before the clock */
struct clock_timer *clock_timer_new(struct clock *clock, clock_timer_fn *fn, void *ctx);
void clock_timer_free(struct clock_timer *timer);
/** Set, or set anew; a time that has passed fires from the event loop (or the next move).
 */
void clock_timer_at(struct clock_timer *timer, int64_t at_ms);
void clock_timer_after(struct clock_timer *timer, int64_t delay_ms);
void clock_timer_cancel(struct clock_timer *timer);
bool clock_timer_is_set(const struct clock_timer *timer);

/** Be told of steps of the wall clock of more than a second; one listener per clock, NULL
 * ends it. */
void clock_on_step(struct clock *clock, clock_step_fn *fn, void *ctx);

/** Virtual only: when the next timer is due, or -1 when none is set. */
int64_t clock_next_ms(const struct clock *clock);
/** Virtual only: fire all that is due up to at_ms, in order, each at its own time; then now
 * is at_ms. Never moves back. */
void clock_move_to(struct clock *clock, int64_t at_ms);
/** Virtual only: the wall clock is set, forward or back; no time passes. */
void clock_step(struct clock *clock, int64_t step_ms);
/** Virtual only: the machine sleeps so long; what fell due meanwhile fires at its end. */
void clock_suspend(struct clock *clock, int64_t ms);

/** RFC 3339, UTC: "2026-11-22T07:01:44.123Z". */
#define CLOCK_TEXT_BYTES 32
void clock_format_ms(int64_t at_ms, char text[CLOCK_TEXT_BYTES]);
/** The same without the milliseconds: "2026-11-22T07:01:44Z". */
void clock_format_s(int64_t at_s, char text[CLOCK_TEXT_BYTES]);
/** Read what the two above wrote, or any RFC 3339 time. @return false when it is none */
bool clock_parse(const char *text, int64_t *at_ms);

#endif
