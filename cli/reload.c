/*
 * dealwatch reload: put a changed configuration in force, or be told what is wrong in it.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
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
print(const json_t *document)
{
	const json_t *warnings = json_object_get(document, "warnings");
	size_t i;
	json_t *warning;
	int64_t sources = document_number(document, "sources"),
		rules = document_number(document, "rules");

	printf("the new configuration is in force: %" PRId64 " source%s, %" PRId64
	       " rule%s\n",
	    sources, sources == 1 ? "" : "s", rules, rules == 1 ? "" : "s");
	json_array_foreach(warnings, i, warning)
	{
		cli_puts(json_string_value(warning));
		printf("\n");
	}
	return EX_OK;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "POST", .path = "/v1/reload" };
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	request.socket = words.socket;
	return document_show(&request, words.is_json, print);
}

const struct verb verb_reload = {
	"reload",
	"[--json] [--socket PATH]",
	"put a changed configuration in force",
	rows,
	"With any mistake the old configuration stays; each is said with its place, and the\n"
	"exit code is 78.",
	run,
};
