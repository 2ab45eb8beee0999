/*
 * What feeds.c and run.c share; nobody else includes it.
 */
#ifndef FEEDS_FEEDS_PRIVATE_H
#define FEEDS_FEEDS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feeds/apply.h"
#include "feeds/confinement.h"
#include "feeds/feeds.h"
#include "feeds/plan.h"
#include "feeds/schedule.h"
#include "feeds/supervisor.h"

#define FEEDS_RUNNING_MAX 64

/* One feed of the set. */
struct state {
	struct schedule_item item; /* first: the schedule hands it back */
	const struct feed *feed;   /* borrowed from the set */
	struct feed_record record;
	uint64_t job;  /* whose result is awaited; 0: none */
	char *request; /* page_request() of the feed; owned */
	char *asked;   /* the request of this job; owned, NULL otherwise */
	bool is_lost;  /* the store went back since the job was started */
	bool is_asked; /* somebody wants it now */
	int unstored;  /* readings in a row that the store does not hold: the record's plan
			  is ahead of it */
	int64_t hold_ms; /* not asked before, because of them; 0: at any time */
};

/* A job that is with the worker. */
struct run {
	uint64_t job;
	struct schedule_host *host; /* busy with it; borrowed */
	struct state *state;        /* borrowed */
};

struct feeds {
	struct event_base *base; /* borrowed; NULL: nothing runs here */
	struct clock *clock;     /* borrowed */
	struct db *db;           /* borrowed */
	feeds_result_fn *on_result;
	feeds_notice_fn *on_notice; /* or NULL */
	void *ctx;
	struct feed_set set;
	struct polling polling;
	struct state **states; /* owned; in the order of the set: by id */
	size_t count;
	size_t running;       /* states that are */
	size_t waiting_bytes; /* results of jobs that are not finished */
	struct schedule *schedule;
	struct supervisor *supervisor; /* NULL without a base */
	struct clock_timer *timer;     /* NULL without a base */
	struct run runs[FEEDS_RUNNING_MAX];
	struct apply apply;
	bool is_started;
};

struct state *feeds_find_state(const struct feeds *feeds, const char *id);
/** What workers need for these sources. @return false with err set when that is too much */
bool feeds_find_confinement(const struct feed_set *set, const struct polling *polling,
    struct confinement *confinement, struct error *err);
int64_t feeds_every_s(const struct feeds *feeds, const struct feed *feed);
/** What the store says of a feed, into memory. */
bool feeds_read_record(struct feeds *feeds, struct state *state, struct error *err);

static inline bool
state_is_running(const struct state *state)
{
	return state->job != 0;
}

/** The stored plan as it holds now: of this URL, of this interval, by this clock. */
struct plan feeds_plan_of(const struct feeds *feeds, const struct state *state);
/** Plan a feed by that, unless it runs, is disabled or was asked for. */
void feeds_plan(struct feeds *feeds, struct state *state);
/** Plan it, but not soon: what was read could not be stored, or was lost. */
void feeds_hold(struct feeds *feeds, struct state *state);
/** End the job of a feed that nobody watches any more. */
void feeds_drop_job(struct feeds *feeds, struct state *state);
/** Set the timer anew, after any change of the schedule. */
void feeds_arm(struct feeds *feeds);

/* clock_timer_fn, clock_step_fn; ctx is the struct feeds */
void feeds_on_timer(void *ctx, int64_t now_ms);
extern const struct supervisor_events feeds_supervisor_events;
void feeds_on_step(void *ctx, int64_t step_ms);

#endif
