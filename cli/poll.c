/*
 * dealwatch poll: read one source, or all, now.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/show.h"

struct words {
	const char *socket;
	bool is_forced, is_json;
};

static const struct option_row rows[] = {
	{ "force", 'f', OPTION_FLAG, offsetof(struct words, is_forced), NULL,
	    "also when it was just read, the server asked for a pause, or after failures" },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "the daemon's answer as it is" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

/* @return the caller's to free(); NULL: the name is no valid UTF-8 */
static char *
make_body(const char *feed, bool is_forced)
{
	json_t *body = json_pack("{s:b}", "force", is_forced);
	char *text;

	if (feed != NULL && json_object_set_new(body, "feed", json_string(feed)) != 0) {
		json_decref(body);
		return NULL;
	}
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

static void
print_answer(const struct buf *answer, bool is_json)
{
	json_t *document;
	const char *reason;
	json_int_t polled;

	if (is_json) {
		(void)fputs(buf_text(answer), stdout); /* cli_finish() looks */
		return;
	}
	document = json_loadb(buf_text(answer), answer->len, 0, NULL);
	polled = json_integer_value(json_object_get(document, "polled"));
	reason = json_string_value(json_object_get(document, "reason"));
	printf("%" JSON_INTEGER_FORMAT " source%s will be read now", polled,
	    polled == 1 ? "" : "s");
	if (reason != NULL) {
		printf("; not: ");
		show_print(stdout, false, SHOW_PLAIN, reason);
	}
	printf("\n");
	json_decref(document);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "POST", .path = "/v1/poll" };
	AUTO_BUF struct buf answer = BUF_EMPTY;
	AUTO_FREE char *body = NULL;
	struct error err = { 0 };
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first > 1)
		return cli_usage(verb, "one FEED at most");
	body = make_body(first < argc ? argv[first] : NULL, words.is_forced);
	if (body == NULL)
		return cli_usage(verb, "%s is no name of a feed", argv[first]);
	request.socket = words.socket;
	request.body = body;
	code = client_ask(&request, &answer, &err);
	if (code == EX_OK)
		print_answer(&answer, words.is_json);
	else
		(void)cli_fail(&err);
	return code;
}

const struct verb verb_poll = {
	"poll",
	"[--force] [--json] [--socket PATH] [FEED]",
	"read one source, or all, now",
	rows,
	"A pause that a server asked for, or that follows failures, is kept without --force;\n"
	"the distance between two requests to one host always.",
	run,
};
