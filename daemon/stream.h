/*
 * Alerts as they come: Server-Sent Events (WHATWG HTML 9.2) to any number of readers.
 *
 * Each reader has its own cursor and gets every event after it, from the store. One that
 * does not read is cut, never waited for.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct clock;
struct event_base;
struct evhttp_request;
struct streams;
struct watch;

#define STREAM_HEARTBEAT_MS INT64_C(15000)
#define STREAM_UNREAD_MAX_BYTES ((size_t)1 << 20)
#define STREAM_UNREAD_MAX_MS INT64_C(30000)
#define STREAM_INPUT_MAX_BYTES 4096

struct streams *streams_new(
    struct event_base *base, struct clock *clock, struct watch *watch);
/** Ends all streams. To be called before evhttp is freed. */
void streams_free(struct streams *streams);
MEM_AUTO(streams, streams_free);

/* What a reader asks for. */
struct stream_wish {
	int64_t after;     /* the event after which it begins; -1: the last one */
	const char *store; /* whose events it counts by, or NULL */
	/* only alerts that are severe enough for desktops; `event: live` when all that was
	 * stored is sent, and an id alone for events passed over */
	bool is_desktop;
};
/** Begin a stream as the answer to a request, which is taken. */
void streams_add(struct streams *streams, struct evhttp_request *request,
    const struct stream_wish *wish);
/** There are new events: send them from the loop. */
void streams_wake(struct streams *streams);
/** End all streams in good order: nothing more is sent. */
void streams_end(struct streams *streams);

#endif
