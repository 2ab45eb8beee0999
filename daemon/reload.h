/*
 * Reading the configuration again, without a pause and without a risk.
 *
 * A short-lived child reads it first: it finds every mistake, and leaves the compiled
 * matcher in the cache. Only what it found good is read here and put in force. With any
 * mistake the old configuration stays.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include <stdint.h>

#include "base/mem.h"

struct clock;
struct event_base;
struct list;
struct places;
struct reload;
struct watch;

#define RELOAD_DEADLINE_MS INT64_C(120000)

/* What came of a round; borrowed for the call. */
struct reload_outcome {
	const char *failure;         /* NULL: the new configuration is in force */
	const struct list *mistakes; /* "FILE:LINE:COL: ..." */
	const struct list *warnings;
};

struct reload_events {
	/* systemd wants to know when it begins and when it is over */
	void (*on_start)(void *ctx);
	/*
	 * A round is over, for all who asked before it began.
	 * @param round  as reload_next_round() returned it
	 */
	void (*on_done)(void *ctx, int round, const struct reload_outcome *outcome);
	void *ctx;
};

/** @param places, events  borrowed for life */
struct reload *reload_new(struct event_base *base, struct clock *clock, struct watch *watch,
    const struct places *places, const struct reload_events *events);
/** A child that still reads is ended; on_done is not called. */
void reload_free(struct reload *reload);
MEM_AUTO(reload, reload_free);
/**
 * Read the configuration again: now, or once more when a reading is under way that may have
 * missed what changed.
 */
void reload_request(struct reload *reload);
/** @return the round that answers a request made now */
int reload_next_round(const struct reload *reload);

#endif
