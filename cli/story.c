/*
 * dealwatch story: where the deal stands, and who says so.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/records.h"
#include "cli/show.h"

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

#define STAGE_COLUMNS 20
#define INDENT 6

/* A stage that was reached: when, and by whose word; or when it was taken back. */
static void
print_stage(const json_t *stage, int64_t now_ms, bool is_coloured)
{
	const json_t *record = json_object_get(stage, "alert");
	bool is_reversed = json_is_true(json_object_get(stage, "reversed"));
	int64_t since_ms = document_time(stage, is_reversed ? "last" : "since");
	bool was_reached = document_number(stage, "episode") > 0;
	bool stands = was_reached && !is_reversed;
	AUTO_BUF struct buf name = BUF_EMPTY, when = BUF_EMPTY;

	show_cut(&name, document_text(stage, "stage"), STAGE_COLUMNS);
	printf("  %s ", stands ? "●" : "○");
	show_print(stdout, is_coloured, stands ? SHOW_GREEN : SHOW_DIM, buf_text(&name));
	if (!was_reached) {
		printf("\n");
		return;
	}
	if (is_reversed)
		buf_add_text(&when, "taken back ");
	show_when(&when, since_ms, now_ms);
	buf_add_text(&when, ", ");
	show_minute(&when, since_ms);
	if (document_number(stage, "episode") > 1)
		buf_printf(&when, ", time %" PRId64, document_number(stage, "episode"));
	printf("%*s  %s%s\n", STAGE_COLUMNS - (int)show_width(buf_text(&name)), "",
	    buf_text(&when), stands && record == NULL ? " (implied by a later one)" : "");
	if (record != NULL)
		records_print_source(record, INDENT, is_coloured);
}

static int
print_stories(const json_t *document)
{
	const json_t *list = json_object_get(document, "stories");
	int64_t now_ms = document_time(document, "now");
	bool is_coloured = show_wants_colour(stdout);
	size_t i, n;
	json_t *story, *stage;

	if (json_array_size(list) == 0)
		puts("no stories");
	json_array_foreach(list, i, story)
	{
		if (i > 0)
			printf("\n");
		show_print(stdout, is_coloured, SHOW_BOLD, document_text(story, "id"));
		printf("  ");
		cli_puts(document_text(story, "title"));
		printf("\n");
		json_array_foreach(json_object_get(story, "stages"), n, stage)
		    print_stage(stage, now_ms, is_coloured);
	}
	return EX_OK;
}

static bool
is_name(const char *text)
{
	return strlen(text) <= 64 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "GET", .path = "/v1/stories" };
	AUTO_FREE char *path = NULL;
	int first;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (argc - first > 1)
		return cli_usage(verb, "one STORY at most");
	if (first < argc && !is_name(argv[first]))
		return cli_usage(verb, "%s is no name of a story", argv[first]);
	if (first < argc)
		path = mem_printf("/v1/stories?id=%s", argv[first]);
	if (path != NULL)
		request.path = path;
	request.socket = words.socket;
	return document_show(&request, words.is_json, print_stories);
}

const struct verb verb_story = {
	"story",
	"[--json] [--socket PATH] [STORY]",
	"show where each story stands, since when, and who says so",
	rows,
	NULL,
	run,
};
