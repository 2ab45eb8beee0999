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
#include "base/mem.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/document.h"
#include "cli/show.h"
#include "cli/voices.h"

#define SCREEN_LINES 23 /* of 24: the last one is the shell's */
#define STORY_COLUMNS 24
#define SINCE_COLUMNS 10 /* "59 min ago" */
#define GAPS_COLUMNS 6
#define SCREEN_COLUMNS 80
#define FAILURE_COLUMNS 72

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

/* Those that stand, what moved last first. */
static int
compare_stories(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
	int order = strcmp(document_text(other, "since"), document_text(one, "since"));

	return order != 0 ? order
			  : strcmp(document_text(one, "id"), document_text(other, "id"));
}

static size_t
count_standing(const json_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		count += document_text(json_array_get(list, i), "stage")[0] != '\0';
	return count;
}

/* What is left of a line beside the longest id and stage. */
static size_t
title_columns(const json_t *const *stories, size_t count)
{
	size_t id = 5, stage = 5;

	for (size_t i = 0; i < count; i++) {
		size_t id_width = show_width(document_text(stories[i], "id")),
		       stage_width = show_width(document_text(stories[i], "stage"));

		id = id_width > id ? id_width : id;
		stage = stage_width > stage ? stage_width : stage;
	}
	id = id > STORY_COLUMNS ? STORY_COLUMNS : id;
	stage = stage > STORY_COLUMNS ? STORY_COLUMNS : stage;
	return SCREEN_COLUMNS - id - stage - SINCE_COLUMNS - GAPS_COLUMNS;
}

static void
add_story(
    struct show_table *table, const json_t *story, size_t title_columns, int64_t now_ms)
{
	AUTO_BUF struct buf title = BUF_EMPTY, id = BUF_EMPTY, stage = BUF_EMPTY;

	show_cut(&id, document_text(story, "id"), STORY_COLUMNS);
	show_table_add(table, SHOW_PLAIN, buf_text(&id));
	show_cut(&stage, document_text(story, "stage"), STORY_COLUMNS);
	show_table_add(table, SHOW_BOLD, buf_text(&stage));
	add_when(table, document_time(story, "since"), now_ms);
	show_cut(&title, document_text(story, "title"), title_columns);
	show_table_add(table, SHOW_PLAIN, buf_text(&title));
}

static void
print_standing(const json_t *list, size_t shown, int64_t now_ms, bool is_coloured)
{
	AUTO(show_table) table = show_table_new(story_titles);
	const json_t **stories =
	    mem_array(json_array_size(list) + 1, sizeof(const json_t *));
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *story = json_array_get(list, i);

		if (document_text(story, "stage")[0] != '\0')
			stories[count++] = story;
	}
	if (count > 1)
		qsort((void *)stories, count, sizeof(const json_t *), compare_stories);
	for (size_t i = 0; i < shown; i++)
		add_story(table, stories[i], title_columns(stories, shown), now_ms);
	show_table_print(table, stdout, is_coloured);
	free((void *)stories);
}

/* In so many lines: those that stand, the rest counted. */
static void
print_stories(const json_t *list, size_t lines, int64_t now_ms, bool is_coloured)
{
	size_t standing = count_standing(list), all = json_array_size(list);
	size_t shown = standing;

	if (all == 0)
		return;
	if (shown + 2 + (all > standing) > lines)
		shown = lines > 3 ? lines - 3 : 0;
	if (shown > 0)
		print_standing(list, shown, now_ms, is_coloured);
	if (standing > shown)
		printf("and %zu more that moved%s", standing - shown,
		    all > standing ? ", " : "\n");
	if (all > standing)
		printf("%zu stor%s not begun\n", all - standing,
		    all - standing == 1 ? "y has" : "ies have");
	puts("");
}

static void
print_shown(const char *before, const char *text)
{
	(void)fputs(before, stdout);
	cli_puts(text);
	(void)fputc('\n', stdout);
}

static bool
is_held(const json_t *sandbox, const char *part)
{
	for (size_t i = 0; i < json_array_size(sandbox); i++)
		if (strcmp(json_string_value(json_array_get(sandbox, i)), part) == 0)
			return true;
	return false;
}

/* What there is to say of the worker, "" when all is well. */
static void
describe_worker(const json_t *worker, struct buf *text)
{
	static const char *const parts[] = { "calls", "files", "ports" };
	const json_t *sandbox = json_object_get(worker, "sandbox");
	int64_t deaths = document_number(worker, "deaths");
	const char *before = "not held by its sandbox: ";

	if (deaths > 0)
		buf_printf(text, "died %" PRId64 " time%s", deaths, deaths == 1 ? "" : "s");
	for (size_t i = 0; sandbox != NULL && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (is_held(sandbox, parts[i]))
			continue;
		buf_printf(text, "%s%s%s", deaths > 0 && before[0] != ',' ? "; " : "",
		    before, parts[i]);
		before = ", ";
	}
}

/* @return how many lines it took */
static size_t
print_top(const json_t *status, int64_t now_ms, bool is_coloured)
{
	const json_t *alerts = json_object_get(status, "alerts");
	const json_t *worker = json_object_get(status, "worker");
	const char *failure = document_text(alerts, "failure");
	AUTO_BUF struct buf started = BUF_EMPTY, shown = BUF_EMPTY, of_worker = BUF_EMPTY;
	size_t lines;

	describe_worker(worker, &of_worker);
	lines = 5 + (of_worker.len > 0) + (failure[0] != '\0');
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
	if (of_worker.len > 0)
		print_shown("worker  ", buf_text(&of_worker));
	if (failure[0] != '\0') {
		show_cut(&shown, failure, FAILURE_COLUMNS);
		(void)fputs("        ", stdout);
		show_print(stdout, is_coloured, SHOW_RED, buf_text(&shown));
		puts("");
	}
	puts("");
	return lines;
}

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Stories and voices share what is left of the screen; each has half of it when both want
 * more. */
static int
print_status(const json_t *status)
{
	bool is_coloured = show_wants_colour(stdout);
	int64_t now_ms = document_time(status, "now");
	const json_t *stories = json_object_get(status, "stories");
	size_t standing = count_standing(stories), all = json_array_size(stories);
	size_t wanted = all == 0 ? 0 : (standing > 0 ? standing + 2 : 1) + (all > standing);
	size_t voices = voices_lines(status), free_lines, taken;

	taken = print_top(status, now_ms, is_coloured) + failing_lines(status);
	free_lines = SCREEN_LINES - taken;
	if (wanted + voices > free_lines)
		wanted = lesser(wanted, free_lines - lesser(voices, free_lines / 2));
	print_stories(stories, wanted, now_ms, is_coloured);
	voices_print(status, free_lines - wanted, is_coloured);
	failing_print(status, is_coloured);
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
	"show the daemon, its stories, and which voices are heard",
	rows,
	NULL,
	run,
};
