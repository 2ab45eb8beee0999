/*
 * All writing is done in one place, on_turn, which the loop calls after something changed:
 * a new event, a reader that has read, a heartbeat.
 *
 * A reader that is behind gets a batch each time it has read the last one. One that was up
 * to date gets new events at once, and is cut when too much of them lies unread.
 */
#include "daemon/stream.h"

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/log.h"
#include "daemon/answer.h"
#include "watch/watch.h"

#define STREAM_BATCH 100

struct stream {
	TAILQ_ENTRY(stream) link;
	struct streams *streams;
	struct evhttp_request *request; /* evhttp's */
	int64_t cursor;                 /* the last event sent, or passed over */
	bool is_desktop;                /* only what desktops are handed, and its marks */
	bool is_live;                   /* it was told that it has all that was stored */
	bool is_behind;                 /* more is stored than was sent */
	bool is_sending;                /* what was sent is not read yet */
	int64_t sent_ms;                /* since when, with is_sending */
	bool is_cut;                    /* to be ended from the loop */
};

struct streams {
	struct clock *clock; /* borrowed */
	struct watch *watch; /* borrowed */
	TAILQ_HEAD(stream_list, stream) list;
	size_t count;
	struct event *turn;            /* owned */
	struct clock_timer *heartbeat; /* owned; set while there are streams */
};

/* -- writing -- */

static void
on_read(struct evhttp_connection *connection, void *arg)
{
	struct stream *stream = arg;

	stream->is_sending = false;
	if (stream->is_behind)
		event_active(stream->streams->turn, EV_TIMEOUT, 0);
}

/* Events of one batch on their way into a buffer. */
struct batch {
	struct evbuffer *out;
	int64_t last;
	int count;
};

static void
add_event(void *ctx, int64_t event, const char *json)
{
	struct batch *batch = ctx;

	(void)evbuffer_add_printf(
	    batch->out, "id: %" PRId64 "\nevent: alert\ndata: %s\n\n", event, json);
	batch->last = event;
	batch->count++;
}

static void
send_all(struct stream *stream, struct evbuffer *out)
{
	if (!stream->is_sending)
		stream->sent_ms = clock_now_ms(stream->streams->clock);
	stream->is_sending = true;
	evhttp_send_reply_chunk_with_cb(stream->request, out, on_read, stream);
}

/*
 * All that is stored was sent. A desktop is told when it has come so far, and then of
 * events that were passed over: its cursor moves with them (an id without an event, WHATWG
 * HTML 9.2.6).
 */
static bool
add_marks(struct stream *stream, struct batch *batch, struct error *err)
{
	int64_t first, last;

	if (!alerts_event_range(watch_db(stream->streams->watch), &first, &last, err))
		return false;
	if (last > batch->last)
		batch->last = last;
	else if (stream->is_live)
		return true;
	(void)evbuffer_add_printf(batch->out, "id: %" PRId64 "\n%s\n", batch->last,
	    stream->is_live ? "" : "event: live\ndata: {}\n");
	stream->is_live = true;
	return true;
}

static bool
read_batch(struct stream *stream, struct batch *batch, struct error *err)
{
	struct watch *watch = stream->streams->watch;
	struct alerts_range range = { .after = stream->cursor,
		.min_severity = stream->is_desktop
				    ? alerts_desktop_severity(watch_alerts(watch))
				    : SEVERITY_INFO,
		.limit = STREAM_BATCH,
		.is_unsilenced = stream->is_desktop };

	if (!alerts_select(watch_db(watch), &range, add_event, batch, err))
		return false;
	stream->is_behind = batch->count == STREAM_BATCH;
	return stream->is_behind || !stream->is_desktop || add_marks(stream, batch, err);
}

/* Send the next events. A store that cannot be read ends the stream: the reader comes
 * again. */
static void
send_batch(struct stream *stream)
{
	struct batch batch = { .out = evbuffer_new(), .last = stream->cursor };
	struct error err = { 0 };

	if (!read_batch(stream, &batch, &err)) {
		log_error("api", "a stream ends: %s", err.text);
		stream->is_cut = true;
	} else {
		stream->cursor = batch.last;
		if (evbuffer_get_length(batch.out) > 0)
			send_all(stream, batch.out);
	}
	evbuffer_free(batch.out);
}

