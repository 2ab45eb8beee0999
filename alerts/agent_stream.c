/*
 * HTTP/1.0 over a Unix socket, so that the answer is never chunked; nothing here blocks.
 */
#include "alerts/agent_stream.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "alerts/agent_cursor.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/sse.h"

#define READ_BYTES ((size_t)64 << 10)
#define HEAD_MAX_BYTES ((size_t)16 << 10)

struct stream {
	struct stream_events events;
	struct list sockets; /* to be tried in this order */
	int fd;              /* -1: not connected */
	struct sse sse;
	bool has_head;                /* the answer's headers have come */
	int64_t heard_us;             /* monotonic */
	guint readable, quiet, retry; /* sources of the loop; 0: none */
	guint retry_ms;
	bool is_said; /* that the daemon is not there */
};

static gboolean on_retry(gpointer arg);

/* -- the end of a connection -- */

static void
remove_source(guint *id)
{
	if (*id != 0)
		(void)g_source_remove(*id);
	*id = 0;
}

static void
disconnect(struct stream *stream)
{
	remove_source(&stream->readable);
	remove_source(&stream->quiet);
	if (stream->fd >= 0)
		(void)close(stream->fd); /* only read from */
	stream->fd = -1;
}

/* Not there, or no more there: said once. */
static void
try_later(struct stream *stream, const char *why)
{
	disconnect(stream);
	if (!stream->is_said)
		log_warn("notify", "%s; trying again", why);
	stream->is_said = true;
	stream->retry = g_timeout_add(stream->retry_ms, on_retry, stream);
	stream->retry_ms = MIN(stream->retry_ms * 2, STREAM_RETRY_MAX_MS);
	if (stream->has_head)
		stream->events.on_lost(stream->events.ctx, why);
	stream->has_head = false;
}

/* -- what comes -- */

static bool
read_head(struct stream *stream, struct error *err)
{
	struct buf *in = &stream->sse.in;
	const char *end = strstr(buf_text(in), "\r\n\r\n");
	int version = 0, status = 0;

	if (end == NULL)
		return in->len <= HEAD_MAX_BYTES ||
		       error_set(err, ERROR_FORMAT, "daemon", "its answer has no end");
	/* NOLINTNEXTLINE(cert-err34-c): three digits at most */
	if (sscanf(buf_text(in), "HTTP/1.%1d %3d", &version, &status) != 2)
		return error_set(
		    err, ERROR_FORMAT, "daemon", "what answers is no HTTP server");
	if (status != 200)
		return error_set(err, ERROR_NETWORK, "daemon", "refuses (%d)", status);
	buf_drop(in, (size_t)(end - buf_text(in)) + 4);
	stream->has_head = true;
	stream->retry_ms = STREAM_RETRY_MS;
	if (stream->is_said)
		log_info("notify", "dealwatchd is there again");
	stream->is_said = false;
	return true;
}

static void
on_event(void *ctx, const struct sse_event *event)
{
	struct stream *stream = ctx;

	stream->events.on_event(stream->events.ctx, event);
}

static bool
take(struct stream *stream, struct error *err)
{
	stream->heard_us = g_get_monotonic_time();
	if (!stream->has_head && !read_head(stream, err))
		return false;
	if (!stream->has_head)
		return true;
	stream->events.on_contact(stream->events.ctx);
	return sse_take(&stream->sse, on_event, stream) ||
	       error_set(err, ERROR_FORMAT, "daemon", "sends what is no event");
}

static bool
receive(struct stream *stream, struct error *err)
{
	struct buf *in = &stream->sse.in;
	ssize_t got = recv(stream->fd, buf_reserve(in, READ_BYTES), READ_BYTES, 0);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got < 0)
		return error_system(err, errno, "daemon", "cannot receive");
	if (got == 0)
		return error_set(err, ERROR_NETWORK, "daemon", "it is gone");
	in->len += (size_t)got;
	return take(stream, err);
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
	struct stream *stream = arg;
	struct error err = { 0 };

	if (receive(stream, &err))
		return G_SOURCE_CONTINUE;
	stream->readable = 0; /* it ends with this call */
	try_later(stream, err.text);
	return G_SOURCE_REMOVE;
}

