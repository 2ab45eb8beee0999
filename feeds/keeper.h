/*
 * Keeps one worker process: started when it is wanted, ended when it is late, started again
 * after its death, later each time. Knows no jobs.
 *
 * Where no worker can be had (the program is missing, or ends before it has said hello),
 * that is told once, and again when the cause changes or it is over.
 */
#ifndef FEEDS_KEEPER_H
#define FEEDS_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct channel;
struct clock;
struct confinement;
struct error;
struct event_base;
struct job_board;
struct keeper;
struct wire_reader;

#define KEEPER_HELLO_MS (30 * INT64_C(1000)) /* for a new one to say that it is there */
#define KEEPER_RESPAWN_MAX_MS (60 * INT64_C(1000)) /* between deaths without work done */

/* Called from the loop; messages as base/channel.h has them. */
struct keeper_events {
	bool (*on_message)(
	    void *ctx, uint16_t type, struct wire_reader *in, struct error *err);
	void (*on_room)(void *ctx);
	/* a worker has said hello, or may be wanted again */
	void (*on_change)(void *ctx);
	/* one that had said hello is dead: keeper_channel() is NULL already */
	void (*on_death)(
	    void *ctx, const struct job_board *board, int status, const struct error *why);
	/* no worker can be had, and why; NULL: now one can */
	void (*on_trouble)(void *ctx, const struct error *why);
};

/** @param program  copied; all else is borrowed for life */
struct keeper *keeper_open(struct event_base *base, struct clock *clock,
    const char *program, const struct keeper_events *events, void *ctx);
void keeper_close(struct keeper *keeper);
MEM_AUTO(keeper, keeper_close);

/** What the next worker may do. One that runs stays as it is. */
void keeper_confine(struct keeper *keeper, const struct confinement *confinement);
/** Whether the worker that runs, if there is one, may do that, and no more than it should.
 */
bool keeper_covers(const struct keeper *keeper, const struct confinement *confinement);
/** Start a worker, unless there is one or it is too early for another. */
void keeper_want(struct keeper *keeper);
/** The channel of a worker that has said hello, else NULL. Borrowed. */
struct channel *keeper_channel(const struct keeper *keeper);
/** Kill it; on_death follows. */
void keeper_kill(struct keeper *keeper);
/** End it without on_death; nothing when there is none. */
void keeper_end(struct keeper *keeper);
/** It did what it is for: the next death is not one of a row. */
void keeper_praise(struct keeper *keeper);

/** Its process id, or 0. */
int keeper_pid(const struct keeper *keeper);
/** What its sandbox holds, as bits of base/sandbox.h; 0 before its hello. */
unsigned keeper_sandbox(const struct keeper *keeper);
int keeper_deaths(const struct keeper *keeper);
/** Why no worker can be had; NULL: it can, or was not tried. */
const struct error *keeper_trouble(const struct keeper *keeper);

#endif
