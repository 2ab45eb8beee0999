/*
 * What can be changed: POST.
 */
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "daemon/answer.h"
#include "daemon/api_private.h"
#include "daemon/call.h"
#include "daemon/reload.h"
#include "watch/watch.h"

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct api *api;
	struct evhttp_request *request; /* evhttp's */
	int round;
};

void
change_poll(struct call *call)
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

void
change_reload(struct call *call)
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

/* A record of kind test: the answer names it, its delivery is at /v1/alerts/ID. */
void
change_test(struct call *call)
{
	json_t *member = json_object_get(call->body, "sink");
	const char *sink = json_string_value(member);
	char id[ALERTS_ID_BYTES];
	struct error err = { 0 };

	if (member != NULL && sink == NULL) {
		answer_error(call->request, HTTP_BADREQUEST, "body", "sink is a string");
		return;
	}
	log_info("api", "user %u tests %s", (unsigned)call->peer.uid,
	    sink != NULL ? sink : "all sinks");
	if (alerts_test(watch_alerts(call->api->house.watch), sink, id, &err))
		answer_json(call->request, HTTP_OK, json_pack("{s:s}", "id", id));
	else if (err.kind == ERROR_CONFIG)
		answer_error(call->request, HTTP_NOTFOUND, "sink", "%s", err.text);
	else
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
}

void
change_reopen(struct call *call)
{
	log_info(
	    "api", "user %u asks to open the alert log again", (unsigned)call->peer.uid);
	alerts_reopen(watch_alerts(call->api->house.watch));
	answer_json(call->request, HTTP_OK, json_pack("{s:b}", "reopened", 1));
}
