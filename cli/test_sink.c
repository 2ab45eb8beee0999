/*
 * dealwatch test-sink: a record of kind test through one sink, or all, and how it went.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/show.h"

#define WAIT_S 20
#define LOOK_MS 100

struct words {
	const char *socket;
	int64_t wait_s;
	bool is_json;
};

static const struct option_row rows[] = {
	{ "wait", 0, OPTION_NUMBER, offsetof(struct words, wait_s), "SECONDS",
	    "how long to wait for the deliveries (20)", 0, 600 },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "the daemon's answer as it is" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

/* Ask for the test. @return its id, the caller's to free(), or NULL with the code set */
static char *
start_test(const struct words *words, const char *sink, int *code)
{
	json_t *body = sink != NULL ? json_pack("{s:s}", "sink", sink) : json_object();
	AUTO_FREE char *text = json_dumps(body, JSON_COMPACT);
	struct client_request request = {
		.socket = words->socket, .method = "POST", .path = "/v1/test", .body = text
	};
	AUTO_BUF struct buf answer = BUF_EMPTY;
	struct error err = { 0 };
	json_t *document;
	char *id = NULL;

	json_decref(body);
	*code = client_ask(&request, &answer, &err);
	if (*code != EX_OK) {
		(void)cli_fail(&err);
		return NULL;
	}
	document = json_loadb(buf_text(&answer), answer.len, 0, NULL);
	id = mem_strdup(document_text(document, "id"));
	json_decref(document);
	return id;
}

static bool
is_in_hand(const json_t *document)
{
	const json_t *list = json_object_get(document, "delivery");
	size_t i;
	json_t *delivery;

	json_array_foreach(list, i, delivery)
	{
		/* one that failed and waits for its next try has said why */
		if (strcmp(document_text(delivery, "state"), "waiting") == 0 &&
		    document_text(delivery, "reason")[0] == '\0')
			return true;
	}
	return false;
}

static int64_t
now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is always there */
	return now.tv_sec;
}

/* Look until every delivery has an end, or failed once. */
static json_t *
wait_for_delivery(const struct words *words, const char *id, int *code)
{
	AUTO_FREE char *path = mem_printf("/v1/alerts/%s", id);
	struct client_request request = {
		.socket = words->socket, .method = "GET", .path = path
	};
	int64_t end_s = now_s() + words->wait_s;

	for (;;) {
		AUTO_BUF struct buf answer = BUF_EMPTY;
		struct error err = { 0 };
		json_t *document;

		*code = client_ask(&request, &answer, &err);
		if (*code != EX_OK) {
			(void)cli_fail(&err);
			return NULL;
		}
		document = json_loadb(buf_text(&answer), answer.len, 0, NULL);
		if (!is_in_hand(document) || now_s() >= end_s)
			return document;
		json_decref(document);
		(void)poll(NULL, 0, LOOK_MS);
	}
}

/* @return EX_OK when all is delivered, EX_TEMPFAIL when something is not */
static int
print_delivery(const json_t *document)
{
	const json_t *list = json_object_get(document, "delivery");
	bool is_coloured = show_wants_colour(stdout);
	int code = EX_OK;
	size_t i;
	json_t *delivery;

	json_array_foreach(list, i, delivery)
	{
		const char *state = document_text(delivery, "state"),
			   *reason = document_text(delivery, "reason");
		bool is_good = strcmp(state, "delivered") == 0;

		cli_puts(document_text(delivery, "sink"));
		printf(": ");
		show_print(stdout, is_coloured, is_good ? SHOW_GREEN : SHOW_RED, state);
		if (reason[0] != '\0') {
			printf(" (");
			cli_puts(reason);
			printf(")");
		}
		printf("\n");
		if (!is_good)
			code = EX_TEMPFAIL;
	}
	if (json_array_size(list) == 0)
		puts("handed to the desktops that listen");
	return code;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { .wait_s = WAIT_S };
	AUTO_FREE char *id = NULL;
	json_t *document;
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first > 1)
		return cli_usage(verb, "one SINK at most");
	id = start_test(&words, first < argc ? argv[first] : NULL, &code);
	if (id == NULL)
		return code;
	document = wait_for_delivery(&words, id, &code);
	if (document == NULL)
		return code;
	if (words.is_json) {
		(void)json_dumpf(document, stdout, JSON_COMPACT); /* cli_finish() looks */
		printf("\n");
	} else {
		code = print_delivery(document);
	}
	json_decref(document);
	return code;
}

const struct verb verb_test_sink = {
	"test-sink",
	"[--wait SECONDS] [--json] [--socket PATH] [SINK]",
	"send a test alert through one sink, or all, and say how it went",
	rows,
	"SINK is log, journal, desktop, or the name of a webhook or exec. Exit code: 0 when\n"
	"all is delivered, 75 when something is not.",
	run,
};
