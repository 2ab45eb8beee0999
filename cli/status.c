/*
 * dealwatch status: one screen that says whether silence can be trusted.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

static const char *const story_titles[] = { "STORY", "STAGE", "SINCE", "TITLE", NULL };

/* -- printing -- */

static void
add_when(struct show_table *table, int64_t at_ms, int64_t now_ms)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	show_when(&text, at_ms, now_ms);
	show_table_add(table, SHOW_PLAIN, buf_text(&text));
}

static void
print_stories(const json_t *list, int64_t now_ms, bool is_coloured)
{
	AUTO(show_table) table = show_table_new(story_titles);
	size_t i;
	json_t *story;

	if (json_array_size(list) == 0)
		return;
	json_array_foreach(list, i, story)
	{
		const char *stage = document_text(story, "stage");

		show_table_add(table, SHOW_PLAIN, document_text(story, "id"));
		show_table_add(table, SHOW_BOLD, stage[0] != '\0' ? stage : "-");
		if (stage[0] != '\0')
			add_when(table, document_time(story, "since"), now_ms);
		else
			show_table_add(table, SHOW_PLAIN, "");
		show_table_add(table, SHOW_PLAIN, document_text(story, "title"));
	}
	show_table_print(table, stdout, is_coloured);
	puts("");
}

static void
print_shown(const char *before, const char *text)
{
	(void)fputs(before, stdout);
	cli_puts(text);
	(void)fputc('\n', stdout);
}

static void
print_top(const json_t *status, int64_t now_ms, bool is_coloured)
{
	const json_t *alerts = json_object_get(status, "alerts");
	const json_t *worker = json_object_get(status, "worker");
	const char *failure = document_text(alerts, "failure");
	AUTO_BUF struct buf started = BUF_EMPTY, shown = BUF_EMPTY;

	show_when(&started, document_time(status, "started"), now_ms);
	(void)fputs("dealwatchd ", stdout);
	cli_puts(document_text(status, "version"));
	printf(", process %" PRId64 ", started %s, %" PRId64 " rules\n",
	    document_number(status, "pid"), buf_text(&started),
	    document_number(status, "rules"));
	print_shown("store   ", document_text(status, "store"));
	print_shown("log     ", document_text(alerts, "log"));
	printf("alerts  %" PRId64 " told, %" PRId64 " waiting for the log\n",
	    document_number(alerts, "total"), document_number(alerts, "waiting"));
	if (document_number(worker, "deaths") > 0)
		printf(
		    "worker  died %" PRId64 " times\n", document_number(worker, "deaths"));
	if (failure[0] != '\0') {
		show_cut(&shown, failure, SIZE_MAX);
		(void)fputs("        ", stdout);
		show_print(stdout, is_coloured, SHOW_RED, buf_text(&shown));
		puts("");
	}
	puts("");
}

static int
print_status(const json_t *status)
{
	bool is_coloured = show_wants_colour(stdout);
	int64_t now_ms = document_time(status, "now");

	print_top(status, now_ms, is_coloured);
	print_stories(json_object_get(status, "stories"), now_ms, is_coloured);
	sources_print(json_object_get(status, "sources"), now_ms, is_coloured);
	return EX_OK;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "GET", .path = "/v1/status" };
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	request.socket = words.socket;
	return document_show(&request, words.is_json, print_status);
}

const struct verb verb_status = {
	"status",
	"[--json] [--socket PATH]",
	"show the daemon, its stories and its sources",
	rows,
	NULL,
	run,
};
