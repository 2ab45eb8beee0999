/*
 * Alerts that sinks did not get: what is dead or held, and once more.
 */
#include <event2/http.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/answer.h"
#include "daemon/api_private.h"
#include "daemon/call.h"
#include "daemon/members.h"
#include "watch/watch.h"

/* A page of letters. */
struct page {
	json_t *list;
	int64_t last, events;
};

static void
add_letter(void *ctx, const struct letter *letter)
{
	struct page *page = ctx;
	json_t *object = json_object();

	page->events += letter->event != page->last;
	page->last = letter->event;
	member_number(object, "event", letter->event);
	member_text(object, "sink", letter->delivery.sink);
	member_text(object, "state", letter->delivery.state);
	member_number(object, "attempts", letter->delivery.attempts);
	member_time(object, "changed", letter->delivery.changed_ms);
	member_text(object, "reason", letter->delivery.reason);
	member_add(object, "alert", json_loads(letter->record, 0, NULL));
	(void)json_array_append_new(page->list, object);
}

static bool
read_state(struct call *call, bool *is_held)
{
	const char *text = evhttp_find_header(call->query, "state");

	*is_held = text != NULL && strcmp(text, "held") == 0;
	if (text == NULL || *is_held || strcmp(text, "dead") == 0)
		return true;
	answer_error(
	    call->request, HTTP_BADREQUEST, "parameter", "state takes dead or held");
	return false;
}

void
read_letters(struct call *call)
{
	struct letter_range range = { .sink = evhttp_find_header(call->query, "sink") };
	int64_t limit = API_LIST_DEFAULT;
	struct page page = { 0 };
	struct error err = { 0 };
	json_t *document;

	if (!read_state(call, &range.is_held) ||
	    !call_number(call, "after", 0, INT64_MAX, &range.after) ||
	    !call_number(call, "limit", 1, API_LIST_MAX, &limit))
		return;
	range.limit = (int)limit;
	page.list = json_array();
	document = json_pack("{s:o}", "letters", page.list);
	if (!alerts_read_letters(
		watch_db(call->api->house.watch), &range, add_letter, &page, &err)) {
		json_decref(document);
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return;
	}
	if (page.events == limit)
		member_number(document, "next", page.last);
	answer_json(call->request, HTTP_OK, document);
}

/* A member of the body that is a name. False when answered. */
static bool
read_name(struct call *call, const char *member, const char **name)
{
	const json_t *value = json_object_get(call->body, member);

	*name = json_string_value(value);
	if (value == NULL || *name != NULL)
		return true;
	answer_error(call->request, HTTP_BADREQUEST, "body", "%s is a string", member);
	return false;
}

void
change_resend(struct call *call)
{
	struct letter_choice choice;
	struct error err = { 0 };
	int64_t count = 0;

	if (!read_name(call, "id", &choice.id) || !read_name(call, "sink", &choice.sink))
		return;
	if (!alerts_resend(watch_alerts(call->api->house.watch), &choice, &count, &err)) {
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return;
	}
	log_info("api", "user %u sends %" PRId64 " dead letters again",
	    (unsigned)call->peer.uid, count);
	answer_json(
	    call->request, HTTP_OK, json_pack("{s:I}", "resent", (json_int_t)count));
}
