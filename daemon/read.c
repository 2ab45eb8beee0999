/*
 * What can be read: GET.
 */
#include <event2/http.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/options.h"
#include "daemon/answer.h"
#include "daemon/api_private.h"
#include "daemon/call.h"
#include "daemon/places.h"
#include "daemon/report.h"
#include "daemon/stream.h"
#include "watch/watch.h"

void
read_status(struct call *call)
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
void
read_feeds(struct call *call)
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

/* The least severity that is asked for. */
static bool
read_severity(struct call *call, int *severity)
{
	const char *text = query_text(call, "severity");

	if (text == NULL)
		return true;
	for (int i = 0; severity_names[i] != NULL; i++) {
		if (strcmp(severity_names[i], text) == 0) {
			*severity = i;
			return true;
		}
	}
	answer_error(call->request, HTTP_BADREQUEST, "parameter",
	    "severity takes info, low, high or critical");
	return false;
}

void
read_alerts(struct call *call)
{
	struct page page = { .limit = API_LIST_DEFAULT };
	struct alerts_range range = { .story = query_text(call, "story"),
		.rule = query_text(call, "rule"),
		.kind = query_text(call, "kind") };
	int64_t after = 0, last = 0;
	struct error err = { 0 };

	if (!call_number(call, "after", 0, INT64_MAX, &after) ||
	    !call_number(call, "limit", 1, API_LIST_MAX, &page.limit) ||
	    !call_number(call, "last", 1, API_LIST_MAX, &last) ||
	    !read_severity(call, &range.min_severity))
		return;
	range.is_last = last > 0;
	page.limit = last > 0 ? last : page.limit;
	range.after = after;
	range.limit = (int)page.limit + !range.is_last; /* one more: is there one? */
	buf_add_text(&page.out, "{\"alerts\":[");
	if (!alerts_select(
		watch_db(call->api->house.watch), &range, add_alert, &page, &err)) {
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

static void
answer_report(struct call *call, json_t *report, const char *code, const struct error *err)
{
	if (report != NULL)
		answer_json(call->request, HTTP_OK, report);
	else if (err->kind == ERROR_CONFIG)
		answer_error(call->request, HTTP_NOTFOUND, code, "%s", err->text);
	else
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err->text);
}

void
read_stories(struct call *call)
{
	struct error err = { 0 };
	json_t *report =
	    report_stories(call->api->house.watch, query_text(call, "id"), &err);

	if (report != NULL)
		(void)json_object_set_new(
		    report, "now", report_time(clock_now_ms(call->api->house.clock)));
	answer_report(call, report, "story", &err);
}

void
read_alert(struct call *call)
{
	struct error err = { 0 };
	json_t *report = report_alert(call->api->house.watch, call->rest, &err);

	answer_report(call, report, "alert", &err);
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

void
read_stream(struct call *call)
{
	struct stream_wish wish = { .after = -1, .store = query_text(call, "store") };

	if (!call_number(call, "after", 0, INT64_MAX, &wish.after) ||
	    !read_last_event_id(call, &wish.after) || !read_reader(call, &wish.is_desktop))
		return;
	if (call->api->is_stopping)
		answer_error(
		    call->request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
	else
		streams_add(call->api->streams, call->request, &wish);
}

/* It answers, so it lives. */
void
read_healthy(struct call *call)
{
	answer_json(call->request, HTTP_OK, json_pack("{s:b}", "healthy", 1));
}

void
read_ready(struct call *call)
{
	if (call->api->is_stopping)
		answer_error(
		    call->request, HTTP_SERVUNAVAIL, "stopping", "the daemon is stopping");
	else
		answer_json(call->request, HTTP_OK, json_pack("{s:b}", "ready", 1));
}
