/*
 * What feeds break on, repaired in the stream of bytes before any parser sees it (MANNERS
 * 2).
 *
 * In: UTF-8 as it may be. Out: an XML document that is well-formed in all that matters and
 * declares nothing: valid UTF-8 without control characters, no XML declaration, DOCTYPE or
 * comments, bare & and < escaped, references decoded, end tags that fit. The same however
 * the bytes are cut.
 */
#ifndef FEEDS_REPAIR_H
#define FEEDS_REPAIR_H

#include "base/mem.h"
#include "feeds/sink.h"

#define REPAIR_TAG_MAX_BYTES (256u << 10) /* DESIGN 3; libxml2 is quadratic in these */
#define REPAIR_ATTRIBUTES_MAX 1000
#define REPAIR_NAME_MAX_BYTES 256
#define REPAIR_DEPTH_MAX 200

struct repair;

struct repair *repair_new(sink_fn *sink, void *ctx);
void repair_free(struct repair *repair);
MEM_AUTO(repair, repair_free);

/** Errors of kind LIMIT, and the sink's. */
bool repair_add(struct repair *repair, const char *bytes, size_t len, struct error *err);
/** The document ends here. Kind FORMAT when its root element is not closed. */
bool repair_end(struct repair *repair, struct error *err);

#endif
