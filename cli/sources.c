/*
 * Sources as the daemon reports them.
 */
#include "cli/sources.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "cli/show.h"

#define ID_COLUMNS 26
#define NOTE_COLUMNS 75

static const char *const titles[] = { "SOURCE", "STATE", "READ", "LAST NEW", "NEXT",
	"BECAUSE", NULL };

static const struct state_colour {
	const char *state;
	enum show_colour colour;
} state_colours[] = {
	{ "ok", SHOW_GREEN },
	{ "failing", SHOW_RED },
	{ "new", SHOW_YELLOW },
	{ "running", SHOW_YELLOW },
	{ "disabled", SHOW_DIM },
	{ "down", SHOW_RED },
	{ "walled", SHOW_RED },
	{ "gone", SHOW_RED },
	{ "silent", SHOW_RED },
	{ "gap", SHOW_YELLOW },
};

static enum show_colour
colour_of_state(const char *state)
{
	for (size_t i = 0; i < sizeof(state_colours) / sizeof(*state_colours); i++) {
		if (strcmp(state_colours[i].state, state) == 0)
			return state_colours[i].colour;
	}
	return SHOW_PLAIN;
}

const char *
source_state(const json_t *source)
{
	const char *state = document_text(source, "state"),
		   *condition = document_text(source, "condition");

	return condition[0] == '\0' || strcmp(state, "disabled") == 0 ? state : condition;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	while (*words != NULL && strcmp(*words, text) != 0)
		words++;
	return *words != NULL;
}

bool
source_is_blind(const json_t *source)
{
	static const char *const states[] = { "down", "walled", "gone", "silent", NULL };

	return is_one_of(source_state(source), states);
}

bool
source_is_in_trouble(const json_t *source)
{
	return source_is_blind(source) ||
	       (document_text(source, "failure")[0] != '\0' &&
		   strcmp(source_state(source), "disabled") != 0);
}

static void
add_when(struct show_table *table, int64_t at_ms, int64_t now_ms)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	show_when(&text, at_ms, now_ms);
	show_table_add(table, SHOW_PLAIN, buf_text(&text));
}

/* One that is due waits for its turn at the host. */
static int64_t
next_poll(const json_t *source, int64_t now_ms)
{
	int64_t next_ms = document_time(source, "next_poll");

	return next_ms != 0 && next_ms < now_ms ? now_ms : next_ms;
}

static void
add_source(struct show_table *table, const json_t *source, int64_t now_ms)
{
	const char *state = source_state(source),
		   *failure = document_text(source, "failure");
	int64_t next_ms = next_poll(source, now_ms);
	AUTO_BUF struct buf id = BUF_EMPTY, note = BUF_EMPTY;

	show_cut(&id, document_text(source, "id"), ID_COLUMNS);
	show_table_add(table, SHOW_PLAIN, buf_text(&id));
	show_table_add(table, colour_of_state(state), state);
	add_when(table, document_time(source, "last_success"), now_ms);
	add_when(table, document_time(source, "last_new"), now_ms);
	if (next_ms != 0)
		add_when(table, next_ms, now_ms);
	else
		show_table_add(table, SHOW_PLAIN, "-");
	show_table_add(table, SHOW_PLAIN, document_text(source, "next_why"));
	if (failure[0] == '\0')
		return;
	show_cut(&note, failure, NOTE_COLUMNS);
	show_table_note(table, buf_text(&note));
}

void
sources_print(const json_t *list, int64_t now_ms, bool is_coloured)
{
	AUTO(show_table) table = show_table_new(titles);
	size_t i;
	json_t *source;

	if (json_array_size(list) == 0) {
		puts("no sources");
		return;
	}
	json_array_foreach(list, i, source) add_source(table, source, now_ms);
	show_table_print(table, stdout, is_coloured);
}

/* -- one -- */

static void
print_line(const char *name, const char *text)
{
	if (text[0] == '\0')
		return;
	printf("  %-13s", name);
	cli_puts(text);
	printf("\n");
}

static void
print_when(const char *name, int64_t at_ms, int64_t now_ms, const char *more)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	show_when(&text, at_ms, now_ms);
	if (at_ms != 0) {
		buf_add_text(&text, ", ");
		show_minute(&text, at_ms);
	}
	if (more[0] != '\0')
		buf_printf(&text, " (%s)", more);
	print_line(name, buf_text(&text));
}

static void
print_interval(const json_t *source)
{
	char every[32];

	if (document_number(source, "every_s") == 0)
		return;
	conf_format_duration(document_number(source, "every_s"), every);
	print_line("every", every);
}

static void
print_failure(const json_t *source)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (document_text(source, "failure")[0] == '\0')
		return;
	buf_printf(&text, "%s (%" PRId64 " in a row)", document_text(source, "failure"),
	    document_number(source, "failures"));
	print_line("failure", buf_text(&text));
}

void
sources_print_one(const json_t *source, int64_t now_ms, bool is_coloured)
{
	const char *state = source_state(source);
	char entries[32];

	show_print(stdout, is_coloured, SHOW_BOLD, document_text(source, "id"));
	printf("  ");
	show_print(stdout, is_coloured, colour_of_state(state), state);
	printf("\n");
	print_line("publisher", document_text(source, "publisher"));
	print_line("official", document_flag(source, "official") ? "yes" : "no");
	print_line(
	    document_flag(source, "page") ? "page" : "url", document_text(source, "url"));
	print_interval(source);
	if (document_text(source, "condition")[0] != '\0')
		print_when(document_text(source, "condition"),
		    document_time(source, "since"), now_ms, "");
	print_when("last tried", document_time(source, "last_attempt"), now_ms, "");
	print_when("last read", document_time(source, "last_success"), now_ms, "");
	print_when("last new", document_time(source, "last_new"), now_ms, "");
	if (next_poll(source, now_ms) != 0)
		print_when("next", next_poll(source, now_ms), now_ms,
		    document_text(source, "next_why"));
	(void)snprintf(
	    entries, sizeof(entries), "%" PRId64, document_number(source, "entries"));
	print_line("entries", entries);
	print_failure(source);
}
