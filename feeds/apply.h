/*
 * A finished reading goes into the store: its entries one by one, then what is known of the
 * feed itself. Inside the caller's transactions.
 */
#ifndef FEEDS_APPLY_H
#define FEEDS_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feeds/identity.h"
#include "feeds/store.h"

struct applied;
struct db;
struct error;
struct feed;
struct feed_result;

/* The reading in hand; all zero: none. It may take several transactions. */
struct apply {
	const struct feed_result *result; /* borrowed */
	struct identity_document document;
	struct feed_record record; /* as it was when the reading began */
	struct id_set present;     /* entries that were found or made */
	bool is_new_noted;         /* last_new is written: it is the same for all of them */
};

/** How a feed is read now. */
struct apply_feed {
	const struct feed *feed;
	const char *request; /* page_request() of what was asked */
	int64_t every_s;
	bool is_lost; /* the store went back since the request was made: its validators are
			 not those of what is stored */
};

void apply_clear(struct apply *apply);
/** What a reading means for the next one: its plan, and what is said of the last attempt.
 */
void apply_plan(struct feed_record *record, const struct apply_feed *how,
    const struct feed_result *result);
/** Bring the entries into the order they are judged in, settle trust. */
bool apply_begin(
    struct apply *apply, struct db *db, struct feed_result *result, struct error *err);
bool apply_entry(struct apply *apply, struct db *db, const struct feed *feed, size_t i,
    struct applied *applied, struct error *err);
/** The end, also of readings without entries, for which apply_begin() was not called. */
bool apply_end(struct apply *apply, struct db *db, const struct apply_feed *how,
    const struct feed_result *result, struct error *err);

#endif
