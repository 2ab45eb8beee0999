/*
 * The tables of feeds/: what is known of a feed, its entries, and their keys.
 *
 * All SQL of the room. Times come in as parameters; nothing here begins or commits.
 */
#ifndef FEEDS_STORE_H
#define FEEDS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "feeds/condition.h"
#include "feeds/id_set.h"
#include "feeds/identity.h"
#include "feeds/plan.h"

struct db;
struct entry;
struct error;
struct job_response;

/* A row of the table feed but for its blobs; all zero: never read. */
struct feed_record {
	char *request; /* that was asked last; the validators are its; owned, or NULL */
	char *failure; /* of the last reading, or NULL; owned */
	struct plan plan;
	int64_t last_attempt_ms, first_success_ms, last_success_ms, last_new_ms;
	int64_t entries; /* in the last good reading */
	struct identity_trust trust;
	struct condition_state condition;
};
void feed_record_clear(struct feed_record *record);

/** Read what is known; without a row the record of a feed that was never read. */
bool store_read_feed(
    struct db *db, const char *feed, struct feed_record *record, struct error *err);
bool store_write_feed(
    struct db *db, const char *feed, const struct feed_record *record, struct error *err);
/** The condition alone. */
bool store_write_condition(struct db *db, const char *feed,
    const struct condition_state *condition, struct error *err);
bool store_write_trust(
    struct db *db, const char *feed, const struct identity_trust *trust, struct error *err);
bool store_write_last_new(
    struct db *db, const char *feed, int64_t last_new_ms, struct error *err);

/**
 * The validators that a request may carry: none unless it is the one that gave them.
 *
 * @param etag, last_modified  the caller's to free(), or NULL
 */
bool store_read_validators(struct db *db, const char *feed, const char *request,
    char **etag, char **last_modified, struct error *err);
bool store_write_validators(struct db *db, const char *feed, const char *etag,
    const char *last_modified, struct error *err);

/** Which entries the last good reading held. */
bool store_read_present(
    struct db *db, const char *feed, struct id_set *present, struct error *err);
/**
 * Replace them; entries that left are marked with the time, entries that came back are
 * not.
 *
 * @param before  those that are replaced
 */
bool store_write_present(struct db *db, const char *feed, const struct id_set *present,
    const struct id_set *before, int64_t at_ms, struct error *err);

/** struct identity_store over a struct db. */
bool store_find_key(void *db, int64_t key, struct identity_match *match, struct error *err);
bool store_share_key(void *db, int64_t key, struct error *err);

/** Store a new entry with its keys. @return its id, for ever; 0 with err set */
int64_t store_add_entry(struct db *db, const char *feed, const struct entry *entry,
    const struct identity *keys, int64_t seen_ms, struct error *err);
/** Whether title, summary or content are others than those stored, the title alone where
 * the rest was forgotten; and when first seen. */
bool store_compare_entry(struct db *db, int64_t id, const struct entry *entry,
    bool *is_changed, int64_t *seen_ms, struct error *err);
/** Replace what is stored of a known entry. */
bool store_rewrite_entry(
    struct db *db, int64_t id, const struct entry *entry, struct error *err);
/** A known entry stands under these keys now: one of each kind; those it had and the item
 * has not stay. */
bool store_move_keys(struct db *db, const struct identity_match *match,
    const struct identity *keys, struct error *err);

#endif
