/*
 * One job in flight and what the worker has said of it so far. Knows no process and no
 * channel: bytes of messages go in, a result comes out.
 */
#ifndef FEEDS_FLIGHT_H
#define FEEDS_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "feeds/job.h"

struct clock_timer;
struct error;
struct feed_result;
struct supervisor;
struct wire_reader;

struct flight {
	TAILQ_ENTRY(flight) link;
	struct supervisor *supervisor; /* borrowed */
	uint64_t id;      /* as its owner knows it; job->id is new with each try */
	struct job *job;  /* owned */
	const void *body; /* borrowed */
	size_t body_len, body_sent;
	struct clock_timer *deadline; /* owned; set while the job is with a worker */
	int64_t sent_ms;              /* by clock_awake_ms() */
	bool is_sent;
	bool is_dropped;    /* nobody wants it: the worker has been told, and has its say */
	bool is_body_ended; /* the end of the body was sent */
	bool is_refused;    /* it failed before anybody was asked */
	bool is_suspect;    /* was in flight when a worker died and named no job */
	/* what the worker said */
	struct feed_result *result; /* owned */
	size_t staged_bytes;
	bool has_head;
	bool is_over_limit; /* more than is kept of one: the rest is dropped */
	bool is_over_room;  /* more than is kept of all together */
};
TAILQ_HEAD(flights, flight);

/** A job that is to be sent; takes it. */
struct flight *flight_new(struct job *job, const void *body, size_t len);
void flight_free(struct flight *flight);
MEM_AUTO(flight, flight_free);

/** Free what a worker said so far. */
void flight_forget(struct flight *flight);
/** Forget what a worker said: it is sent anew. */
void flight_restart(struct flight *flight);
/**
 * Take one message, its id read already.
 *
 * @param room_bytes  how much more may be kept
 * @param is_done     out: it was the last one
 * @return false with err set when it is malformed
 */
bool flight_take(struct flight *flight, uint16_t type, struct wire_reader *in,
    size_t room_bytes, bool *is_done, struct error *err);
/** End it as a failure, in the daemon's words; text is printf's. */
void flight_fail(struct flight *flight, enum job_failure failure, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** @return the result, the caller's */
struct feed_result *flight_take_result(struct flight *flight, int64_t at_ms);

/** The job of this id that is with the worker, or NULL. */
struct flight *flights_find(const struct flights *flights, uint64_t id);
/** The job that its owner knows by this id, with the worker or not, or NULL. */
struct flight *flights_find_own(const struct flights *flights, uint64_t id);
/** What is kept of all answers that are not done. */
size_t flights_staged_bytes(const struct flights *flights);

#endif
