/*
 * dealwatch feeds: what each source is doing, and when it is asked next.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/show.h"
#include "cli/sources.h"

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
print_all(const json_t *document)
{
	sources_print(json_object_get(document, "feeds"), document_time(document, "now"),
	    show_wants_colour(stdout));
	return EX_OK;
}

static int
print_one(const json_t *document)
{
	const json_t *list = json_object_get(document, "feeds");

	sources_print_one(json_array_get(list, 0), document_time(document, "now"),
	    show_wants_colour(stdout));
	return EX_OK;
}

/* The names of feeds have only characters that a query takes as they are. */
static bool
is_name(const char *text)
{
	return text[0] != '\0' && strlen(text) <= 64 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "GET", .path = "/v1/feeds" };
	AUTO_FREE char *path = NULL;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first > 1)
		return cli_usage(verb, "one FEED at most");
	if (first < argc && !is_name(argv[first]))
		return cli_usage(verb, "%s is no name of a feed", argv[first]);
	if (first < argc)
		request.path = path = mem_printf("/v1/feeds?id=%s", argv[first]);
	request.socket = words.socket;
	return document_show(&request, words.is_json, path != NULL ? print_one : print_all);
}

const struct verb verb_feeds = {
	"feeds",
	"[--json] [--socket PATH] [FEED]",
	"show what each source is doing, and when it is asked next",
	rows,
	NULL,
	run,
};
