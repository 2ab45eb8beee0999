/*
 * Columns are counted as a terminal shows them: a Han character is two wide, a combining
 * one none.
 */
#include "cli/show.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/text.h"

#define CELL_MAX_COLUMNS 48
#define GAP "  "

struct cell {
	char *text; /* owned, escaped */
	enum show_colour colour;
};

struct show_table {
	const char *const *titles;
	size_t columns;
	struct cell *cells; /* owned; row by row */
	size_t count, cap;
	struct note *notes; /* owned */
	size_t note_count, note_cap;
};

struct note {
	char *text; /* owned, escaped */
	size_t row; /* it stands below */
};

static const char *const colours[] = {
	[SHOW_PLAIN] = "",
	[SHOW_DIM] = "\033[2m",
	[SHOW_BOLD] = "\033[1m",
	[SHOW_GREEN] = "\033[32m",
	[SHOW_YELLOW] = "\033[33m",
	[SHOW_RED] = "\033[31m",
};

bool
show_wants_colour(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(out)) == 1 &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

/* The next character and its columns. @return bytes, never 0 before the end */
static size_t
next_character(const char *text, size_t len, size_t *columns)
{
	uint32_t c = 0;
	size_t bytes = text_decode(text, len, &c);
	int width = bytes > 0 ? wcwidth((wchar_t)c) : 1;

	*columns = width > 0 ? (size_t)width : 0;
	return bytes > 0 ? bytes : 1;
}

size_t
show_width(const char *text)
{
	size_t len = strlen(text), sum = 0, columns;

	for (size_t at = 0; at < len;) {
		at += next_character(text + at, len - at, &columns);
		sum += columns;
	}
	return sum;
}

void
show_cut(struct buf *out, const char *text, size_t columns)
{
	struct buf shown = BUF_EMPTY;
	size_t at = 0, used = 0;

	text_escape(&shown, text, strlen(text));
	if (show_width(buf_text(&shown)) <= columns) {
		buf_add(out, buf_text(&shown), shown.len);
		buf_clear(&shown);
		return;
	}
	while (at < shown.len) {
		size_t width;
		size_t bytes = next_character(shown.data + at, shown.len - at, &width);

		if (used + width + 1 > columns)
			break;
		used += width;
		at += bytes;
	}
	buf_add(out, shown.data, at);
	buf_add_text(out, "…");
	buf_clear(&shown);
}

/* -- times -- */

static const struct unit {
	int64_t seconds;
	const char *name;
} units[] = {
	{ 86400, "d" },
	{ 3600, "h" },
	{ 60, "min" },
	{ 1, "s" },
};

void
show_when(struct buf *out, int64_t at_ms, int64_t now_ms)
{
	int64_t seconds = at_ms / 1000 - now_ms / 1000;
	int64_t away = seconds < 0 ? -seconds : seconds;
	const struct unit *unit = units;

	if (at_ms == 0) {
		buf_add_text(out, "never");
		return;
	}
	if (away == 0) {
		buf_add_text(out, "now");
		return;
	}
	while (away < 2 * unit->seconds && unit->seconds > 1)
		unit++;
	buf_printf(out, "%s%" PRId64 " %s%s", seconds > 0 ? "in " : "",
	    away / unit->seconds, unit->name, seconds < 0 ? " ago" : "");
}

void
show_minute(struct buf *out, int64_t at_ms)
{
	time_t at_s = (time_t)(at_ms / 1000);
	struct tm tm;
	char text[64];

	if (at_ms == 0 || localtime_r(&at_s, &tm) == NULL)
		return;
	if (strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) > 0)
		buf_add_text(out, text);
}

/* -- tables -- */

struct show_table *
show_table_new(const char *const *titles)
{
	struct show_table *table = mem_zalloc(sizeof(*table));

	table->titles = titles;
	while (titles[table->columns] != NULL)
		table->columns++;
	return table;
}

void
show_table_free(struct show_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	for (size_t i = 0; i < table->note_count; i++)
		free(table->notes[i].text);
	free(table->cells);
	free(table->notes);
	free(table);
}

void
show_table_add(struct show_table *table, enum show_colour colour, const char *text)
{
	struct buf shown = BUF_EMPTY;

	show_cut(&shown, text != NULL ? text : "", CELL_MAX_COLUMNS);
	mem_grow(table->cells, table->count, table->cap);
	table->cells[table->count++] = (struct cell){ buf_take(&shown), colour };
}

void
show_table_note(struct show_table *table, const char *text)
{
	struct buf shown = BUF_EMPTY;

	text_escape(&shown, text, strlen(text));
	mem_grow(table->notes, table->note_count, table->note_cap);
	table->notes[table->note_count++] =
	    (struct note){ buf_take(&shown), table->count / table->columns };
}

void
show_print(FILE *out, bool is_coloured, enum show_colour colour, const char *text)
{
	if (!is_coloured || colour == SHOW_PLAIN)
		(void)fputs(text, out); /* the caller looks at the end */
	else
		(void)fprintf(out, "%s%s\033[0m", colours[colour], text);
}

static const char *
cell_text(const struct show_table *table, size_t i)
{
	return table->cells[i].text != NULL ? table->cells[i].text : "";
}

static size_t
column_width(const struct show_table *table, size_t column)
{
	size_t widest = show_width(table->titles[column]);

	for (size_t i = column; i < table->count; i += table->columns) {
		size_t width = show_width(cell_text(table, i));

		if (width > widest)
			widest = width;
	}
	return widest;
}

/* The last cell of a row is not padded. */
static void
print_padding(FILE *out, size_t width, const char *text)
{
	int missing = (int)(width - show_width(text));

	(void)fprintf(out, "%*s" GAP, missing, "");
}

static void
print_notes(const struct show_table *table, FILE *out, size_t row, bool is_coloured)
{
	for (size_t i = 0; i < table->note_count; i++) {
		if (table->notes[i].row != row)
			continue;
		(void)fputs(GAP GAP, out);
		show_print(out, is_coloured, SHOW_RED, table->notes[i].text);
		(void)fputc('\n', out);
	}
}

static void
print_titles(
    const struct show_table *table, FILE *out, const size_t *widths, bool is_coloured)
{
	for (size_t i = 0; i < table->columns; i++) {
		show_print(out, is_coloured, SHOW_BOLD, table->titles[i]);
		if (i + 1 < table->columns)
			print_padding(out, widths[i], table->titles[i]);
	}
	(void)fputc('\n', out);
}

void
show_table_print(const struct show_table *table, FILE *out, bool is_coloured)
{
	AUTO_FREE size_t *widths = mem_array(table->columns, sizeof(*widths));

	assert(table->columns > 0);
	for (size_t i = 0; i < table->columns; i++)
		widths[i] = column_width(table, i);
	print_titles(table, out, widths, is_coloured);
	for (size_t i = 0; i < table->count; i++) {
		size_t column = i % table->columns;
		bool is_last = column + 1 == table->columns;

		show_print(out, is_coloured, table->cells[i].colour, cell_text(table, i));
		if (!is_last) {
			print_padding(out, widths[column], cell_text(table, i));
			continue;
		}
		(void)fputc('\n', out);
		print_notes(table, out, (i + 1) / table->columns, is_coloured);
	}
}
