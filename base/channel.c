/*
 * Messages over a bufferevent.
 *
 * A message: u32 length of the payload, u16 type, payload. Hello: u32 magic, text name, u16
 * version. Credit: u32 count.
 */
#include "base/channel.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/wire.h"

#define HEADER_BYTES 6
#define HELLO_MAGIC 0x44574348u /* "DWCH" */
#define NAME_MAX_BYTES 64

enum { TYPE_HELLO = 1, TYPE_CREDIT = 2 };

static const struct channel_type own_types[] = {
	{ TYPE_HELLO, "hello", 4 + 4 + NAME_MAX_BYTES + 2, false },
	{ TYPE_CREDIT, "credit", 4, false },
	{ 0, NULL, 0, false },
};

struct channel {
	struct bufferevent *stream;              /* owned, and with it the socket */
	const struct channel_protocol *protocol; /* borrowed, as the next */
	const struct channel_events *events;
	void *ctx;
	uint32_t credit_in;  /* counted messages that the peer may still send */
	uint32_t credit_out; /* that we may still send */
	size_t max_buffered; /* the largest message with its header */
	bool is_greeted;     /* the peer's hello has come */
	bool wants_room;     /* channel_can_send() said no */
	bool is_mute;     /* over, or writing has failed: what is to be sent is dropped */
	bool is_over;     /* on_closed was called */
	bool is_busy;     /* one of our libevent callbacks runs */
	bool is_closed;   /* freed when that one returns */
	struct error why; /* the first failure of writing, told when reading has ended */
};

/* What stands in front of a message. */
struct header {
	uint32_t len;
	uint16_t type;
	const struct channel_type *row;
};

static void
free_channel(struct channel *channel)
{
	bufferevent_free(channel->stream);
	free(channel);
}

/* Every libevent callback begins with this and ends with leave(). */
static struct channel *
enter(void *arg)
{
	struct channel *channel = arg;

	channel->is_busy = true;
	return channel;
}

static void
leave(struct channel *channel)
{
	channel->is_busy = false;
	if (channel->is_closed)
		free_channel(channel);
}

/* Only from a libevent callback. */
static void
end(struct channel *channel, const struct error *why)
{
	if (channel->is_over || channel->is_closed)
		return;
	channel->is_over = true;
	channel->is_mute = true;
	(void)bufferevent_disable(channel->stream, EV_READ | EV_WRITE); /* of a live fd */
	channel->events->on_closed(channel->ctx, why);
}

static void
send_message(struct channel *channel, uint16_t type, const struct buf *payload)
{
	struct evbuffer *output = bufferevent_get_output(channel->stream);
	AUTO_BUF struct buf header = BUF_EMPTY;
	int failed;

	wire_add_u32(&header, (uint32_t)payload->len);
	wire_add_u16(&header, type);
	failed = evbuffer_add(output, header.data, header.len);
	if (payload->len > 0)
		failed |= evbuffer_add(output, payload->data, payload->len);
	if (failed != 0)
		abort(); /* out of memory, with half a message queued */
}

static void
send_hello(struct channel *channel)
{
	AUTO_BUF struct buf hello = BUF_EMPTY;

	wire_add_u32(&hello, HELLO_MAGIC);
	wire_add_text(&hello, channel->protocol->name);
	wire_add_u16(&hello, channel->protocol->version);
	send_message(channel, TYPE_HELLO, &hello);
}

/* -- what comes in -- */

static bool
malformed(struct channel *channel, const struct header *header, const char *text,
    struct error *err)
{
	return error_set(err, ERROR_FORMAT, channel->protocol->name, "message %u (%s) %s",
	    header->type, header->row == NULL ? "unknown" : header->row->name, text);
}

static bool
read_hello(struct channel *channel, struct wire_reader *in, struct error *err)
{
	const struct channel_protocol *protocol = channel->protocol;
	AUTO_FREE char *name = NULL;
	uint32_t magic;
	uint16_t version;

	if (!wire_read_u32(in, &magic) || magic != HELLO_MAGIC ||
	    !wire_read_text(in, &name, NAME_MAX_BYTES) || name == NULL ||
	    !wire_read_u16(in, &version))
		return error_set(err, ERROR_FORMAT, protocol->name, "not a hello");
	if (strcmp(name, protocol->name) != 0 || version != protocol->version)
		return error_set(err, ERROR_FORMAT, protocol->name,
		    "the peer speaks %s version %u (here: %s version %u)", name, version,
		    protocol->name, protocol->version);
	channel->is_greeted = true;
	return true;
}

static void
tell_room(struct channel *channel)
{
	if (!channel->wants_room || channel->is_closed || !channel_can_send(channel))
		return;
	channel->wants_room = false;
	if (channel->events->on_room != NULL)
		channel->events->on_room(channel->ctx);
}

