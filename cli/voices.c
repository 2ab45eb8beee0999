/*
 * Voices are the daemon's, counted there; which of their sources are blind is found in its
 * list of sources.
 */
#include "cli/voices.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/document.h"
#include "cli/show.h"
#include "cli/sources.h"

#define NAME_COLUMNS 28
#define BLIND_COLUMNS 28
#define ID_COLUMNS 26
#define NOTE_COLUMNS 29
#define WORST_MAX 3

static const char *const titles[] = { "VOICE", "HEARD BY", "STAND-INS", "NOT HEARD", NULL };

/* Some of a document's objects, in another order; each borrowed. */
struct picks {
	const json_t **items;
	size_t count;
};

static void
picks_sort(struct picks *picks, int (*compare)(const void *, const void *))
{
	if (picks->count > 1)
		qsort((void *)picks->items, picks->count, sizeof(const json_t *), compare);
}

static struct picks
pick(const json_t *list, bool (*is_wanted)(const json_t *))
{
	struct picks picks = { mem_array(json_array_size(list) + 1, sizeof(const json_t *)),
		0 };

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (is_wanted(item))
			picks.items[picks.count++] = item;
	}
	return picks;
}

/* -- voices -- */

static bool
is_any(const json_t *voice)
{
	return true;
}

/* 0: nobody hears it; 1: not in all ways; 2: it is heard. */
static int
rank_of_voice(const json_t *voice)
{
	if (document_number(voice, "heard") == 0)
		return 0;
	return document_number(voice, "blind") > 0 ? 1 : 2;
}

/* Those that are in trouble first, then those that most is asked of. */
static int
compare_voices(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
	int64_t more = document_number(other, "sources") - document_number(one, "sources");
	int rank = rank_of_voice(one) - rank_of_voice(other);

	if (rank != 0)
		return rank;
	if (more != 0)
		return more > 0 ? 1 : -1;
	return strcmp(document_text(one, "publisher"), document_text(other, "publisher"));
}

static void
add_count(struct show_table *table, enum show_colour colour, const json_t *ways)
{
	char text[64] = "-";

	if (document_number(ways, "sources") > 0)
		(void)snprintf(text, sizeof(text), "%" PRId64 " of %" PRId64,
		    document_number(ways, "heard"), document_number(ways, "sources"));
	show_table_add(table, colour, text);
}

/* The first of its sources that is blind, and how many more are. */
static void
describe_blind(struct buf *out, const json_t *voice, const json_t *sources)
{
	int64_t blind = document_number(voice, "blind"),
		waiting = document_number(voice, "sources") - blind -
			  document_number(voice, "heard");
	size_t i;
	json_t *source;

	json_array_foreach(sources, i, source)
	{
		if (out->len > 0 || !source_is_blind(source) ||
		    strcmp(document_text(source, "publisher"),
			document_text(voice, "publisher")) != 0)
			continue;
		buf_printf(out, "%s %s", document_text(source, "id"), source_state(source));
		if (blind > 1)
			buf_printf(out, ", %" PRId64 " more", blind - 1);
	}
	if (waiting > 0)
		buf_printf(
		    out, "%s%" PRId64 " not read yet", out->len > 0 ? ", " : "", waiting);
}

static void
add_voice(struct show_table *table, const json_t *voice, const json_t *sources)
{
	static const enum show_colour colours[] = { SHOW_RED, SHOW_YELLOW, SHOW_GREEN };
	AUTO_BUF struct buf name = BUF_EMPTY, blind = BUF_EMPTY, shown = BUF_EMPTY;

	show_cut(&name, document_text(voice, "publisher"), NAME_COLUMNS);
	show_table_add(table, SHOW_PLAIN, buf_text(&name));
	add_count(table, colours[rank_of_voice(voice)], voice);
	add_count(table, SHOW_PLAIN, json_object_get(voice, "stand_ins"));
	describe_blind(&blind, voice, sources);
	show_cut(&shown, buf_text(&blind), BLIND_COLUMNS);
	show_table_add(table, SHOW_PLAIN, buf_text(&shown));
}

size_t
voices_lines(const json_t *status)
{
	size_t count = json_array_size(json_object_get(status, "voices"));

	return count == 0 ? 0 : count + 2;
}