static gboolean
on_quiet(gpointer arg)
{
	struct stream *stream = arg;
	int64_t quiet_s = (g_get_monotonic_time() - stream->heard_us) / G_USEC_PER_SEC;

	stream->quiet = 0;
	if (quiet_s >= STREAM_QUIET_S)
		try_later(stream, "daemon: it says nothing");
	else
		stream->quiet = g_timeout_add_seconds(
		    (guint)(STREAM_QUIET_S - quiet_s), on_quiet, stream);
	return G_SOURCE_REMOVE;
}

/* -- connecting -- */

static bool
connect_to(struct stream *stream, const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if (len == 0 || len >= sizeof(address.sun_path))
		return error_set(err, ERROR_CONFIG, path, "no path of a socket");
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_system(err, errno, path, "no socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		error_system(err, errno, path, "cannot connect");
		(void)close(fd); /* nothing was written */
		return false;
	}
	stream->fd = fd;
	return true;
}

/* A request is small, and the socket's buffer still empty. */
static bool
ask(struct stream *stream, struct cursor cursor, struct error *err)
{
	AUTO_FREE char *after =
	    cursor.event >= 0 ? mem_printf("&after=%" PRId64, cursor.event) : NULL;
	AUTO_FREE char *text =
	    mem_printf("GET /v1/alerts/stream?for=desktop%s%s%s HTTP/1.0\r\n\r\n",
		after != NULL ? after : "", cursor.store[0] != '\0' ? "&store=" : "",
		cursor.store);
	size_t len = strlen(text);

	if (send(stream->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
		return true;
	return error_system(err, errno, "daemon", "cannot ask");
}

static bool
connect_any(struct stream *stream, struct error *err)
{
	for (size_t i = 0; i < stream->sockets.count; i++) {
		const char *path = stream->sockets.items[i];

		if (!connect_to(stream, path, err))
			continue;
		if (stream->sockets.count > 1) {
			struct list only = { 0 };

			list_add(&only, path);
			list_clear(&stream->sockets);
			stream->sockets = only;
		}
		return true;
	}
	return false;
}

static gboolean
on_retry(gpointer arg)
{
	struct stream *stream = arg;
	struct error err = { 0 };

	stream->retry = 0;
	sse_reset(&stream->sse);
	if (!connect_any(stream, &err) ||
	    !ask(stream,
		stream->events.on_connect(stream->events.ctx, stream->sockets.items[0]),
		&err)) {
		try_later(stream, err.text);
		return G_SOURCE_REMOVE;
	}
	stream->heard_us = g_get_monotonic_time();
	stream->readable = g_unix_fd_add(stream->fd, G_IO_IN, on_readable, stream);
	stream->quiet = g_timeout_add_seconds(STREAM_QUIET_S, on_quiet, stream);
	return G_SOURCE_REMOVE;
}

/* -- life -- */

static void
list_sockets(struct list *sockets, const char *named)
{
	AUTO_FREE char *user = paths_socket(true);
	AUTO_FREE char *system = paths_socket(false);

	if (named == NULL)
		named = getenv("DEALWATCH_SOCKET");
	if (named != NULL && named[0] != '\0') {
		list_add(sockets, named);
		return;
	}
	list_add(sockets, user);
	list_add(sockets, system);
}

struct stream *
stream_new(const char *socket, const struct stream_events *events)
{
	struct stream *stream = mem_zalloc(sizeof(*stream));

	stream->events = *events;
	stream->fd = -1;
	stream->retry_ms = STREAM_RETRY_MS;
	sse_init(&stream->sse);
	list_sockets(&stream->sockets, socket);
	stream->retry = g_idle_add(on_retry, stream);
	return stream;
}

void
stream_free(struct stream *stream)
{
	if (stream == NULL)
		return;
	disconnect(stream);
	remove_source(&stream->retry);
	sse_clear(&stream->sse);
	list_clear(&stream->sockets);
	free(stream);
}
