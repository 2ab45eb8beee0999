/*
 * The next reading: the longest of what the user, the server and manners want.
 */
#include "feeds/plan.h"

#include "base/digest.h"

#define JITTER_STEPS 1000

/* 0 to just under +10 %, always the same for one feed: it keeps its phase (MANNERS 1.21).
 */
static int64_t
with_jitter_ms(int64_t wait_s, const char *feed)
{
	int64_t step = (int64_t)((uint64_t)digest_key(feed, "jitter", NULL) % JITTER_STEPS);

	return wait_s * 1000 + wait_s * step * 1000 / JITTER_STEPS / PLAN_JITTER_PART;
}

static int64_t
bounded(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

static int64_t
longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Doubles with each failure in a row after the first. */
static int64_t
back_off_s(int64_t every_s, int64_t failures)
{
	int64_t wait_s = longer(every_s, PLAN_RETRY_MIN_S);

	for (int64_t i = 1; i < failures && wait_s < PLAN_BACK_OFF_MAX_S; i++)
		wait_s *= 2;
	/* an interval of more than a day stays what it is */
	return bounded(wait_s, 0, longer(every_s, PLAN_BACK_OFF_MAX_S));
}

/* The server's Retry-After; 0 when it said none. */
static int64_t
retry_s(const struct plan_reading *reading)
{
	if (reading->retry_after_s < 0)
		return 0;
	return bounded(reading->retry_after_s, PLAN_RETRY_MIN_S, PLAN_RETRY_MAX_S);
}

static int64_t
wait_after_success(struct plan *plan, const struct plan_reading *reading)
{
	int64_t fresh_s = bounded(reading->fresh_s, 0, PLAN_FRESH_MAX_S);
	int64_t wait_s = reading->every_s;

	plan->failures = 0;
	plan->why = PLAN_INTERVAL;
	if (fresh_s > wait_s) {
		wait_s = fresh_s;
		plan->why = PLAN_FRESHNESS;
	}
	if (retry_s(reading) > wait_s) {
		wait_s = retry_s(reading);
		plan->why = PLAN_RETRY_AFTER;
	}
	return wait_s;
}

static int64_t
wait_after_failure(struct plan *plan, const struct plan_reading *reading)
{
	plan->failures++;
	if (reading->is_gone) {
		plan->why = PLAN_GONE;
		return PLAN_GONE_S;
	}
	if (reading->retry_after_s < 0) {
		plan->why = PLAN_BACK_OFF;
		return back_off_s(reading->every_s, plan->failures);
	}
	plan->why = PLAN_RETRY_AFTER;
	return longer(reading->every_s, retry_s(reading));
}

void
plan_next(struct plan *plan, const struct plan_reading *reading)
{
	int64_t wait_s = reading->is_failed ? wait_after_failure(plan, reading)
					    : wait_after_success(plan, reading);

	plan->due_ms = reading->at_ms + with_jitter_ms(wait_s, reading->feed);
	plan->pause_ms = 0;
	if (reading->is_failed)
		plan->pause_ms = plan->due_ms;
	else if (reading->retry_after_s >= 0)
		plan->pause_ms = reading->at_ms + retry_s(reading) * 1000;
}

void
plan_adjust(struct plan *plan, const char *feed, int64_t planned_ms, int64_t every_s,
    int64_t now_ms)
{
	int64_t every_ms = with_jitter_ms(every_s, feed);
	int64_t back_ms = planned_ms > now_ms ? planned_ms - now_ms : 0;

	if (plan->why == PLAN_INTERVAL && plan->due_ms - planned_ms > every_ms)
		plan->due_ms = planned_ms + every_ms;
	plan->due_ms -= back_ms; /* the clock was set back since */
	if (plan->pause_ms != 0)
		plan->pause_ms -= back_ms;
}

const char *
plan_why_name(enum plan_why why)
{
	switch (why) {
	case PLAN_NEW:
		return "new";
	case PLAN_INTERVAL:
		return "interval";
	case PLAN_FRESHNESS:
		return "freshness";
	case PLAN_RETRY_AFTER:
		return "retry-after";
	case PLAN_BACK_OFF:
		return "back-off";
	case PLAN_GONE:
		return "gone";
	}
	return "new";
}
