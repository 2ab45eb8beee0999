/*
 * A document's encoding, settled once, before any parser sees it: what goes on is UTF-8
 * (not yet checked: the repair filter does that).
 *
 * In this order: a byte order mark; the zero bytes of UTF-16 or UTF-32; what is not ASCII
 * and valid UTF-8 is UTF-8, whatever is said of it; the XML declaration; the Content-Type.
 * What none of these settles is UTF-8; when there is no valid character of it in the
 * sample, single bytes are those of windows-1252.
 */
#ifndef FEEDS_CONVERT_H
#define FEEDS_CONVERT_H

#include "base/mem.h"
#include "feeds/sink.h"

#define CONVERT_SAMPLE_BYTES 4096 /* looked at from the first byte that is not ASCII */

struct convert;

/**
 * @param charset  of the Content-Type, or NULL; borrowed for the call
 * @param sink     gets the bytes on
 */
struct convert *convert_new(const char *charset, sink_fn *sink, void *ctx);
void convert_free(struct convert *convert);
MEM_AUTO(convert, convert_free);

bool convert_add(struct convert *convert, const char *bytes, size_t len, struct error *err);
/** The document ends here. */
bool convert_end(struct convert *convert, struct error *err);

#endif
