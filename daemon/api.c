/*
 * A table of routes, and what each answers.
 */
#include "daemon/api.h"

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/log.h"
#include "base/options.h"
#include "daemon/answer.h"
#include "daemon/call.h"
#include "daemon/guests.h"
#include "daemon/listener.h"
#include "daemon/places.h"
#include "daemon/reload.h"
#include "daemon/report.h"
#include "daemon/stream.h"
#include "watch/watch.h"

/* What evhttp may take in. Its own refusals are pages of HTML, so what is somewhat too
 * large is let in and refused here; the rest is cut there. */
#define API_BODY_TAKEN_BYTES ((ssize_t)2 * CALL_BODY_MAX_BYTES)
#define API_HEADERS_TAKEN_BYTES ((ssize_t)2 * CALL_HEADERS_MAX_BYTES)

/* A request that is answered when a reload is over. */
struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct api *api;
	struct evhttp_request *request; /* evhttp's */
	int round;
};

struct api {
	struct api_house house;
	struct guests *guests;   /* owned */
	struct evhttp *http;     /* owned */
	struct streams *streams; /* owned */
	TAILQ_HEAD(waiter_list, waiter) waiters;
	int64_t started_ms;
	bool is_stopping;
};

struct route {
	const char *path;
	enum evhttp_cmd_type method;
	const char *allow;          /* the method's name */
	const char *const *params;  /* of the query; ends with NULL */
	const char *const *members; /* of the body; ends with NULL */
	void (*answer)(struct call *call);
};

/* -- GET -- */

static void
get_status(struct call *call)
{
	struct api *api = call->api;
	struct report_self self = { .started_ms = api->started_ms,
		.now_ms = clock_now_ms(api->house.clock),
		.store = api->house.places->store,
		.config = api->house.places->config };
	struct error err = { 0 };
	json_t *status = report_status(api->house.watch, &self, &err);

	if (status == NULL)
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
	else
		answer_json(call->request, HTTP_OK, status);
}

/* A name from the query; NULL when it is not there. Borrowed. */
static const char *
query_text(const struct call *call, const char *name)
{
	return evhttp_find_header(call->query, name);
}

/* One source, or a page of them in the order of their ids. */
static void
get_feeds(struct call *call)
{
	struct api *api = call->api;
	const char *id = query_text(call, "id"), *after = query_text(call, "after");
	int64_t limit = API_LIST_DEFAULT;
	json_t *list;

	if (!call_number(call, "limit", 1, API_LIST_MAX, &limit))
		return;
	if (id != NULL && feeds_find(watch_feeds(api->house.watch), id) == NULL) {
		answer_error(
		    call->request, HTTP_NOTFOUND, "feed", "there is no feed %s", id);
		return;
	}
	list = report_feeds(watch_feeds(api->house.watch), id, after, limit);
	(void)json_object_set_new(list, "now", report_time(clock_now_ms(api->house.clock)));
	answer_json(call->request, HTTP_OK, list);
}

/* A page of alerts being printed. */
struct page {
	struct buf out;
	int64_t last, limit, count;
	bool is_full; /* there is more */
};

static void
add_alert(void *ctx, int64_t event, const char *json)
{
	struct page *page = ctx;

	page->is_full = page->is_full || page->count == page->limit ||
			page->out.len > API_LIST_MAX_BYTES;
	if (page->is_full)
		return;
	if (page->count++ > 0)
		buf_add_char(&page->out, ',');
	buf_add_text(&page->out, json);
	page->last = event;
}

static void
get_alerts(struct call *call)
{
	struct page page = { .limit = API_LIST_DEFAULT };
	int64_t after = 0;
	struct error err = { 0 };

	if (!call_number(call, "after", 0, INT64_MAX, &after) ||
	    !call_number(call, "limit", 1, API_LIST_MAX, &page.limit))
		return;
	buf_add_text(&page.out, "{\"alerts\":[");
	if (!alerts_read(watch_db(call->api->house.watch), after, (int)page.limit + 1,
		add_alert, &page, &err)) {
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
	} else {
		buf_add_char(&page.out, ']');
		if (page.is_full)
			buf_printf(&page.out, ",\"next\":%" PRId64, page.last);
		buf_add_char(&page.out, '}');
		answer_text(call->request, HTTP_OK, buf_text(&page.out));
	}
	buf_clear(&page.out);
}

