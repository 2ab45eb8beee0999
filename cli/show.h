/*
 * How things are shown to people: columns, times, colours.
 *
 * Text from outside is escaped here. Colours only where standard output is a terminal and
 * $NO_COLOR is not set.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

struct buf;

enum show_colour { SHOW_PLAIN, SHOW_DIM, SHOW_BOLD, SHOW_GREEN, SHOW_YELLOW, SHOW_RED };

/** @return whether to colour what goes to this file */
bool show_wants_colour(FILE *out);
/** @return columns a terminal needs for text; control characters count as none */
size_t show_width(const char *text);
/** Cut text to a number of columns, with "…" where something was cut; escaped. */
void show_cut(struct buf *out, const char *text, size_t columns);
/** "3 min ago", "in 2 h", "now"; "never" for 0. */
void show_when(struct buf *out, int64_t at_ms, int64_t now_ms);
/** Local time to the minute: "2026-11-22 16:01"; "" for 0. */
void show_minute(struct buf *out, int64_t at_ms);

/* Rows of cells, aligned. */
struct show_table;

/** @param titles  ends with NULL; borrowed for life */
struct show_table *show_table_new(const char *const *titles);
void show_table_free(struct show_table *table);
MEM_AUTO(show_table, show_table_free);
/** Add a cell; a row is full after as many as there are titles. text may be NULL. */
void show_table_add(struct show_table *table, enum show_colour colour, const char *text);
/** Add a line of its own below the row before, indented. */
void show_table_note(struct show_table *table, const char *text);
void show_table_print(const struct show_table *table, FILE *out, bool is_coloured);
/** Print text in a colour. */
void show_print(FILE *out, bool is_coloured, enum show_colour colour, const char *text);

#endif
