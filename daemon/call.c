/*
 * Whatever is not understood is refused: a typing error must not look like an answer.
 */
#include "daemon/call.h"

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/options.h"
#include "daemon/answer.h"

void
call_init(struct call *call, struct api *api, struct evhttp_request *request)
{
	*call = (struct call){ .api = api, .request = request };
	call->query = mem_zalloc(sizeof(*call->query));
	TAILQ_INIT(call->query);
}

void
call_clear(struct call *call)
{
	evhttp_clear_headers(call->query);
	free(call->query);
	json_decref(call->body);
}

bool
call_check_headers(struct call *call)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(call->request);
	size_t bytes = strlen(evhttp_request_get_uri(call->request));
	const struct evkeyval *header;

	TAILQ_FOREACH (header, headers, next)
		bytes += strlen(header->key) + strlen(header->value) + strlen(": \r\n");
	if (bytes <= CALL_HEADERS_MAX_BYTES)
		return true;
	answer_error(call->request, HTTP_ENTITYTOOLARGE, "headers",
	    "%zu bytes of headers are more than the %d that are taken", bytes,
	    CALL_HEADERS_MAX_BYTES);
	return false;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

static bool
is_again(const struct evkeyval *pair)
{
	const struct evkeyval *other = pair;

	while ((other = TAILQ_NEXT(other, next)) != NULL) {
		if (strcmp(pair->key, other->key) == 0)
			return true;
	}
	return false;
}

bool
call_read_query(struct call *call, const char *const *params)
{
	const char *text =
	    evhttp_uri_get_query(evhttp_request_get_evhttp_uri(call->request));
	const struct evkeyval *pair;

	if (text == NULL || text[0] == '\0')
		return true;
	/* a decoded NUL would hide what follows it */
	if (strstr(text, "%00") != NULL || evhttp_parse_query_str(text, call->query) != 0) {
		answer_error(call->request, HTTP_BADREQUEST, "parameter",
		    "the query is not well formed");
		return false;
	}
	TAILQ_FOREACH (pair, call->query, next) {
		bool is_known = is_one_of(pair->key, params);

		if (is_known && !is_again(pair))
			continue;
		answer_error(call->request, HTTP_BADREQUEST, "parameter", "%s %s",
		    pair->key, is_known ? "is given twice" : "is no parameter here");
		return false;
	}
	return true;
}

static bool
check_members(struct call *call, const char *const *members)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		if (is_one_of(name, members))
			continue;
		answer_error(call->request, HTTP_BADREQUEST, "body",
		    "\"%s\" is no member here", name);
		return false;
	}
	return true;
}

bool
call_read_body(struct call *call, const char *const *members)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
	size_t len = evbuffer_get_length(input);
	json_error_t why = { .text = "it is another value" };

	if (len > CALL_BODY_MAX_BYTES) {
		answer_error(call->request, HTTP_ENTITYTOOLARGE, "body",
		    "%zu bytes are more than the %d that are taken", len,
		    CALL_BODY_MAX_BYTES);
		return false;
	}
	if (len == 0)
		return true;
	call->body = json_loadb(
	    (const char *)evbuffer_pullup(input, -1), len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(call->body))
		return check_members(call, members);
	answer_error(call->request, HTTP_BADREQUEST, "body",
	    "the body is no JSON object: %s",
	    call->body == NULL ? why.text : "it is another value");
	return false;
}

bool
call_number(struct call *call, const char *name, int64_t min, int64_t max, int64_t *value)
{
	const char *text = evhttp_find_header(call->query, name);

	if (text == NULL || options_number(text, min, max, value))
		return true;
	answer_error(call->request, HTTP_BADREQUEST, "parameter",
	    "%s is no number from %" PRId64 " to %" PRId64, name, min, max);
	return false;
}
