/*
 * The record of an alert: one immutable JSON object, the same in the API and to every sink.
 */
#ifndef ALERTS_RECORD_H
#define ALERTS_RECORD_H

#include <stdint.h>

#include "base/digest.h"
#include "feeds/entry.h"
#include "rules/match.h"

struct json_t;

#define RECORD_SCHEMA 1
#define RECORD_ID_BYTES 33
#define RECORD_EXCERPT_CHARS 300

/** @return the kind as records name it: "match", "stage", "story" */
const char *record_kind(enum match_kind kind);

/**
 * The id of an alert (DESIGN 8): the first 32 hex digits of SHA-256 over kind, subject,
 * transition and episode, each followed by a line feed.
 */
void record_id(const struct match *match, char id[RECORD_ID_BYTES]);

struct feed_alert;

/** The id of an alert of kind "feed": its transition is the condition. */
void record_feed_id(const struct feed_alert *feed, char id[RECORD_ID_BYTES]);
/** @return the caller's to free() */
char *record_print_feed(const struct feed_alert *feed, const char *id, int64_t seq);

/* A record of kind "test" or "digest". */
struct record_test {
	const char *sink; /* it is for; NULL: all */
	enum severity severity;
	int64_t seq, episode, time_ms;
	char id[RECORD_ID_BYTES];
};

/** Give it its id, by its sink and episode. */
void record_test_id(struct record_test *test);
/** @return the caller's to free() */
char *record_print_test(const struct record_test *test);
/** The same of a digest, by its sink. */
void record_digest_id(struct record_test *digest);
/** @return the caller's to free(); with "alerts", which stay the caller's */
char *record_print_digest(const struct record_test *digest, struct json_t *alerts);

/**
 * Print the record, without event and prev.
 *
 * @param stored  stored->entry may be NULL (kind story): what an entry brings is absent
 * then
 * @return the caller's to free()
 */
char *record_print(const struct match *match, const struct stored_entry *stored,
    const char *id, int64_t seq, int64_t time_ms);

#endif
