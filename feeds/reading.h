/*
 * A document's way through the worker: convert -> repair -> parse, in small chunks, each
 * announced before it is touched. Between fetch and parse lies this one seam of bytes. What
 * begins with { goes another way: convert -> json_feed; and what is no feed: convert ->
 * page.
 */
#ifndef FEEDS_READING_H
#define FEEDS_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/mem.h"
#include "feeds/parse.h"

#define READING_CHUNK_BYTES (16u << 10)

struct guard;
struct job;
struct reading;

struct reading_about {
	const char *url;          /* where it came from: the base of its links */
	const char *content_type; /* or NULL, as the next */
	const char *content_language;
};

/**
 * @param job    whose limits count; borrowed for life, as guard
 * @param about  borrowed for the call
 */
struct reading *reading_new(const struct job *job, const struct reading_about *about,
    struct guard *guard, parse_entry_fn *on_entry, void *ctx);
void reading_free(struct reading *reading);
MEM_AUTO(reading, reading_free);

/** Decoded bytes. Kind LIMIT or FORMAT; nothing can be added after a failure. */
bool reading_add(struct reading *reading, const char *bytes, size_t len, struct error *err);
/** The document is whole. */
bool reading_end(struct reading *reading, struct error *err);
const struct feed_head *reading_head(const struct reading *reading);
int64_t reading_bytes(const struct reading *reading);
/** After reading_end(): of all bytes that were added. */
void reading_hash(struct reading *reading, char hash[DIGEST_HEX_BYTES]);

#endif
