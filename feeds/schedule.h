/*
 * Which feed may be asked next: by the time it is due, one request at a time per host, with
 * a gap between two, so many under way in all, and never many started at one moment.
 *
 * Knows no clock, no libevent, no feed: times come in as parameters, items lie inside what
 * is planned. What a step costs does not grow with the number of items (but by a
 * logarithm).
 */
#ifndef FEEDS_SCHEDULE_H
#define FEEDS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* After a long absence all is due at once; then a round of hosts starts together, as one
 * wake-up costs less than many, and the next round after a pause (MANNERS 1.29). */
#define SCHEDULE_ROUND_MAX 16
#define SCHEDULE_ROUND_MS INT64_C(400)

struct schedule;
struct schedule_host;

/* A place in a heap. */
struct schedule_node {
	int64_t at_ms;
	uint64_t order; /* of two at one time */
	size_t place;   /* from 1; 0: in no heap */
};

/* What is planned; part of its owner, who reads at_ms and touches nothing. */
struct schedule_item {
	struct schedule_node node; /* first: the heap hands it back */
	struct schedule_host *host;
	int64_t gap_ms;
};

struct schedule *schedule_new(size_t running_max);
/** Items must have been removed before. NULL is fine. */
void schedule_free(struct schedule *schedule);
MEM_AUTO(schedule, schedule_free);

/**
 * Make an item known, not planned yet.
 *
 * @param host    the name requests to it have in common
 * @param gap_ms  from the end of a request to its host to the start of the next one;
 *                between two items the longer of theirs
 */
void schedule_add(struct schedule *schedule, struct schedule_item *item, const char *host,
    int64_t gap_ms);
/**
 * Forget an item; nothing when it was never added. A host is forgotten with its last item,
 * its gap too: who replaces items adds the new ones first.
 */
void schedule_remove(struct schedule *schedule, struct schedule_item *item);
/** Plan, or plan anew. Not for an item that was taken and whose host is not released. */
void schedule_plan(struct schedule *schedule, struct schedule_item *item, int64_t at_ms);
bool schedule_is_planned(const struct schedule_item *item);

/**
 * The next item that may start now; it is planned no longer, and its host is busy until
 * schedule_release(). @return NULL: none now
 */
struct schedule_item *schedule_take(struct schedule *schedule, int64_t now_ms);
/** A request to this host has ended. The host may be forgotten with it. */
void schedule_release(
    struct schedule *schedule, struct schedule_host *host, int64_t now_ms);
/** When schedule_take() will have something; -1: not before a release or a plan */
int64_t schedule_next_ms(const struct schedule *schedule);
/** The clock was set: gaps that would last longer than they are long are cut. */
void schedule_clock_set(struct schedule *schedule, int64_t now_ms);

/** How many places of its heaps were written so far: what a step costs, for tests. */
uint64_t schedule_steps(const struct schedule *schedule);

#endif
