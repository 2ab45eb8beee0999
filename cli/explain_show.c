/*
 * Rules have more parts than a screen has lines; so what decided stands first, then the
 * text with what was found in it, then the trees.
 */
#include "cli/explain_show.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/show.h"

#define FIELD_COLUMNS 10
#define NODE_COLUMNS 72
#define SHORT_CHARS 400 /* texts up to here are shown whole */
#define AROUND_CHARS 60 /* of longer ones: what is shown on each side of a mark */

/* -- the clause that decided -- */

/* Of a true rule its when:, of a false one that was excluded the unless:, else when:. */
static const struct explain_clause *
deciding_clause(const struct explanation *item)
{
	for (size_t i = 1; i < item->count && item->clauses[0].is_true; i++) {
		if (item->clauses[i].is_true)
			return &item->clauses[i];
	}
	return &item->clauses[0];
}

/* -- texts of an entry -- */

static const char *
list_item(const struct list *list, size_t item)
{
	return item < list->count ? list->items[item] : NULL;
}

/* @return the field that terms were found in; NULL: there is none */
static const char *
field_text(const struct stored_entry *stored, const char *field, size_t item)
{
	const struct entry *entry = stored->entry;
	const struct source *source = stored->source;
	const struct {
		const char *name, *text;
	} fields[] = {
		{ "title", entry->title },
		{ "summary", entry->summary },
		{ "content", entry->content },
		{ "author", list_item(&entry->authors, item) },
		{ "category", list_item(&entry->categories, item) },
		{ "publisher", source->publisher },
		{ "link", entry->link },
		{ "feed", source->feed },
		{ "tag", list_item(source->tags, item) },
		{ "lang", entry->language },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (strcmp(fields[i].name, field) == 0)
			return fields[i].text;
	}
	return NULL;
}

/* -- what was found, by its place -- */

struct marks {
	const struct match_term **items; /* of all clauses; owned, each borrowed */
	size_t count, cap;
};

static int
compare_marks(const void *left, const void *right)
{
	const struct match_term *a = *(const struct match_term *const *)left;
	const struct match_term *b = *(const struct match_term *const *)right;
	int order = strcmp(a->field, b->field);

	if (order != 0)
		return order;
	if (a->item != b->item)
		return a->item < b->item ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void
add_mark(struct marks *marks, const struct match_term *term)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(marks->items, marks->count, marks->cap);
	marks->items[marks->count++] = term;
}

static void
add_marks(struct marks *marks, const struct explain_clause *clause)
{
	for (size_t i = 0; i < clause->count; i++) {
		for (size_t k = 0; k < clause->nodes[i].count; k++)
			add_mark(marks, &clause->nodes[i].terms[k]);
	}
}

static void
collect_marks(struct marks *marks, const struct explanation *item)
{
	for (size_t i = 0; i < item->count; i++)
		add_marks(marks, &item->clauses[i]);
	if (marks->count > 0)
		qsort((void *)marks->items, marks->count, sizeof(const struct match_term *),
		    compare_marks);
}

/* -- one text -- */

/* A text that is printed piece by piece. */
struct writer {
	const char *text;
	size_t len, chars;
	size_t at, byte; /* printed so far, in characters and bytes */
	bool is_coloured;
};

static size_t
find_byte(const struct writer *writer, size_t at)
{
	size_t byte = writer->byte;
	uint32_t c;

	for (size_t i = writer->at; i < at && byte < writer->len; i++) {
		size_t bytes = text_decode(writer->text + byte, writer->len - byte, &c);

		byte += bytes > 0 ? bytes : 1;
	}
	return byte;
}

static void
skip_to(struct writer *writer, size_t to)
{
	if (to <= writer->at)
		return;
	writer->byte = find_byte(writer, to);
	writer->at = to;
}

static void
write_to(struct writer *writer, size_t to, enum show_colour colour)
{
	AUTO_BUF struct buf shown = BUF_EMPTY;
	size_t end;

	if (to <= writer->at)
		return;
	end = find_byte(writer, to);
	text_escape(&shown, writer->text + writer->byte, end - writer->byte);
	show_print(stdout, writer->is_coloured, colour, buf_text(&shown));
	writer->byte = end;
	writer->at = to;
}

/* What stands before a mark, or with to at the end behind the last; of long texts a part.
 */
