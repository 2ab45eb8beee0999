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
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/answer.h"
#include "daemon/api_private.h"
#include "daemon/call.h"
#include "daemon/guests.h"
#include "daemon/listener.h"
#include "daemon/stream.h"
#include "watch/watch.h"

/* What evhttp may take in. Its own refusals are pages of HTML, so what is somewhat too
 * large is let in and refused here; the rest is cut there. */
#define API_BODY_TAKEN_BYTES ((ssize_t)2 * CALL_BODY_MAX_BYTES)
#define API_HEADERS_TAKEN_BYTES ((ssize_t)2 * CALL_HEADERS_MAX_BYTES)

struct route {
	const char *path; /* one that ends with a slash takes a name behind it */
	enum evhttp_cmd_type method;
	const char *allow;          /* the method's name */
	const char *const *params;  /* of the query; ends with NULL */
	const char *const *members; /* of the body; ends with NULL */
	route_fn *answer;
};

/* -- routes -- */

static const char *const none[] = { NULL };
static const char *const list_params[] = { "after", "limit", "last", "story", "rule",
	"kind", "severity", NULL };
static const char *const letter_params[] = { "state", "sink", "after", "limit", NULL };
static const char *const letter_members[] = { "id", "sink", NULL };
static const char *const silence_members[] = { "story", "rule", "feed", "minutes",
	"comment", "end", NULL };
static const char *const id_params[] = { "id", NULL };
static const char *const test_members[] = { "sink", NULL };
static const char *const feeds_params[] = { "id", "after", "limit", NULL };
static const char *const stream_params[] = { "after", "for", "store", NULL };
static const char *const poll_members[] = { "feed", "force", NULL };

static const struct route routes[] = {
	{ "/v1/status", EVHTTP_REQ_GET, "GET", none, none, read_status },
	{ "/v1/feeds", EVHTTP_REQ_GET, "GET", feeds_params, none, read_feeds },
	{ "/v1/alerts", EVHTTP_REQ_GET, "GET", list_params, none, read_alerts },
	{ "/v1/alerts/stream", EVHTTP_REQ_GET, "GET", stream_params, none, read_stream },
	{ "/v1/alerts/", EVHTTP_REQ_GET, "GET", none, none, read_alert },
	{ "/v1/letters", EVHTTP_REQ_GET, "GET", letter_params, none, read_letters },
	{ "/v1/stories", EVHTTP_REQ_GET, "GET", id_params, none, read_stories },
	{ "/-/healthy", EVHTTP_REQ_GET, "GET", none, none, read_healthy },
	{ "/-/ready", EVHTTP_REQ_GET, "GET", none, none, read_ready },
	{ "/v1/poll", EVHTTP_REQ_POST, "POST", none, poll_members, change_poll },
	{ "/v1/resend", EVHTTP_REQ_POST, "POST", none, letter_members, change_resend },
	{ "/v1/silences", EVHTTP_REQ_GET, "GET", none, none, read_silences },
	{ "/v1/silences", EVHTTP_REQ_POST, "POST", none, silence_members, change_silences },
	{ "/v1/reload", EVHTTP_REQ_POST, "POST", none, none, change_reload },
	{ "/v1/reopen", EVHTTP_REQ_POST, "POST", none, none, change_reopen },
	{ "/v1/test", EVHTTP_REQ_POST, "POST", none, test_members, change_test },
	{ NULL },
};

/* @return what of the path stands behind the route's, NULL: it is another route */
static const char *
match_path(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);

	if (strncmp(route->path, path, len) != 0)
		return NULL;
	/* a name behind it has no further slash */
	if ((route->path[len - 1] == '/') != (path[len] != '\0') ||
	    strchr(path + len, '/') != NULL)
		return NULL;
	return path + len;
}

/*
 * A path may take several methods; where it takes another one than this, that is found.
 *
 * @param rest  out: the name behind the path; borrowed from the URI
 */
static const struct route *
find_route(const struct evhttp_uri *uri, enum evhttp_cmd_type method, const char **rest)
{
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	const struct route *found = NULL;

	for (const struct route *route = routes; path != NULL && route->path != NULL;
	     route++) {
		const char *behind = match_path(route, path);

		if (behind == NULL)
			continue;
		if (found == NULL || route->method == method)
			found = route;
		*rest = behind;
		if (route->method == method)
			break;
	}
	return found;
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
	const struct route *route = find_route(evhttp_request_get_evhttp_uri(call->request),
	    evhttp_request_get_command(call->request), &call->rest);

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