/* Where a reader that lost its connection was (WHATWG HTML 9.2.4). */
static bool
read_last_event_id(struct call *call, int64_t *after)
{
	const char *text = evhttp_find_header(
	    evhttp_request_get_input_headers(call->request), "Last-Event-ID");

	if (*after >= 0 || text == NULL || options_number(text, 0, INT64_MAX, after))
		return true;
	answer_error(
	    call->request, HTTP_BADREQUEST, "parameter", "Last-Event-ID is no number");
	return false;
}

/* Whom a stream is for: whoever asks, or a desktop. */
static bool
read_reader(struct call *call, bool *is_desktop)
{
	const char *text = evhttp_find_header(call->query, "for");

	*is_desktop = text != NULL && strcmp(text, "desktop") == 0;
	if (text == NULL || *is_desktop)
		return true;
	answer_error(call->request, HTTP_BADREQUEST, "parameter", "for takes only desktop");
	return false;
}

static void
get_stream(struct call *call)
{
	int64_t after = -1;
	bool is_desktop;

	if (!call_number(call, "after", 0, INT64_MAX, &after) ||
	    !read_last_event_id(call, &after) || !read_reader(call, &is_desktop))
		return;
	if (call->api->is_stopping)
		answer_error(
		    call->request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
	else
		streams_add(call->api->streams, call->request, after, is_desktop);
}

/* It answers, so it lives. */
static void
get_healthy(struct call *call)
{
	answer_json(call->request, HTTP_OK, json_pack("{s:b}", "healthy", 1));
}

static void
get_ready(struct call *call)
{
	if (call->api->is_stopping)
		answer_error(
		    call->request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
	else
		answer_json(call->request, HTTP_OK, json_pack("{s:b}", "ready", 1));
}

/* -- POST -- */

static void
post_poll(struct call *call)
{
	json_t *feed = json_object_get(call->body, "feed");
	json_t *force = json_object_get(call->body, "force");
	const char *id = json_string_value(feed);
	struct feeds_polled polled;
	AUTO_FREE char *reason = NULL;

	if ((feed != NULL && id == NULL) || (force != NULL && !json_is_boolean(force))) {
		answer_error(call->request, HTTP_BADREQUEST, "body",
		    "feed is a string, force is true or false");
		return;
	}
	if (!feeds_poll(
		watch_feeds(call->api->house.watch), id, json_is_true(force), &polled)) {
		answer_error(
		    call->request, HTTP_NOTFOUND, "feed", "there is no feed %s", id);
		return;
	}
	log_info("api", "user %u polls %s%s", (unsigned)call->peer.uid,
	    id != NULL ? id : "all feeds", json_is_true(force) ? ", forced" : "");
	reason = feeds_polled_reason(&polled);
	answer_json(call->request, HTTP_OK,
	    json_pack("{s:i,s:s*}", "polled", polled.due, "reason", reason));
}

/* The client went away before the answer: evhttp has detached the request and leaves it. */
static void
on_waiter_close(struct evhttp_connection *connection, void *arg)
{
	struct waiter *waiter = arg;

	TAILQ_REMOVE(&waiter->api->waiters, waiter, link);
	evhttp_request_free(waiter->request);
	free(waiter);
}

static void
post_reload(struct call *call)
{
	struct api *api = call->api;
	struct waiter *waiter = mem_zalloc(sizeof(*waiter));
	struct evhttp_connection *connection = evhttp_request_get_connection(call->request);

	log_info("api", "user %u asks for a reload", (unsigned)call->peer.uid);
	waiter->api = api;
	waiter->request = call->request;
	TAILQ_INSERT_TAIL(&api->waiters, waiter, link);
	evhttp_connection_set_closecb(connection, on_waiter_close, waiter);
	/* waiting is not idling; the connection ends with the answer */
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(connection), NULL, NULL);
	(void)evhttp_add_header(
	    evhttp_request_get_output_headers(call->request), "Connection", "close");
	waiter->round = reload_next_round(api->house.reload);
	reload_request(api->house.reload);
}

static json_t *
json_list(const struct list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		(void)json_array_append_new(array, json_string(list->items[i]));
	return array;
}

/* Every mistake with its place. */
static json_t *
report_mistakes(const struct reload_outcome *outcome)
{
	size_t count = outcome->mistakes->count;
	AUTO_FREE char *text = mem_printf("%zu mistake%s; the old configuration stays in "
					  "force",
	    count, count == 1 ? "" : "s");

	return json_pack("{s:{s:s,s:s,s:o}}", "error", "code", "config", "text", text,
	    "mistakes", json_list(outcome->mistakes));
}

static json_t *
report_reload(struct watch *watch, const struct reload_outcome *outcome)
{
	return json_pack("{s:b,s:I,s:I,s:o}", "reloaded", 1, "sources",
	    (json_int_t)feeds_count(watch_feeds(watch)), "rules",
	    (json_int_t)ruleset_rule_count(watch_rules(watch)), "warnings",
	    json_list(outcome->warnings));
}

static void
answer_waiter(struct waiter *waiter, const struct reload_outcome *outcome)
{
	struct evhttp_request *request = waiter->request;
	struct watch *watch = waiter->api->house.watch;

	TAILQ_REMOVE(&waiter->api->waiters, waiter, link);
	free(waiter);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	if (outcome == NULL)
		answer_error(
		    request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
	else if (outcome->failure != NULL)
		answer_json(request, ANSWER_UNPROCESSABLE, report_mistakes(outcome));
	else
		answer_json(request, HTTP_OK, report_reload(watch, outcome));
}

void
api_reload_done(struct api *api, int round, const struct reload_outcome *outcome)
{
	struct waiter *waiter = api != NULL ? TAILQ_FIRST(&api->waiters) : NULL;

	while (waiter != NULL) {
		struct waiter *next = TAILQ_NEXT(waiter, link);

		if (waiter->round <= round)
			answer_waiter(waiter, outcome);
		waiter = next;
	}
}

static void
post_reopen(struct call *call)
{
	log_info(
	    "api", "user %u asks to open the alert log again", (unsigned)call->peer.uid);
	alerts_reopen(watch_alerts(call->api->house.watch));
	answer_json(call->request, HTTP_OK, json_pack("{s:b}", "reopened", 1));
}

/* -- routes -- */

static const char *const none[] = { NULL };
static const char *const list_params[] = { "after", "limit", NULL };
static const char *const feeds_params[] = { "id", "after", "limit", NULL };
static const char *const stream_params[] = { "after", "for", NULL };
static const char *const poll_members[] = { "feed", "force", NULL };

static const struct route routes[] = {
	{ "/v1/status", EVHTTP_REQ_GET, "GET", none, none, get_status },
	{ "/v1/feeds", EVHTTP_REQ_GET, "GET", feeds_params, none, get_feeds },
	{ "/v1/alerts", EVHTTP_REQ_GET, "GET", list_params, none, get_alerts },
	{ "/v1/alerts/stream", EVHTTP_REQ_GET, "GET", stream_params, none, get_stream },
	{ "/-/healthy", EVHTTP_REQ_GET, "GET", none, none, get_healthy },
	{ "/-/ready", EVHTTP_REQ_GET, "GET", none, none, get_ready },
	{ "/v1/poll", EVHTTP_REQ_POST, "POST", none, poll_members, post_poll },
	{ "/v1/reload", EVHTTP_REQ_POST, "POST", none, none, post_reload },
	{ "/v1/reopen", EVHTTP_REQ_POST, "POST", none, none, post_reopen },
	{ NULL },
};

static const struct route *
find_route(const struct evhttp_uri *uri)
{
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	const struct route *route = routes;

	while (route->path != NULL && (path == NULL || strcmp(route->path, path) != 0))
		route++;
	return route->path != NULL ? route : NULL;
}

/* Whether the peer may change things, now. False when answered. */
static bool
check_peer(struct call *call)
{
	struct bufferevent *bev =
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(call->request));
	struct error err = { 0 };

	if (!listener_peer(
		call->api->house.listener, bufferevent_getfd(bev), &call->peer, &err)) {
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return false;
	}
	if (!call->peer.may_change) {
		log_warn(
		    "api", "user %u may change nothing: refused", (unsigned)call->peer.uid);
		answer_error(call->request, ANSWER_FORBIDDEN, "permission",
		    "this is for root, the daemon's user and members of the socket's group");
		return false;
	}
	if (call->api->is_stopping) {
		answer_error(
		    call->request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
		return false;
	}
	return true;
}

static void
answer_call(struct call *call)
{
	const struct route *route =
	    find_route(evhttp_request_get_evhttp_uri(call->request));

	if (!call_check_headers(call))
		return;
	if (route == NULL) {
		answer_error(call->request, HTTP_NOTFOUND, "path", "there is no such path");
		return;
	}
	if (evhttp_request_get_command(call->request) != route->method) {
		(void)evhttp_add_header(evhttp_request_get_output_headers(call->request),
		    "Allow", route->allow);
		answer_error(call->request, HTTP_BADMETHOD, "method", "%s takes %s",
		    route->path, route->allow);
		return;
	}
	if ((route->method == EVHTTP_REQ_GET || check_peer(call)) &&
	    call_read_query(call, route->params) && call_read_body(call, route->members))
		route->answer(call);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct call call;

	call_init(&call, arg, request);
	answer_call(&call);
	call_clear(&call);
}

/* -- life -- */

static void
on_event(void *ctx, int64_t last_event)
{
	struct api *api = ctx;

	streams_wake(api->streams);
}

/* evhttp sets no limits by itself. */
static void
set_limits(struct api *api)
{
	/* so that other methods get our answer */
	evhttp_set_allowed_methods(
	    api->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
			   EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(api->http, API_HEADERS_TAKEN_BYTES);
	evhttp_set_max_body_size(api->http, API_BODY_TAKEN_BYTES);
	evhttp_set_timeout(api->http, API_IDLE_S);
	evhttp_set_default_content_type(api->http, "application/json");
	evhttp_set_bevcb(api->http, guests_receive, api->guests);
	evhttp_set_gencb(api->http, on_request, api);
}

struct api *
api_open(const struct api_house *house, struct error *err)
{
	AUTO(api) api = mem_zalloc(sizeof(*api));
	struct evconnlistener *accepting;
	struct api *opened;

	api->house = *house;
	api->started_ms = clock_now_ms(house->clock);
	TAILQ_INIT(&api->waiters);
	/* a body has to fit in, with the headers of the next request */
	api->guests =
	    guests_new(house->base, API_BODY_TAKEN_BYTES + API_HEADERS_TAKEN_BYTES);
	api->streams = streams_new(house->base, house->clock, house->watch);
	api->http = evhttp_new(house->base);
	accepting = evconnlistener_new(house->base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0,
	    listener_fd(house->listener));
	if (api->http == NULL || accepting == NULL ||
	    evhttp_bind_listener(api->http, accepting) == NULL) {
		error_set(err, ERROR_SYSTEM, "api", "the HTTP server cannot be started");
		return NULL;
	}
	set_limits(api);
	alerts_on_event(watch_alerts(house->watch), on_event, api);
	opened = api;
	api = NULL;
	return opened;
}

static void
end_waiters(struct api *api)
{
	api_reload_done(api, INT_MAX, NULL);
}

void
api_stop(struct api *api)
{
	api->is_stopping = true;
	end_waiters(api);
	streams_end(api->streams);
}

void
api_close(struct api *api)
{
	if (api == NULL)
		return;
	alerts_on_event(watch_alerts(api->house.watch), NULL, NULL);
	end_waiters(api);
	streams_free(api->streams);
	if (api->http != NULL)
		evhttp_free(api->http);
	guests_free(api->guests);
	free(api);
}