static void
write_between(struct writer *writer, size_t to, bool is_first)
{
	bool is_end = to == writer->chars;
	size_t near = is_first ? 0 : AROUND_CHARS, before = is_end ? 0 : AROUND_CHARS;

	if (writer->chars > SHORT_CHARS && to > writer->at &&
	    to - writer->at > near + before) {
		write_to(writer, writer->at + near, SHOW_PLAIN);
		(void)fputs("…", stdout); /* cli_finish() looks, here and below */
		skip_to(writer, to - before);
	}
	write_to(writer, to, SHOW_PLAIN);
}

static void
write_mark(struct writer *writer, size_t end)
{
	if (!writer->is_coloured)
		(void)fputs("[", stdout);
	write_to(writer, end, SHOW_GREEN);
	if (!writer->is_coloured)
		(void)fputs("]", stdout);
}

/* The text of some marks of one field and item, at least one; overlapping ones are one. */
static void
print_text(
    const char *text, const struct match_term *const *marks, size_t count, bool is_coloured)
{
	struct writer writer = { .text = text, .is_coloured = is_coloured };

	writer.len = strlen(text);
	writer.chars = text_chars(text, writer.len);
	printf("    %-*s", FIELD_COLUMNS, marks[0]->field);
	for (size_t i = 0; i < count; i++) {
		size_t end = marks[i]->at + marks[i]->length;

		for (; i + 1 < count && marks[i + 1]->at < end; i++) {
			size_t next = marks[i + 1]->at + marks[i + 1]->length;

			end = next > end ? next : end;
		}
		write_between(&writer, marks[i]->at, writer.at == 0);
		write_mark(&writer, end);
	}
	write_between(&writer, writer.chars, false);
	(void)fputc('\n', stdout);
}

static void
print_texts(
    const struct explained *explained, const struct explanation *item, bool is_coloured)
{
	struct marks marks = { 0 };
	size_t count;

	collect_marks(&marks, item);
	for (size_t i = 0; i < marks.count; i += count) {
		const struct match_term *first = marks.items[i];
		const char *text = field_text(explained->stored, first->field, first->item);

		for (count = 1; i + count < marks.count; count++) {
			const struct match_term *next = marks.items[i + count];

			if (next->item != first->item ||
			    strcmp(next->field, first->field) != 0)
				break;
		}
		if (text != NULL)
			print_text(text, marks.items + i, count, is_coloured);
	}
	free((void *)marks.items);
}

/* -- trees -- */

static void
print_truth(bool is_true, bool is_coloured)
{
	show_print(
	    stdout, is_coloured, is_true ? SHOW_GREEN : SHOW_RED, is_true ? "✓" : "✗");
}

static void
print_escaped(const char *text, enum show_colour colour, bool is_coloured)
{
	AUTO_BUF struct buf shown = BUF_EMPTY;

	text_escape(&shown, text, strlen(text));
	show_print(stdout, is_coloured, colour, buf_text(&shown));
}

/* What stands behind a part and all it is made of. */
static size_t
part_end(const struct explain_clause *clause, size_t i)
{
	size_t depth = clause->nodes[i].depth;

	for (i++; i < clause->count && clause->nodes[i].depth > depth; i++)
		;
	return i;
}

/* Whether nothing in a part is true. */
static bool
is_barren(const struct explain_clause *clause, size_t i, size_t end)
{
	for (; i < end; i++) {
		if (clause->nodes[i].is_true)
			return false;
	}
	return true;
}

static void
print_node(const struct explain_node *node, const char *text, bool is_coloured)
{
	AUTO_BUF struct buf cut = BUF_EMPTY;

	show_cut(&cut, text, NODE_COLUMNS);
	printf("      %*s", (int)(2 * node->depth), "");
	print_truth(node->is_true, is_coloured);
	(void)fputc(' ', stdout);
	show_print(
	    stdout, is_coloured, node->is_true ? SHOW_PLAIN : SHOW_DIM, buf_text(&cut));
	(void)fputc('\n', stdout);
}

static void
print_clause(const struct explain_clause *clause, const struct explain_look *look)
{
	size_t next;

	printf("    %s:\n", clause->name);
	for (size_t i = 0; i < clause->count; i = next) {
		const struct explain_node *node = &clause->nodes[i];
		size_t end = part_end(clause, i);
		bool is_short = !look->is_full && is_barren(clause, i, end);

		print_node(node, is_short ? node->source : node->label, look->is_coloured);
		next = is_short ? end : i + 1;
	}
}

