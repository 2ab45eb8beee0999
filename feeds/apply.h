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

#define APPLY_GAP_PART 4 /* of the interval, while entries are missed */

/** A reading, and how its feed is read now. */
struct apply_feed {
	const struct feed_result *result;
	const struct feed *feed;
	const char *request; /* page_request() of what was asked */
	int64_t every_s, floor_s;
	bool is_lost; /* the store went back since the request was made: its validators are
			 not those of what is stored */
};

void apply_clear(struct apply *apply);
/** What a reading means for the next one: its plan, and what is said of the last attempt.
 */
void apply_plan(struct feed_record *record, const struct apply_feed *how);
/** Bring the entries into the order they are judged in, settle trust. */
bool apply_begin(
    struct apply *apply, struct db *db, struct feed_result *result, struct error *err);
bool apply_entry(struct apply *apply, struct db *db, const struct feed *feed, size_t i,
    struct applied *applied, struct error *err);
/**
 * The end, also of readings without entries, for which apply_begin() was not called.
 *
 * @param changes  out: what is to be told
 */
bool apply_end(struct apply *apply, struct db *db, const struct apply_feed *how,
    struct condition_changes *changes, struct error *err);
/** What a source's condition is judged by. */
struct condition_view apply_view(const struct feed_record *record, const struct feed *feed);

#endif
