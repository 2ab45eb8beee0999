/*
 * When a feed is read next, and why then (DESIGN 7, MANNERS 1). Pure.
 */
#ifndef FEEDS_PLAN_H
#define FEEDS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAN_FRESH_MAX_S 86400 /* what a server's Cache-Control may ask for */
#define PLAN_RETRY_MAX_S (7 * INT64_C(86400)) /* its Retry-After */
#define PLAN_RETRY_MIN_S (5 * INT64_C(60))    /* nothing is ever tried again sooner */
#define PLAN_BACK_OFF_MAX_S 86400
#define PLAN_GONE_S (36500 * INT64_C(86400))
#define PLAN_JITTER_PART 10 /* at most every tenth is added, never taken away */

/* Stored: append only. */
enum plan_why {
	PLAN_NEW,
	PLAN_INTERVAL,
	PLAN_FRESHNESS,
	PLAN_RETRY_AFTER,
	PLAN_BACK_OFF,
	PLAN_GONE, /* 410: not read any more */
};

struct plan {
	int64_t due_ms;
	enum plan_why why;
	int64_t pause_ms; /* until then only who forces it gets a request; 0: none */
	int64_t failures; /* in a row */
};

/* A reading that has ended. */
struct plan_reading {
	const char *feed; /* id: gives the jitter */
	int64_t at_ms;
	int64_t every_s;
	bool is_failed, is_gone;
	int64_t fresh_s, retry_after_s; /* -1: not said */
};

/** The plan after a reading. */
void plan_next(struct plan *plan, const struct plan_reading *reading);
/**
 * A stored plan as it holds now: when the interval was made shorter, or the clock was set
 * back, the feed is due sooner.
 *
 * @param planned_ms  when the plan was made
 */
void plan_adjust(struct plan *plan, const char *feed, int64_t planned_ms, int64_t every_s,
    int64_t now_ms);
const char *plan_why_name(enum plan_why why);

#endif