static void
print_rule(const struct explained *explained, const struct explanation *item,
    const struct explain_look *look)
{
	const struct explain_clause *clause = deciding_clause(item);

	printf("  ");
	print_truth(item->is_true, look->is_coloured);
	(void)fputc(' ', stdout);
	print_escaped(
	    ruleset_rule_id(explained->rules, item->rule), SHOW_BOLD, look->is_coloured);
	printf(" is %s, by %s: ", item->is_true ? "true" : "false", clause->name);
	print_escaped(clause->decided, SHOW_PLAIN, look->is_coloured);
	(void)fputc('\n', stdout);
	print_texts(explained, item, look->is_coloured);
	for (size_t i = 0; i < item->count; i++)
		print_clause(&item->clauses[i], look);
}

void
explain_print(const struct explained *explained, const struct explain_look *look)
{
	const struct entry *entry = explained->stored->entry;

	print_escaped(entry->title[0] != '\0' ? entry->title : "(no title)", SHOW_BOLD,
	    look->is_coloured);
	(void)fputc('\n', stdout);
	if (entry->link != NULL) {
		printf("  ");
		print_escaped(entry->link, SHOW_DIM, look->is_coloured);
		(void)fputc('\n', stdout);
	}
	if (explained->count == 0)
		printf("  no rule is touched by it\n");
	for (size_t i = 0; i < explained->count; i++)
		print_rule(explained, explained->items[i], look);
	(void)fputc('\n', stdout);
}

/* -- as data -- */

static json_t *
json_term(const struct match_term *term)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:I}", "term", term->term, "field",
	    term->field, "at", (json_int_t)term->at, "length", (json_int_t)term->length);

	if (term->set != NULL)
		(void)json_object_set_new(object, "set", json_string(term->set));
	if (term->item > 0)
		(void)json_object_set_new(
		    object, "item", json_integer((json_int_t)term->item));
	return object;
}

static json_t *
json_node(const struct explain_node *node)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:b}", "kind", node->kind, "label",
	    node->label, "source", node->source, "depth", (json_int_t)node->depth, "true",
	    node->is_true);
	json_t *found = json_array();

	for (size_t i = 0; i < node->count; i++)
		(void)json_array_append_new(found, json_term(&node->terms[i]));
	if (node->count > 0)
		(void)json_object_set(object, "found", found);
	json_decref(found);
	return object;
}

static json_t *
json_clause(const struct explain_clause *clause)
{
	json_t *tree = json_array();

	for (size_t i = 0; i < clause->count; i++)
		(void)json_array_append_new(tree, json_node(&clause->nodes[i]));
	return json_pack("{s:s, s:b, s:s, s:o}", "name", clause->name, "true",
	    clause->is_true, "decided", clause->decided, "tree", tree);
}

static json_t *
json_rule(const struct explained *explained, const struct explanation *item)
{
	const struct explain_clause *decided = deciding_clause(item);
	json_t *clauses = json_array();

	for (size_t i = 0; i < item->count; i++)
		(void)json_array_append_new(clauses, json_clause(&item->clauses[i]));
	return json_pack("{s:s, s:b, s:s, s:s, s:o}", "rule",
	    ruleset_rule_id(explained->rules, item->rule), "true", item->is_true, "clause",
	    decided->name, "decided", decided->decided, "clauses", clauses);
}

void
explain_print_json(const struct explained *explained)
{
	const struct entry *entry = explained->stored->entry;
	json_t *object = json_object(), *rules = json_array();

	if (explained->id != NULL)
		(void)json_object_set(object, "id", explained->id);
	(void)json_object_set_new(object, "title", json_string(entry->title));
	if (entry->link != NULL)
		(void)json_object_set_new(object, "link", json_string(entry->link));
	for (size_t i = 0; i < explained->count; i++)
		(void)json_array_append_new(
		    rules, json_rule(explained, explained->items[i]));
	(void)json_object_set_new(object, "rules", rules);
	(void)json_dumpf(object, stdout, JSON_COMPACT); /* cli_finish() looks */
	(void)fputc('\n', stdout);
	json_decref(object);
}
