/*
 * dealwatch reopen: the alert log was moved away; begin a new one.
 */
#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>

#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"

struct words {
	const char *socket;
	bool is_json;
};

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "the daemon's answer as it is" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

static int
print(const struct json_t *document)
{
	puts("the alert log is opened again");
	return EX_OK;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "POST", .path = "/v1/reopen" };
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	request.socket = words.socket;
	return document_show(&request, words.is_json, print);
}

const struct verb verb_reopen = {
	"reopen",
	"[--json] [--socket PATH]",
	"open the alert log again, after it was moved away",
	rows,
	NULL,
	run,
};