static bool
read_credit(struct channel *channel, struct wire_reader *in, struct error *err)
{
	uint32_t count = 0;

	if (!wire_read_u32(in, &count) || count == 0 ||
	    count > CHANNEL_CREDIT - channel->credit_out)
		return error_set(err, ERROR_FORMAT, channel->protocol->name,
		    "credit for %u messages (allowed: 1 to %u, what was used)", count,
		    CHANNEL_CREDIT - channel->credit_out);
	channel->credit_out += count;
	return true;
}

static const struct channel_type *
find_type(const struct channel *channel, uint16_t type)
{
	const struct channel_type *row =
	    type <= CHANNEL_TYPE_OWN_MAX ? own_types : channel->protocol->incoming;

	while (row->type != 0 && row->type != type)
		row++;
	return row->type == 0 ? NULL : row;
}

/* All that can be known before the payload is there. */
static bool
check_header(struct channel *channel, struct header *header, struct error *err)
{
	const struct channel_type *row = find_type(channel, header->type);

	header->row = row;
	if (row == NULL)
		return malformed(channel, header, "is not of this protocol", err);
	if (!channel->is_greeted && row->type != TYPE_HELLO)
		return malformed(channel, header, "came before the hello", err);
	if (channel->is_greeted && row->type == TYPE_HELLO)
		return malformed(channel, header, "came twice", err);
	if (header->len > row->max_bytes)
		return error_set(err, ERROR_FORMAT, channel->protocol->name,
		    "message %u (%s) of %u bytes (allowed: %zu)", row->type, row->name,
		    header->len, row->max_bytes);
	if (row->is_counted && channel->credit_in == 0)
		return malformed(channel, header, "came without credit", err);
	return true;
}

static void
read_header(struct evbuffer *input, struct header *header)
{
	unsigned char bytes[HEADER_BYTES];
	struct wire_reader in;

	(void)evbuffer_copyout(input, bytes, sizeof(bytes)); /* the caller saw that many */
	wire_reader_init(&in, bytes, sizeof(bytes));
	(void)wire_read_u32(&in, &header->len); /* cannot be short */
	(void)wire_read_u16(&in, &header->type);
}

static bool
take_own(struct channel *channel, const struct header *header, struct wire_reader *in,
    struct error *err)
{
	if (header->type == TYPE_HELLO ? !read_hello(channel, in, err)
				       : !read_credit(channel, in, err))
		return false;
	if (!wire_read_end(in))
		return malformed(channel, header, "is longer than its content", err);
	if (header->type == TYPE_HELLO && channel->events->on_ready != NULL)
		channel->events->on_ready(channel->ctx);
	if (header->type == TYPE_CREDIT)
		tell_room(channel);
	return true;
}

static bool
take_message(struct channel *channel, const struct header *header,
    const unsigned char *payload, struct error *err)
{
	struct wire_reader in;

	wire_reader_init(&in, payload, header->len);
	if (header->row->is_counted)
		channel->credit_in--;
	if (header->type <= CHANNEL_TYPE_OWN_MAX)
		return take_own(channel, header, &in, err);
	return channel->events->on_message(channel->ctx, header->type, &in, err);
}

/*
 * Take the next message out of the input.
 *
 * @return false when it has not all come, and with err set when it is malformed
 */
static bool
take_next(struct channel *channel, struct error *err)
{
	struct evbuffer *input = bufferevent_get_input(channel->stream);
	size_t have = evbuffer_get_length(input);
	size_t wanted = HEADER_BYTES;
	struct header header = { 0 };
	unsigned char *bytes;

	if (have >= HEADER_BYTES) {
		read_header(input, &header);
		if (!check_header(channel, &header, err))
			return false;
		wanted += header.len;
	}
	if (have < wanted) {
		/* not called again before that much is there */
		bufferevent_setwatermark(
		    channel->stream, EV_READ, wanted, channel->max_buffered);
		return false;
	}
	bytes = evbuffer_pullup(input, (ev_ssize_t)wanted);
	if (bytes == NULL)
		abort(); /* out of memory */
	if (!take_message(channel, &header, bytes + HEADER_BYTES, err)) {
		assert(err->text[0] != '\0');
		return false;
	}
	(void)evbuffer_drain(input, wanted); /* that much is there */
	return true;
}

static void
on_readable(struct bufferevent *stream, void *arg)
{
	struct channel *channel = enter(arg);
	struct error err = { 0 };

	while (!channel->is_closed && take_next(channel, &err))
		;
	if (err.text[0] != '\0')
		end(channel, &err);
	leave(channel);
}

/* -- what goes out, and the end -- */

static void
on_writable(struct bufferevent *stream, void *arg)
{
	struct channel *channel = enter(arg);

	tell_room(channel);
	leave(channel);
}

/*
 * The peer takes nothing more, but what it said before may still lie in the socket: with
 * the socket shut down, reading gives that and then the end.
 */
static void
go_mute(struct channel *channel, int errno_value)
{
	if (channel->is_mute)
		return;
	channel->is_mute = true;
	error_system(&channel->why, errno_value, channel->protocol->name, "sending");
	(void)shutdown(
	    bufferevent_getfd(channel->stream), SHUT_RDWR); /* or is so already */
}

