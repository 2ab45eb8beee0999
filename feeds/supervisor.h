/*
 * Keeps a worker: starts it when there is something to do, hands it jobs, gathers what it
 * says of each until the job is done, and starts another one when it dies.
 *
 * A death is blamed on the job that the worker had announced on the board; the others are
 * done again. When it had announced none, those in flight are done again one at a time, and
 * the one over which it dies alone is blamed. So a job ends in a result always, and no feed
 * keeps the others from theirs.
 */
#ifndef FEEDS_SUPERVISOR_H
#define FEEDS_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct clock;
struct error;
struct event_base;
struct feed_result;
struct job;
struct supervisor;

#define SUPERVISOR_GRACE_MS \
	(15 * INT64_C(1000)) /* over a job's deadline; then it is killed */
#define SUPERVISOR_RESPAWN_MAX_MS \
	(60 * INT64_C(1000)) /* between deaths without a job done */
/* what is kept of answers that are not done: of one job, and of all */
#define SUPERVISOR_STAGED_MAX_BYTES (64u << 20)
#define SUPERVISOR_STAGED_ALL_MAX_BYTES (256u << 20)

/** A job has ended; takes the result. Called from the loop, once for each started job. */
typedef void supervisor_done_fn(void *ctx, uint64_t job, struct feed_result *result);

/**
 * @param clock    for deadlines and the distance of deaths
 * @param program  the worker's path; copied
 */
struct supervisor *supervisor_open(struct event_base *base, struct clock *clock,
    const char *program, supervisor_done_fn *on_done, void *ctx);
/** Ends the worker; jobs that are not done get no result. */
void supervisor_close(struct supervisor *supervisor);
MEM_AUTO(supervisor, supervisor_close);

/**
 * Start a job; nothing happens before the caller has returned to the loop.
 *
 * @param job   copied; its id is set here
 * @param body  what JOB_RESPONSE and JOB_DOCUMENT read; borrowed until it is done
 * @return its id
 */
uint64_t supervisor_start(
    struct supervisor *supervisor, const struct job *job, const void *body, size_t len);
/** Drop all jobs, without results, and the worker with them. */
void supervisor_cancel(struct supervisor *supervisor);
bool supervisor_is_busy(const struct supervisor *supervisor);
/** The worker's process id, or 0. */
int supervisor_pid(const struct supervisor *supervisor);
int supervisor_deaths(const struct supervisor *supervisor);
/** Why no worker could be started the last time; NULL: it could, or was not tried. */
const struct error *supervisor_trouble(const struct supervisor *supervisor);

#endif
