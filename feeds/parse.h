/*
 * A repaired document through libxml2's push parser, into entries. Nothing is loaded, no
 * declared entity expanded, the depth bounded (the repair filter sees to the last two).
 */
#ifndef FEEDS_PARSE_H
#define FEEDS_PARSE_H

#include "base/mem.h"
#include "feeds/sink.h"

#define PARSE_TEXT_MAX_BYTES                                         \
	(1u << 20) /* of one element's text, before it is made plain \
		    */

struct entry;
struct feed_head;
struct parse;

/** A finished entry; takes it. */
typedef void parse_entry_fn(void *ctx, struct entry *entry);

/**
 * @param url       the base of relative links, or NULL; copied
 * @param language  of the document as its header has it, or NULL
 */
struct parse *parse_new(
    const char *url, const char *language, parse_entry_fn *on_entry, void *ctx);
void parse_free(struct parse *parse);
MEM_AUTO(parse, parse_free);

/** A sink_fn; ctx is the parse. Kind FORMAT: this is no feed. */
bool parse_add(void *ctx, const char *bytes, size_t len, struct error *err);
/** The document ends here. Kind FORMAT: it was no feed. */
bool parse_end(struct parse *parse, struct error *err);
/** What is known of the feed so far; complete after parse_end(). Borrowed. */
const struct feed_head *parse_head(const struct parse *parse);

#endif