/* Why the peer's bytes ended; nothing when they ended well. */
static void
explain_end(const struct channel *channel, short what, int errno_value, struct error *why)
{
	const char *name = channel->protocol->name;

	*why = channel->why;
	if (channel->is_mute)
		return;
	if ((what & BEV_EVENT_ERROR) != 0)
		error_system(why, errno_value, name, "receiving");
	else if (evbuffer_get_length(bufferevent_get_input(channel->stream)) > 0)
		error_set(
		    why, ERROR_NETWORK, name, "the connection ended inside a message");
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	int errno_value = errno;
	struct channel *channel = enter(arg);
	struct error why;

	if ((what & BEV_EVENT_WRITING) != 0) {
		go_mute(channel, errno_value);
	} else {
		explain_end(channel, what, errno_value, &why);
		end(channel, &why);
	}
	leave(channel);
}

static size_t
largest_message(const struct channel_protocol *protocol)
{
	size_t max = own_types[0].max_bytes;

	for (const struct channel_type *row = protocol->incoming; row->type != 0; row++)
		if (row->max_bytes > max)
			max = row->max_bytes;
	return HEADER_BYTES + max;
}

struct channel *
channel_open(struct event_base *base, int fd, const struct channel_protocol *protocol,
    const struct channel_events *events, void *ctx)
{
	struct channel *channel = mem_zalloc(sizeof(*channel));

	channel->stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (channel->stream == NULL)
		abort();                          /* out of memory */
	(void)evutil_make_socket_nonblocking(fd); /* of a live fd */
	(void)evutil_make_socket_closeonexec(fd);
	channel->protocol = protocol;
	channel->events = events;
	channel->ctx = ctx;
	channel->credit_in = CHANNEL_CREDIT;
	channel->credit_out = CHANNEL_CREDIT;
	channel->max_buffered = largest_message(protocol);
	bufferevent_setcb(channel->stream, on_readable, on_writable, on_event, channel);
	bufferevent_setwatermark(
	    channel->stream, EV_READ, HEADER_BYTES, channel->max_buffered);
	bufferevent_setwatermark(
	    channel->stream, EV_WRITE, CHANNEL_UNSENT_MAX_BYTES / 2, 0);
	(void)bufferevent_enable(channel->stream, EV_READ | EV_WRITE); /* of a live fd */
	send_hello(channel);
	return channel;
}

void
channel_close(struct channel *channel)
{
	if (channel == NULL)
		return;
	assert(!channel->is_closed);
	channel->is_closed = true;
	if (!channel->is_busy)
		free_channel(channel);
}

static bool
has_room(const struct channel *channel)
{
	return !channel->is_mute && channel->credit_out > 0 &&
	       channel_unsent_bytes(channel) < CHANNEL_UNSENT_MAX_BYTES;
}

bool
channel_can_send(struct channel *channel)
{
	if (has_room(channel))
		return true;
	channel->wants_room = true;
	return false;
}

void
channel_send(
    struct channel *channel, uint16_t type, bool is_counted, const struct buf *payload)
{
	assert(type > CHANNEL_TYPE_OWN_MAX && payload->len <= UINT32_MAX);
	if (channel->is_mute)
		return;
	if (is_counted) {
		assert(has_room(channel));
		channel->credit_out--;
	}
	send_message(channel, type, payload);
}

void
channel_grant(struct channel *channel, uint32_t count)
{
	AUTO_BUF struct buf payload = BUF_EMPTY;

	assert(count <= CHANNEL_CREDIT - channel->credit_in);
	channel->credit_in += count;
	if (count == 0 || channel->is_mute)
		return;
	wire_add_u32(&payload, count);
	send_message(channel, TYPE_CREDIT, &payload);
}

size_t
channel_unsent_bytes(const struct channel *channel)
{
	return evbuffer_get_length(bufferevent_get_output(channel->stream));
}

/* Past the bufferevent, which guards its output. False when the socket takes nothing. */
static bool
write_some(struct channel *channel)
{
	struct evbuffer *output = bufferevent_get_output(channel->stream);
	int written, errno_value;

	(void)evbuffer_unfreeze(output, 1); /* these two cannot fail */
	written = evbuffer_write(output, bufferevent_getfd(channel->stream));
	errno_value = errno;
	(void)evbuffer_freeze(output, 1);
	if (written < 0 && (errno_value == EAGAIN || errno_value == EINTR))
		return false;
	if (written < 0)
		go_mute(channel, errno_value);
	return true;
}

void
channel_flush(struct channel *channel)
{
	struct pollfd poller = { bufferevent_getfd(channel->stream), POLLOUT, 0 };
	int ready = 1; /* or -1: EINTR, try again */

	while (!channel->is_mute && channel_unsent_bytes(channel) > 0 && ready != 0)
		if (!write_some(channel))
			ready = poll(&poller, 1, CHANNEL_FLUSH_MS);
}
