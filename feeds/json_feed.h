/*
 * JSON Feed 1.0 and 1.1 (jsonfeed.org): gathered whole, then read.
 */
#ifndef FEEDS_JSON_FEED_H
#define FEEDS_JSON_FEED_H

#include "base/mem.h"
#include "feeds/parse.h"

/* Of the document; what it becomes in memory is twenty times that at worst. */
#define JSON_FEED_MAX_BYTES (8u << 20)

struct json_feed;

/** As parse_new(). */
struct json_feed *json_feed_new(
    const char *url, const char *language, parse_entry_fn *on_entry, void *ctx);
void json_feed_free(struct json_feed *feed);
MEM_AUTO(json_feed, json_feed_free);

/** A sink_fn; ctx is the json_feed; UTF-8 as it may be. Kind LIMIT. */
bool json_feed_add(void *ctx, const char *bytes, size_t len, struct error *err);
/** The document ends here: its entries are told now. Kind FORMAT: it is no feed. */
bool json_feed_end(struct json_feed *feed, struct error *err);
/** As parse_head(). */
const struct feed_head *json_feed_head(const struct json_feed *feed);

#endif