static void
print_rest(const struct picks *voices, size_t from)
{
	size_t unheard = 0, count = voices->count - from;

	for (size_t i = from; i < voices->count; i++)
		unheard += rank_of_voice(voices->items[i]) == 0;
	if (unheard == 0)
		printf("and %zu more, all of them heard\n", count);
	else
		printf("and %zu more, %zu of them not heard\n", count, unheard);
}

void
voices_print(const json_t *status, size_t lines, bool is_coloured)
{
	struct picks voices = pick(json_object_get(status, "voices"), is_any);
	AUTO(show_table) table = show_table_new(titles);
	size_t rows = voices.count;

	if (rows + 2 > lines)
		rows = lines > 3 ? lines - 3 : 0; /* titles, the rest, a blank line */
	picks_sort(&voices, compare_voices);
	for (size_t i = 0; i < rows; i++)
		add_voice(table, voices.items[i], json_object_get(status, "sources"));
	if (rows > 0)
		show_table_print(table, stdout, is_coloured);
	if (rows < voices.count)
		print_rest(&voices, rows);
	if (voices.count > 0)
		puts("");
	free((void *)voices.items);
}

/* -- sources -- */

/* What stands longest is worst. */
static int
compare_blind(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
	const char *since = document_text(one, "since"),
		   *other_since = document_text(other, "since");
	int order = strcmp(source_state(one), "failing") == 0;

	order -= strcmp(source_state(other), "failing") == 0;
	if (order != 0)
		return order; /* what only begins to fail */
	order = strcmp(since, other_since);
	return order != 0 ? order
			  : strcmp(document_text(one, "id"), document_text(other, "id"));
}

static struct picks
pick_blind(const json_t *status)
{
	struct picks blind = pick(json_object_get(status, "sources"), source_is_in_trouble);

	picks_sort(&blind, compare_blind);
	return blind;
}

size_t
failing_lines(const json_t *status)
{
	struct picks blind = pick_blind(status);
	size_t lines = 1 + (blind.count < WORST_MAX ? blind.count : WORST_MAX);

	free((void *)blind.items);
	return lines;
}

static void
print_counts(const json_t *sources, size_t in_trouble)
{
	size_t count = json_array_size(sources), off = 0, waiting = 0, i;
	json_t *source;

	json_array_foreach(sources, i, source)
	{
		bool is_off = strcmp(document_text(source, "state"), "disabled") == 0;

		off += is_off;
		waiting += !is_off && !source_is_in_trouble(source) &&
			   document_time(source, "last_success") == 0;
	}
	printf("%zu source%s: %zu read well", count, count == 1 ? "" : "s",
	    count - off - waiting - in_trouble);
	if (in_trouble > 0)
		printf(", %zu not", in_trouble);
	if (waiting > 0)
		printf(", %zu not read yet", waiting);
	if (off > 0)
		printf(", %zu disabled", off);
	puts("");
}

static void
print_failing(const json_t *source, int64_t now_ms, bool is_coloured)
{
	AUTO_BUF struct buf id = BUF_EMPTY, when = BUF_EMPTY, note = BUF_EMPTY;
	int columns = 0;

	show_cut(&id, document_text(source, "id"), ID_COLUMNS);
	columns = ID_COLUMNS - (int)show_width(buf_text(&id));
	printf("  %s%*s  ", buf_text(&id), columns, "");
	show_print(stdout, is_coloured, SHOW_RED, source_state(source));
	if (document_time(source, "since") != 0) {
		show_when(&when, document_time(source, "since"), now_ms);
		printf(" %s", buf_text(&when));
	}
	show_cut(&note, document_text(source, "failure"), NOTE_COLUMNS);
	printf("%s%s\n", note.len > 0 ? "  " : "", buf_text(&note));
}

void
failing_print(const json_t *status, bool is_coloured)
{
	struct picks blind = pick_blind(status);
	int64_t now_ms = document_time(status, "now");

	print_counts(json_object_get(status, "sources"), blind.count);
	for (size_t i = 0; i < blind.count && i < WORST_MAX; i++)
		print_failing(blind.items[i], now_ms, is_coloured);
	free((void *)blind.items);
}
