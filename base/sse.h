/*
 * Reading a stream of Server-Sent Events (WHATWG HTML 9.2.6), as far as dealwatchd writes
 * them: one field a line, a line feed at its end, one blank behind the colon.
 */
#ifndef BASE_SSE_H
#define BASE_SSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

#define SSE_EVENT_MAX_BYTES ((size_t)1 << 20)

/* One event; borrowed for the callback. */
struct sse_event {
	const char *kind; /* "alert"; "" when none was said: only the id moves then */
	int64_t id;       /* -1: none said */
	const char *data;
	size_t len;
};

typedef void sse_fn(void *ctx, const struct sse_event *event);

/* A stream being read. The caller adds what came to in, and calls sse_take(). */
struct sse {
	struct buf in;
	char kind[16];
	int64_t id;
	struct buf data;
};

void sse_init(struct sse *sse);
void sse_clear(struct sse *sse);
/** A new connection: what came of the last one is dropped. */
void sse_reset(struct sse *sse);
/**
 * Hand over every whole event of what came.
 *
 * @return false when what comes is no stream of ours: a line or an event without end
 */
bool sse_take(struct sse *sse, sse_fn *fn, void *ctx);

#endif
