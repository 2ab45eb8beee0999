/*
 * The desktop agent's connection to dealwatchd: follows the stream of alerts for desktops,
 * and comes back when it was lost.
 */
#ifndef ALERTS_AGENT_STREAM_H
#define ALERTS_AGENT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct cursor;
struct sse_event;
struct stream;

#define STREAM_QUIET_S 45 /* three heartbeats missed: it is gone */
#define STREAM_RETRY_MS 1000u
#define STREAM_RETRY_MAX_MS 30000u

struct stream_events {
	/* a connection was made: where to begin; event -1: at the end */
	struct cursor (*on_connect)(void *ctx, const char *socket);
	/* the daemon said something */
	void (*on_contact)(void *ctx);
	void (*on_event)(void *ctx, const struct sse_event *event);
	/* a connection that had begun is lost; why is for people */
	void (*on_lost)(void *ctx, const char *why);
	void *ctx;
};

/**
 * Begin; the first connection is made from the loop.
 *
 * @param socket  borrowed for life; NULL: $DEALWATCH_SOCKET, the user's, the system's. The
 *                one that answered first stays the only one.
 */
struct stream *stream_new(const char *socket, const struct stream_events *events);
void stream_free(struct stream *stream);
MEM_AUTO(stream, stream_free);

#endif
