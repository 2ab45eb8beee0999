/*
 * Answers. Nothing of them may be kept by anybody: what they say changes.
 */
#include "daemon/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define ANSWER_ERROR_MAX_BYTES 4096

void
answer_text(struct evhttp_request *request, int status, const char *text)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	(void)evhttp_add_header(headers, "Content-Type", "application/json");
	(void)evhttp_add_header(headers, "Cache-Control", "no-store");
	(void)evbuffer_add_printf(body, "%s\n", text);
	/* evhttp has words for the statuses of RFC 2616 only */
	evhttp_send_reply(request, status,
	    status == ANSWER_UNPROCESSABLE ? "Unprocessable Content" : NULL, NULL);
}

void
answer_json(struct evhttp_request *request, int status, struct json_t *document)
{
	AUTO_FREE char *text = json_dumps(document, JSON_COMPACT);

	json_decref(document);
	answer_text(request, status, text != NULL ? text : "{}");
}

void
answer_error(
    struct evhttp_request *request, int status, const char *code, const char *format, ...)
{
	char text[ANSWER_ERROR_MAX_BYTES];
	AUTO_BUF struct buf repaired = BUF_EMPTY; /* what a client sent may be anything */
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* cut at its end */
	va_end(args);
	text_repair(&repaired, text, strlen(text));
	answer_json(request, status,
	    json_pack("{s:{s:s,s:s}}", "error", "code", code, "text", buf_text(&repaired)));
}
