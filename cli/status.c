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
#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "cli/client.h"
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

static const char *const source_titles[] = { "SOURCE", "PUBLISHER", "STATE", "LAST SUCCESS",
	"LAST NEW", "NEXT POLL", "ENTRIES", NULL };
static const char *const story_titles[] = { "STORY", "STAGE", "SINCE", "TITLE", NULL };

static const struct state_colour {
	const char *state;
	enum show_colour colour;
} state_colours[] = {
	{ "ok", SHOW_GREEN },
	{ "failing", SHOW_RED },
	{ "new", SHOW_YELLOW },
	{ "running", SHOW_YELLOW },
	{ "disabled", SHOW_DIM },
};

/* -- reading the document: what is not there is empty -- */

static const char *
get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int64_t
get_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int64_t
get_time(const json_t *object, const char *key)
{
	int64_t at_ms = 0;

	return clock_parse(get_text(object, key), &at_ms) ? at_ms : 0;
}

/* -- printing -- */

static enum show_colour
colour_of_state(const char *state)
{
	for (size_t i = 0; i < sizeof(state_colours) / sizeof(*state_colours); i++) {
		if (strcmp(state_colours[i].state, state) == 0)
			return state_colours[i].colour;
	}
	return SHOW_PLAIN;
}

static void
add_when(struct show_table *table, int64_t at_ms, int64_t now_ms, const char *why)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	show_when(&text, at_ms, now_ms);
	if (why[0] != '\0')
		buf_printf(&text, " (%s)", why);
	show_table_add(table, SHOW_PLAIN, buf_text(&text));
}

static void
add_number(struct show_table *table, int64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, number); /* fits */
	show_table_add(table, SHOW_PLAIN, text);
}

static void
add_source(struct show_table *table, const json_t *source, int64_t now_ms)
{
	int64_t next_ms = get_time(source, "next_poll");
	const char *state = get_text(source, "state"),
		   *failure = get_text(source, "failure");

	show_table_add(table, SHOW_PLAIN, get_text(source, "id"));
	show_table_add(table, SHOW_PLAIN, get_text(source, "publisher"));
	show_table_add(table, colour_of_state(state), state);
	add_when(table, get_time(source, "last_success"), now_ms, "");
	add_when(table, get_time(source, "last_new"), now_ms, "");
	/* one that is due waits for its turn at the host */
	add_when(table, next_ms != 0 && next_ms < now_ms ? now_ms : next_ms, now_ms,
	    get_text(source, "next_why"));
	add_number(table, get_number(source, "entries"));
	if (failure[0] != '\0')
		show_table_note(table, failure);
}

static void
print_sources(const json_t *list, int64_t now_ms, bool is_coloured)
{
	AUTO(show_table) table = show_table_new(source_titles);
	size_t i;
	json_t *source;

	if (json_array_size(list) == 0) {
		puts("no sources");
		return;
	}
	json_array_foreach(list, i, source) add_source(table, source, now_ms);
	show_table_print(table, stdout, is_coloured);
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
		const char *stage = get_text(story, "stage");

		show_table_add(table, SHOW_PLAIN, get_text(story, "id"));
		show_table_add(table, SHOW_BOLD, stage[0] != '\0' ? stage : "-");
		if (stage[0] != '\0')
			add_when(table, get_time(story, "since"), now_ms, "");
		else
			show_table_add(table, SHOW_PLAIN, "");
		show_table_add(table, SHOW_PLAIN, get_text(story, "title"));
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
	const char *failure = get_text(alerts, "failure");
	AUTO_BUF struct buf started = BUF_EMPTY, shown = BUF_EMPTY;

	show_when(&started, get_time(status, "started"), now_ms);
	(void)fputs("dealwatchd ", stdout);
	cli_puts(get_text(status, "version"));
	printf(", process %" PRId64 ", started %s, %" PRId64 " rules\n",
	    get_number(status, "pid"), buf_text(&started), get_number(status, "rules"));
	print_shown("store   ", get_text(status, "store"));
	print_shown("log     ", get_text(alerts, "log"));
	printf("alerts  %" PRId64 " told, %" PRId64 " waiting for the log\n",
	    get_number(alerts, "total"), get_number(alerts, "waiting"));
	if (get_number(worker, "deaths") > 0)
		printf("worker  died %" PRId64 " times\n", get_number(worker, "deaths"));
	if (failure[0] != '\0') {
		show_cut(&shown, failure, SIZE_MAX);
		(void)fputs("        ", stdout);
		show_print(stdout, is_coloured, SHOW_RED, buf_text(&shown));
		puts("");
	}
	puts("");
}

static int
print_status(const struct buf *answer)
{
	json_t *status = json_loadb(buf_text(answer), answer->len, 0, NULL);
	bool is_coloured = show_wants_colour(stdout);
	int64_t now_ms = get_time(status, "now");
	struct error err = { 0 };

	if (status == NULL) {
		error_set(&err, ERROR_FORMAT, "daemon", "its answer is no JSON");
		return cli_fail(&err);
	}
	print_top(status, now_ms, is_coloured);
	print_stories(json_object_get(status, "stories"), now_ms, is_coloured);
	print_sources(json_object_get(status, "sources"), now_ms, is_coloured);
	json_decref(status);
	return EX_OK;
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { 0 };
	struct client_request request = { .method = "GET", .path = "/v1/status" };
	AUTO_BUF struct buf answer = BUF_EMPTY;
	struct error err = { 0 };
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	request.socket = words.socket;
	code = client_ask(&request, &answer, &err);
	if (code != EX_OK) {
		(void)cli_fail(&err);
		return code;
	}
	if (!words.is_json)
		return print_status(&answer);
	(void)fputs(buf_text(&answer), stdout); /* cli_finish() looks */
	return EX_OK;
}

const struct verb verb_status = {
	"status",
	"[--json] [--socket PATH]",
	"show the daemon, its stories and its sources",
	rows,
	NULL,
	run,
};
