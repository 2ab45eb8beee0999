/*
 * Where the bytes of a document go next: convert -> repair -> parse.
 */
#ifndef FEEDS_SINK_H
#define FEEDS_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/** Takes bytes, borrowed for the call. @return false with err set: it will take no more */
typedef bool sink_fn(void *ctx, const char *bytes, size_t len, struct error *err);

#endif
