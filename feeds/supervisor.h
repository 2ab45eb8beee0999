/*
 * Keeps a worker: starts it when there is something to do, hands it jobs, gathers what it
 * says of each until the job is done, and starts another one when it dies.
 *
 * A death is blamed on the job that the worker had announced on the board; the others are
 * done again. When it had announced none, those in flight are done again by halves, and the
 * one over which it dies alone is blamed. So no feed keeps the others from their results.
 * Where no worker can be had at all, jobs wait: that is nobody's failure but ours.
 */
#ifndef FEEDS_SUPERVISOR_H
#define FEEDS_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "feeds/job.h"

struct clock;
struct confinement;
struct error;
struct event_base;
struct feed_result;
struct keeper;
struct supervisor;

#define SUPERVISOR_GRACE_MS \
	(15 * INT64_C(1000)) /* over a job's deadline; then it is killed */
/* what is kept of answers: of one job, and of all with those that were handed over */
#define SUPERVISOR_STAGED_MAX_BYTES (64u << 20)
#define SUPERVISOR_STAGED_ALL_MAX_BYTES (256u << 20)

/* Called from the loop. */
struct supervisor_events {
	/* a job has ended; takes the result. Once for each started job. */
	void (*on_done)(void *ctx, uint64_t job, struct feed_result *result);
	/* no worker can be had, and why; NULL: now one can. At the changes; may be NULL */
	void (*on_trouble)(void *ctx, const struct error *why);
};

/**
 * @param clock    for deadlines and the distance of deaths
 * @param program  the worker's path; copied
 * @param events   borrowed for life
 */
struct supervisor *supervisor_open(struct event_base *base, struct clock *clock,
    const char *program, const struct supervisor_events *events, void *ctx);
/** Ends the worker; jobs that are not done get no result. */
void supervisor_close(struct supervisor *supervisor);
MEM_AUTO(supervisor, supervisor_close);

/** What workers may do from now on. One that may not do enough is ended, and its jobs are
 * done anew. */
void supervisor_confine(
    struct supervisor *supervisor, const struct confinement *confinement);
/**
 * Start a job; nothing happens before the caller has returned to the loop.
 *
 * @param job   copied; its id is set here
 * @param body  what JOB_RESPONSE and JOB_DOCUMENT read; borrowed until it is done
 * @return its id
 */
uint64_t supervisor_start(
    struct supervisor *supervisor, const struct job *job, const void *body, size_t len);
/** A job that cannot be done, for a reason of the daemon's own: it fails as others do. */
uint64_t supervisor_refuse(struct supervisor *supervisor, const struct job *job,
    enum job_failure failure, const char *text);
/** Drop all jobs, without results, and the worker with them. */
void supervisor_cancel(struct supervisor *supervisor);
/** Drop one job, without a result; nothing when it is not known. */
void supervisor_drop(struct supervisor *supervisor, uint64_t id);
/** What results that were handed over still take: near the common limit no job begins, and
 * one that meets it is done again when there is room. */
void supervisor_set_outside(struct supervisor *supervisor, size_t bytes);
/** Who keeps its worker: how that one is. Borrowed. */
const struct keeper *supervisor_keeper(const struct supervisor *supervisor);

#endif
