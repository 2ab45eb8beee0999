/*
 * Silences: who lasts, one more, and the end of one.
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

#define SILENCE_MINUTES 60
#define SILENCE_MINUTES_MAX (INT64_C(30) * 24 * 60)
#define SILENCE_NAME_MAX_BYTES 64
#define SILENCE_COMMENT_MAX_BYTES 500

static json_t *
print_silence(const struct silence *silence)
{
	json_t *object = json_object();

	member_number(object, "id", silence->id);
	member_text(object, silence->kind, silence->name);
	member_time(object, "since", silence->since_ms);
	member_time(object, "until", silence->until_ms);
	member_text(object, "comment", silence->comment);
	member_number(object, "uid", silence->uid);
	return object;
}

static void
add_silence(void *ctx, const struct silence *silence)
{
	(void)json_array_append_new(ctx, print_silence(silence));
}

static int64_t
now_of(const struct call *call)
{
	return clock_now_ms(call->api->house.clock);
}

void
read_silences(struct call *call)
{
	json_t *list = json_array();
	struct error err = { 0 };

	if (alerts_read_silences(
		watch_db(call->api->house.watch), now_of(call), add_silence, list, &err)) {
		answer_json(call->request, HTTP_OK, json_pack("{s:o}", "silences", list));
		return;
	}
	json_decref(list);
	answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
}

static void
refuse(struct call *call)
{
	answer_error(call->request, HTTP_BADREQUEST, "body",
	    "a silence is one of story, rule and feed, minutes from 1 to %" PRId64
	    " and a comment of at most %d bytes; its end is \"end\" and its id alone",
	    SILENCE_MINUTES_MAX, SILENCE_COMMENT_MAX_BYTES);
}

/* @return false when there is none, or more than one */
static bool
read_subject(const json_t *body, struct silence *silence)
{
	int count = 0;

	for (int i = 0; silence_kinds[i] != NULL; i++) {
		const json_t *value = json_object_get(body, silence_kinds[i]);

		if (value == NULL)
			continue;
		count++;
		silence->kind = silence_kinds[i];
		silence->name = json_string_value(value);
	}
	return count == 1 && silence->name != NULL && silence->name[0] != '\0' &&
	       strlen(silence->name) <= SILENCE_NAME_MAX_BYTES;
}

static bool
read_rest(const json_t *body, struct silence *silence)
{
	const json_t *minutes = json_object_get(body, "minutes");
	const json_t *comment = json_object_get(body, "comment");
	int64_t wanted = SILENCE_MINUTES;

	if (minutes != NULL)
		wanted = json_is_integer(minutes) ? json_integer_value(minutes) : 0;
	silence->comment = json_string_value(comment);
	silence->until_ms = silence->since_ms + wanted * 60 * 1000;
	return wanted >= 1 && wanted <= SILENCE_MINUTES_MAX &&
	       (comment == NULL ||
		   (silence->comment != NULL &&
		       strlen(silence->comment) <= SILENCE_COMMENT_MAX_BYTES));
}

static void
begin_silence(struct call *call)
{
	struct silence silence = { .since_ms = now_of(call), .uid = call->peer.uid };
	struct error err = { 0 };

	if (!read_subject(call->body, &silence)) {
		refuse(call);
		return;
	}
	/* the size is checked before anything is made of it */
	if (json_integer_value(json_object_get(call->body, "minutes")) >
		SILENCE_MINUTES_MAX ||
	    !read_rest(call->body, &silence)) {
		refuse(call);
		return;
	}
	if (!alerts_silence(watch_db(call->api->house.watch), &silence, &err)) {
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return;
	}
	log_info("api", "user %u silences %s %s: silence %" PRId64,
	    (unsigned)call->peer.uid, silence.kind, silence.name, silence.id);
	answer_json(call->request, HTTP_OK, print_silence(&silence));
}

static void
end_silence(struct call *call, int64_t id)
{
	struct error err = { 0 };
	bool is_ended = false;

	if (!alerts_silence_end(
		watch_db(call->api->house.watch), id, now_of(call), &is_ended, &err)) {
		answer_error(call->request, HTTP_SERVUNAVAIL, "system", "%s", err.text);
		return;
	}
	if (!is_ended) {
		answer_error(call->request, HTTP_NOTFOUND, "silence",
		    "there is no silence %" PRId64 " now", id);
		return;
	}
	log_info("api", "user %u ends silence %" PRId64, (unsigned)call->peer.uid, id);
	answer_json(call->request, HTTP_OK, json_pack("{s:I}", "ended", (json_int_t)id));
}

void
change_silences(struct call *call)
{
	const json_t *end = json_object_get(call->body, "end");

	if (end == NULL)
		begin_silence(call);
	else if (json_is_integer(end) && json_object_size(call->body) == 1)
		end_silence(call, json_integer_value(end));
	else
		refuse(call);
}
