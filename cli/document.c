/*
 * Answers of the daemon.
 */
#include "cli/document.h"

#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/client.h"

int
document_show(const struct client_request *request, bool is_json, document_print_fn *print)
{
	AUTO_BUF struct buf answer = BUF_EMPTY;
	struct error err = { 0 };
	json_t *document;
	int code = client_ask(request, &answer, &err);

	if (code != EX_OK) {
		(void)cli_fail(&err);
		return code;
	}
	if (is_json) {
		(void)fputs(buf_text(&answer), stdout); /* cli_finish() looks */
		return EX_OK;
	}
	document = json_loadb(buf_text(&answer), answer.len, 0, NULL);
	if (document == NULL) {
		error_set(&err, ERROR_FORMAT, "daemon", "its answer is no JSON");
		return cli_fail(&err);
	}
	code = print(document);
	json_decref(document);
	return code;
}

const char *
document_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

int64_t
document_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool
document_flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

int64_t
document_time(const json_t *object, const char *key)
{
	int64_t at_ms = 0;

	return clock_parse(document_text(object, key), &at_ms) ? at_ms : 0;
}