static struct bufferevent *
stream_bev(const struct stream *stream)
{
	struct evhttp_connection *connection =
	    evhttp_request_get_connection(stream->request);

	return evhttp_connection_get_bufferevent(connection);
}

/* @return what is wrong with the reader, or NULL */
static const char *
find_fault(const struct stream *stream)
{
	struct bufferevent *bev = stream_bev(stream);
	int64_t now_ms = clock_now_ms(stream->streams->clock);

	if (evbuffer_get_length(bufferevent_get_output(bev)) > STREAM_UNREAD_MAX_BYTES)
		return "too much lies unread";
	if (stream->is_sending && now_ms - stream->sent_ms >= STREAM_UNREAD_MAX_MS)
		return "its reader does not read";
	if (evbuffer_get_length(bufferevent_get_input(bev)) >= STREAM_INPUT_MAX_BYTES)
		return "its reader sends";
	return NULL;
}

static void
run_stream(struct stream *stream)
{
	const char *fault;

	/* one that is behind waits until it has read; others get what there is now */
	while (!stream->is_cut && !(stream->is_behind && stream->is_sending)) {
		int64_t before = stream->cursor;

		send_batch(stream);
		if (stream->cursor == before)
			break;
	}
	fault = find_fault(stream);
	if (fault != NULL) {
		log_info("api", "a stream is cut: %s", fault);
		stream->is_cut = true;
	}
	if (stream->is_cut) /* on_close frees it */
		evhttp_connection_free(evhttp_request_get_connection(stream->request));
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct streams *streams = arg;
	struct stream *stream = TAILQ_FIRST(&streams->list);

	while (stream != NULL) {
		struct stream *next = TAILQ_NEXT(stream, link);

		run_stream(stream);
		stream = next;
	}
}

static void
send_comment(struct stream *stream, const char *text)
{
	struct evbuffer *out = evbuffer_new();

	(void)evbuffer_add_printf(out, ": %s\n\n", text);
	send_all(stream, out);
	evbuffer_free(out);
}

static void
on_heartbeat(void *ctx, int64_t now_ms)
{
	struct streams *streams = ctx;
	struct stream *stream;

	TAILQ_FOREACH (stream, &streams->list, link)
		send_comment(stream, "heartbeat");
	event_active(streams->turn, EV_TIMEOUT, 0);
	clock_timer_after(streams->heartbeat, STREAM_HEARTBEAT_MS);
}

/* -- life -- */

static void
remove_stream(struct stream *stream)
{
	struct streams *streams = stream->streams;

	TAILQ_REMOVE(&streams->list, stream, link);
	streams->count--;
	if (streams->count == 0)
		clock_timer_cancel(streams->heartbeat);
	free(stream);
}

/*
 * The connection ends. When the client went away evhttp has detached the request and leaves
 * it to us; with a connection that we end it frees both.
 */
static void
on_close(struct evhttp_connection *connection, void *arg)
{
	struct stream *stream = arg;

	if (!stream->is_cut)
		evhttp_request_free(stream->request);
	remove_stream(stream);
}

/* What is stored, and under which name. */
struct stored {
	char store[ALERTS_STORE_BYTES];
	int64_t first, last;
};

/* The event after which a reader can be told all, when that is not what it asked for. */
static int64_t
find_beginning(const struct stored *stored, const struct stream_wish *wish)
{
	int64_t before = stored->first > 0 ? stored->first - 1 : 0;

	if (wish->after < 0)
		return stored->last;
	/* its numbers are of another store: it knows nothing of this one's */
	if (wish->store != NULL && strcmp(wish->store, stored->store) != 0)
		return before;
	if (wish->after > stored->last)
		return stored->last;
	return wish->after < before ? before : wish->after;
}

