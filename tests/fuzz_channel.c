/*
 * Fuzzer: any bytes from the peer, in any pieces, and every reader of values.
 *
 * The first byte chooses: bit 0, a right hello goes first; bit 1, the rest is cut into
 * messages with right headers; bits 2 to 7, the size of the pieces.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/error.h"
#include "base/list.h"
#include "base/text.h"
#include "base/wire.h"

static const struct channel_type incoming[] = {
	{ 16, "values", 4096, false },
	{ 17, "counted", 100, true },
	{ 19, "closing", 10, false },
	{ 0, NULL, 0, false },
};
static const struct channel_protocol protocol = { "fuzz", 1, incoming };
static const char hello[] = "\0\0\0\x0e\0\1DWCH\0\0\0\4fuzz\0\1";

struct peer {
	struct channel *channel;
	int closed;
};

/* One reader each by turns, chosen by the bytes themselves. */
static bool
read_values(struct wire_reader *in)
{
	struct list list = { 0 };
	const void *bytes;
	char *text = NULL;
	uint8_t choice;
	uint16_t u16;
	uint64_t u64;
	int64_t i64;
	size_t len;
	bool is_true;

	while (wire_read_u8(in, &choice)) {
		switch (choice % 7) {
		case 0:
			(void)wire_read_u16(in, &u16);
			break;
		case 1:
			(void)wire_read_u64(in, &u64);
			break;
		case 2:
			(void)wire_read_i64(in, &i64);
			break;
		case 3:
			(void)wire_read_bool(in, &is_true);
			break;
		case 4:
			if (wire_read_bytes(in, &bytes, &len, 64) && len > 64)
				abort();
			break;
		case 5:
			(void)wire_read_list(in, &list, 8, 16);
			break;
		default:
			free(text);
			text = NULL;
			(void)wire_read_text(in, &text, 32);
			break;
		}
		if (in->at > in->len)
			abort();
	}
	free(text);
	list_clear(&list);
	return wire_read_end(in);
}

static bool
on_message(void *ctx, uint16_t type, struct wire_reader *in, struct error *err)
{
	struct peer *peer = ctx;

	if (type == 16 && !read_values(in))
		return error_set(err, ERROR_FORMAT, "fuzz", "values cut short");
	if (type == 17)
		channel_grant(peer->channel, 1);
	if (type == 19) {
		channel_close(peer->channel);
		peer->channel = NULL;
	}
	return true;
}

static void
on_closed(void *ctx, const struct error *why)
{
	struct peer *peer = ctx;

	if (peer->closed++ > 0 || peer->channel == NULL)
		abort();
	channel_close(peer->channel);
	peer->channel = NULL;
}

static const struct channel_events events = { .on_message = on_message,
	.on_closed = on_closed };

/* A length and a type in front of every so many bytes. */
static void
frame(struct buf *out, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size; at += piece) {
		size_t len = size - at < piece ? size - at : piece;

		wire_add_u32(out, (uint32_t)len);
		wire_add_u16(out, (uint16_t)(16 + data[at] % 4));
		buf_add(out, data + at, len);
	}
}

static void
talk(struct event_base *base, struct peer *peer, int fd, const struct buf *bytes,
    size_t piece)
{
	for (size_t at = 0; at < bytes->len && peer->channel != NULL; at += piece) {
		size_t len = bytes->len - at < piece ? bytes->len - at : piece;

		(void)!send(fd, bytes->data + at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 100 && peer->channel != NULL; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	if (peer->channel != NULL)
		abort(); /* the end of the stream was not seen */
}

/* NOLINTBEGIN(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct event_base *base;
	struct peer peer = { 0 };
	size_t piece;
	int fds[2];

	if (size == 0 || size > 8192)
		return -1;
	piece = 1 + (data[0] >> 2) * 16;
	if ((data[0] & 1) != 0)
		buf_add(&bytes, hello, sizeof(hello) - 1);
	if ((data[0] & 2) != 0)
		frame(&bytes, data + 1, size - 1, 1 + (data[0] >> 2));
	else
		buf_add(&bytes, data + 1, size - 1);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		abort();
	(void)signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	peer.channel = channel_open(base, fds[0], &protocol, &events, &peer);
	talk(base, &peer, fds[1], &bytes, piece);
	(void)close(fds[1]);
	event_base_free(base);
	return 0;
}
/* NOLINTEND(readability-identifier-naming) */
