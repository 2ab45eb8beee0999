/*
 * Entries that people and scripts write down: one JSON object a line.
 */
#ifndef CLI_CANDIDATE_H
#define CLI_CANDIDATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "feeds/entry.h"

#define CANDIDATE_LINE_MAX_BYTES (4u << 20)

struct json_t;

/* An entry with what a source would say of it. Owns its strings. */
struct candidate {
	struct entry entry;
	char *feed, *publisher; /* or NULL */
	struct list tags;
};
void candidate_clear(struct candidate *candidate);
/**
 * It as it would be judged.
 *
 * @param source  filled; borrowed by the result, which borrows from the candidate too
 */
struct stored_entry candidate_stored(
    const struct candidate *candidate, struct source *source, int64_t id, int64_t now_ms);

/** @param id  the line's, a string or an integer; NULL: it has none */
typedef void candidate_fn(void *ctx, struct json_t *id, const struct candidate *candidate);

/* Lines one after the other. */
struct candidate_lines {
	const char *file; /* for messages */
	size_t line;      /* the one that is read, from 1 */
	size_t bad;       /* how many were none */
	candidate_fn *on_entry;
	void *ctx;
};
/** Read one line without its end; what is wrong with it goes to standard error. */
void candidate_take_line(struct candidate_lines *lines, const char *text, size_t len);

#endif