static bool
is_reset(const struct stored *stored, const struct stream_wish *wish, int64_t beginning)
{
	return wish->after >= 0 &&
	       (beginning != wish->after ||
		   (wish->store != NULL && strcmp(wish->store, stored->store) != 0));
}

/* Where the stream begins. A cursor that the store does not know is told so. */
static void
send_beginning(
    struct stream *stream, const struct stored *stored, const struct stream_wish *wish)
{
	struct evbuffer *out = evbuffer_new();

	stream->cursor = find_beginning(stored, wish);
	(void)evbuffer_add_printf(out,
	    ": dealwatch\nretry: 2000\n\nevent: store\ndata: {\"store\":\"%s\"}\n\n",
	    stored->store);
	if (is_reset(stored, wish, stream->cursor))
		(void)evbuffer_add_printf(out,
		    "id: %" PRId64 "\nevent: reset\n"
		    "data: {\"first\":%" PRId64 ",\"last\":%" PRId64 "}\n\n",
		    stream->cursor, stored->first, stored->last);
	stream->is_behind = stream->cursor < stored->last;
	send_all(stream, out);
	evbuffer_free(out);
}

static void
start_reply(struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	(void)evhttp_add_header(headers, "Content-Type", "text/event-stream");
	(void)evhttp_add_header(headers, "Cache-Control", "no-store");
	(void)evhttp_add_header(headers, "Connection", "close");
	evhttp_send_reply_start(request, HTTP_OK, "OK");
}

static bool
read_stored(struct streams *streams, struct stored *stored, struct error *err)
{
	struct db *db = watch_db(streams->watch);

	return alerts_store(db, stored->store, err) &&
	       alerts_event_range(db, &stored->first, &stored->last, err);
}

void
streams_add(
    struct streams *streams, struct evhttp_request *request, const struct stream_wish *wish)
{
	struct stored stored;
	struct error err = { 0 };
	struct stream *stream;

	if (!read_stored(streams, &stored, &err)) {
		log_error("api", "no stream: %s", err.text);
		answer_error(request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return;
	}
	stream = mem_zalloc(sizeof(*stream));
	stream->streams = streams;
	stream->request = request;
	stream->is_desktop = wish->is_desktop;
	TAILQ_INSERT_TAIL(&streams->list, stream, link);
	if (streams->count++ == 0)
		clock_timer_after(streams->heartbeat, STREAM_HEARTBEAT_MS);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), on_close, stream);
	/* a reader says nothing: it is not idle for that, and need not be listened to */
	bufferevent_set_timeouts(stream_bev(stream), NULL, NULL);
	bufferevent_setwatermark(stream_bev(stream), EV_READ, 0, STREAM_INPUT_MAX_BYTES);
	start_reply(request);
	send_beginning(stream, &stored, wish);
	streams_wake(streams);
}

void
streams_end(struct streams *streams)
{
	struct stream *stream = TAILQ_FIRST(&streams->list);

	while (stream != NULL) {
		struct stream *next = TAILQ_NEXT(stream, link);
		struct evhttp_request *request = stream->request;
		struct evhttp_connection *connection =
		    evhttp_request_get_connection(request);

		evhttp_connection_set_closecb(connection, NULL, NULL);
		remove_stream(stream);
		evhttp_send_reply_end(request);
		stream = next;
	}
}

void
streams_wake(struct streams *streams)
{
	if (streams->count > 0)
		event_active(streams->turn, EV_TIMEOUT, 0);
}

struct streams *
streams_new(struct event_base *base, struct clock *clock, struct watch *watch)
{
	struct streams *streams = mem_zalloc(sizeof(*streams));

	streams->clock = clock;
	streams->watch = watch;
	TAILQ_INIT(&streams->list);
	streams->turn = event_new(base, -1, 0, on_turn, streams);
	streams->heartbeat = clock_timer_new(clock, on_heartbeat, streams);
	return streams;
}

void
streams_free(struct streams *streams)
{
	if (streams == NULL)
		return;
	streams_end(streams);
	clock_timer_free(streams->heartbeat);
	event_free(streams->turn);
	free(streams);
}
