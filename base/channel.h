/*
 * Messages between two of our own processes over a stream socket, on the event loop.
 *
 * A message is a u32 length, a u16 type and a payload. The first one each way is a hello
 * (magic, protocol name, version). Each message is checked for type and size by a
 * table, for its place among others by who takes it; a malformed one ends the connection,
 * it is not repaired. Types marked counted need credit: the receiver grants it
 * (CHANNEL_CREDIT at the start), so at most that many lie unread. Of what comes in, no more
 * than the largest message of the table is kept. The process must ignore SIGPIPE.
 */
#ifndef BASE_CHANNEL_H
#define BASE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct buf;
struct channel;
struct error;
struct event_base;
struct wire_reader;

#define CHANNEL_CREDIT 64
#define CHANNEL_UNSENT_MAX_BYTES (1u << 20)
#define CHANNEL_FLUSH_MS 5000
#define CHANNEL_TYPE_OWN_MAX 15 /* types up to this one are the channel's own */

/* A type of message that may come in. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order tables are read */
struct channel_type {
	uint16_t type;    /* above CHANNEL_TYPE_OWN_MAX; 0 ends the table */
	const char *name; /* for messages */
	size_t max_bytes; /* of its payload */
	bool is_counted;  /* uses the credit that the receiver grants */
};

struct channel_protocol {
	const char *name; /* both sides say the same, else the connection ends */
	uint16_t version;
	const struct channel_type *incoming;
};

struct channel_events {
	/* one message, checked against the table; false (err set) ends the connection as
	 * malformed */
	bool (*on_message)(
	    void *ctx, uint16_t type, struct wire_reader *in, struct error *err);
	/* the peer's hello has come and fits; may be NULL */
	void (*on_ready)(void *ctx);
	/* there is credit or buffer room again after channel_can_send() said no; may be
	 * NULL */
	void (*on_room)(void *ctx);
	/* the connection is over: why->text is "" for a plain end of stream. Messages that
	 * had arrived whole came before it. Called once, from the loop, never after
	 * channel_close(). Sending goes nowhere from then on */
	void (*on_closed)(void *ctx, const struct error *why);
};

/**
 * Take over a connected stream socket (closed with the channel), and send the hello.
 *
 * events are borrowed for life.
 */
struct channel *channel_open(struct event_base *base, int fd,
    const struct channel_protocol *protocol, const struct channel_events *events,
    void *ctx);
/** May be called from its own callbacks. NULL is fine. */
void channel_close(struct channel *channel);
MEM_AUTO(channel, channel_close);

/** Queue a message. Counted ones only when channel_can_send() (assert on the sender's
 * side). */
void channel_send(
    struct channel *channel, uint16_t type, bool is_counted, const struct buf *payload);
/** Whether a counted message may be sent: credit is there, and less than 1 MB lies unsent.
 */
bool channel_can_send(struct channel *channel);
/** The receiver has done with so many counted messages. */
void channel_grant(struct channel *channel, uint32_t count);
/** Bytes that lie unsent. */
size_t channel_unsent_bytes(const struct channel *channel);
/**
 * Hand unsent bytes to the kernel, blocking: before a process ends in good order. Given up
 * when the peer takes nothing for CHANNEL_FLUSH_MS.
 */
void channel_flush(struct channel *channel);

#endif
