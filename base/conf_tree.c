/*
 * YAML to nodes: libyaml's events, in two passes.
 *
 * The first (conf_syntax.c) looks for what ends the reading of a file, this one makes the
 * tree of the lines before that. libyaml reads some tokens ahead, so a single pass would
 * lose what stands just before an error.
 */
#include "base/conf_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/buf.h"
#include "base/text.h"

#define QUOTE_ADVICE "(quote it or use a | block)"

/* A collection that is not finished. */
struct level {
	struct conf_node *node;
	const struct conf_node **items; /* owned until the end */
	struct conf_pair *pairs;        /* the same */
	size_t cap;
	const struct conf_node *key; /* read, its value not yet */
	bool has_key;                /* also when key is of no use and NULL */
};

struct tree {
	struct conf *conf;
	const char *file;
	const char *bytes;
	size_t len;
	size_t chars, at; /* marks count characters: the last one looked up, and its byte */
	const struct conf_node *root;
	struct level levels[CONF_DEPTH_MAX + 1];
	size_t depth;
	bool is_full;
};

static struct conf_node *
new_node(struct tree *tree, enum conf_type type, const yaml_mark_t *mark)
{
	struct conf_node *node = conf_keep(tree->conf, mem_zalloc(sizeof(*node)));

	node->type = type;
	node->file = tree->file;
	node->line = mark->line + 1;
	node->column = mark->column + 1;
	return node;
}

/* Note a mistake at a node, and that it has one. */
static void __attribute__((format(printf, 3, 4)))
refuse(struct tree *tree, struct conf_node *node, const char *format, ...)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	conf_error(tree->conf, node, "%s", buf_text(&text));
	node->is_bad = true;
}

static void
check_properties(struct tree *tree, struct conf_node *node, const unsigned char *anchor,
    const unsigned char *tag)
{
	if (anchor != NULL)
		refuse(tree, node, "\"&%.60s\" is a YAML anchor %s", (const char *)anchor,
		    QUOTE_ADVICE);
	else if (tag != NULL)
		refuse(tree, node, "\"%.60s\" is a YAML tag %s", (const char *)tag,
		    QUOTE_ADVICE);
}

/* @return the byte of a mark; marks are asked for in the order of the file */
static size_t
byte_of(struct tree *tree, const yaml_mark_t *mark)
{
	while (tree->chars < mark->index && tree->at < tree->len) {
		tree->at++;
		while (tree->at < tree->len &&
		       ((unsigned char)tree->bytes[tree->at] & 0xC0) == 0x80)
			tree->at++;
		tree->chars++;
	}
	return tree->at;
}

static size_t
line_len(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);

	return end == NULL ? len : (size_t)(end - text);
}

/* A | block keeps its lines: the first one that is not empty shows the indentation. */
static void
place_block(const struct tree *tree, struct conf_node *node, size_t header_at)
{
	size_t at =
	    header_at + line_len(tree->bytes + header_at, tree->len - header_at) + 1;
	size_t text_at = 0;
	size_t source_len = 0;

	node->content_line = node->line + 1;
	node->content_column = 1;
	while (text_at < node->len && node->text[text_at] == '\n' && at < tree->len) {
		at += line_len(tree->bytes + at, tree->len - at) + 1;
		text_at++;
	}
	if (text_at >= node->len || at >= tree->len)
		return;
	source_len = line_len(tree->bytes + at, tree->len - at);
	if (source_len > 0 && tree->bytes[at + source_len - 1] == '\r')
		source_len--;
	node->content_column +=
	    source_len - line_len(node->text + text_at, node->len - text_at);
}

/* A text without escapes and breaks stands in the file as it is. */
static void
place_inline(const struct tree *tree, struct conf_node *node, size_t from, size_t to)
{
	size_t quotes = node->style == CONF_QUOTED ? 1 : 0;

	if (to - from != node->len + 2 * quotes ||
	    memcmp(tree->bytes + from + quotes, node->text, node->len) != 0)
		return;
	node->content_line = node->line;
	node->content_column = node->column + quotes;
}

static enum conf_style
style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return CONF_QUOTED;
	case YAML_LITERAL_SCALAR_STYLE:
		return CONF_BLOCK;
	case YAML_FOLDED_SCALAR_STYLE:
		return CONF_FOLDED;
	case YAML_ANY_SCALAR_STYLE:
	case YAML_PLAIN_SCALAR_STYLE:
		break;
	}
	return CONF_PLAIN;
}

static struct conf_node *
new_scalar(struct tree *tree, const yaml_event_t *event)
{
	struct conf_node *node = new_node(tree, CONF_SCALAR, &event->start_mark);
	size_t from = byte_of(tree, &event->start_mark);
	size_t to = byte_of(tree, &event->end_mark);

	node->style = style_of(event->data.scalar.style);
	node->len = event->data.scalar.length;
	node->text = conf_keep(
	    tree->conf, mem_strndup((const char *)event->data.scalar.value, node->len));
	check_properties(tree, node, event->data.scalar.anchor, event->data.scalar.tag);
	/* "\0" in double quotes */
	if (memchr(node->text, '\0', node->len) != NULL)
		refuse(tree, node, "a NUL character is not allowed");
	if (node->is_bad)
		return node;
	if (node->style == CONF_BLOCK)
		place_block(tree, node, from);
	else if (node->style != CONF_FOLDED)
		place_inline(tree, node, from, to);
	return node;
}

/* @return whether the node can be a key; the mistake is noted otherwise */
static bool
check_key(struct tree *tree, struct conf_node *node)
{
	if (node->is_bad)
		return false;
	if (node->type != CONF_SCALAR)
		refuse(tree, node, "a key must be a text");
	else if (node->style == CONF_PLAIN && strcmp(node->text, "<<") == 0)
		refuse(tree, node, "\"<<\" is a YAML merge key %s", QUOTE_ADVICE);
	else if (node->len == 0)
		refuse(tree, node, "a key is missing before the colon");
	return !node->is_bad;
}

static void
attach_item(struct level *level, struct conf_node *node)
{
	if (node->is_bad && node->type == CONF_SCALAR)
		return;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what it holds */
	mem_grow(level->items, level->node->count, level->cap);
	level->items[level->node->count++] = node;
}

static void
attach_value(struct level *level, struct conf_node *node)
{
	struct conf_pair pair = { level->key, node };

	level->has_key = false;
	if (pair.key == NULL)
		return;
	mem_grow(level->pairs, level->node->count, level->cap);
	level->pairs[level->node->count++] = pair;
}

/* Put a finished node where it belongs: the root, an item, a key or a value. */
static void
attach(struct tree *tree, struct conf_node *node)
{
	struct level *level = NULL;

	if (tree->depth == 0) {
		tree->root = node;
		return;
	}
	level = &tree->levels[tree->depth - 1];
	assert(level->node != NULL);
	if (level->node->type == CONF_SEQUENCE) {
		attach_item(level, node);
	} else if (level->has_key) {
		attach_value(level, node);
	} else {
		level->key = check_key(tree, node) ? node : NULL;
		level->has_key = true;
	}
}

static int
compare_pairs(const void *left, const void *right)
{
	const struct conf_node *a = ((const struct conf_pair *)left)->key;
	const struct conf_node *b = ((const struct conf_pair *)right)->key;
	int order = strcmp(a->text, b->text);

	if (order == 0)
		order = a->line < b->line ? -1 : a->line > b->line;
	if (order == 0)
		order = a->column < b->column ? -1 : a->column > b->column;
	return order;
}

/* The tree is ours; const is for its readers. */
static struct conf_node *
own(const struct conf_node *node)
{
	return (struct conf_node *)node;
}

/* Refuse each key that stands a second time: the first one counts. */
static void
check_twice(struct tree *tree, const struct conf_node *node)
{
	struct conf_pair *sorted = mem_array(node->count, sizeof(*sorted));
	const struct conf_node *first = NULL;
	char shown[CONF_SHOWN_BYTES];

	memcpy(sorted, node->pairs, node->count * sizeof(*sorted));
	qsort(sorted, node->count, sizeof(*sorted), compare_pairs);
	for (size_t i = 0; i < node->count; i++) {
		const struct conf_node *key = sorted[i].key;

		if (first == NULL || strcmp(key->text, first->text) != 0)
			first = key;
		else
			refuse(tree, own(key),
			    "\"%s\" is given twice (the first time in line %zu)",
			    conf_show(key->text, shown), first->line);
	}
	free(sorted);
}

/* Finish the innermost collection, and put it into the one around it. */
static void
end_level(struct tree *tree)
{
	struct level *level = &tree->levels[--tree->depth];
	struct conf_node *node = level->node;

	if (level->items != NULL)
		node->items = conf_keep(tree->conf, (void *)level->items);
	if (level->pairs != NULL)
		node->pairs = conf_keep(tree->conf, level->pairs);
	if (node->type == CONF_MAPPING && node->count > 1)
		check_twice(tree, node);
	attach(tree, node);
}

static void
begin_level(struct tree *tree, const yaml_event_t *event)
{
	bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
	struct conf_node *node =
	    new_node(tree, is_mapping ? CONF_MAPPING : CONF_SEQUENCE, &event->start_mark);

	if (is_mapping)
		check_properties(tree, node, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
	else
		check_properties(tree, node, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
	tree->levels[tree->depth++] = (struct level){ .node = node };
	/* the first pass has noted it; no file may lead us over the edge all the same */
	tree->is_full = tree->depth == CONF_DEPTH_MAX + 1;
}

static void
refuse_directives(struct tree *tree, const yaml_event_t *event)
{
	struct conf_place place = { tree->file, event->start_mark.line + 1,
		event->start_mark.column + 1 };

	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start !=
		event->data.document_start.tag_directives.end)
		conf_error_at(tree->conf, &place, "YAML directives (%%) are not allowed");
}

static void
take_event(struct tree *tree, const yaml_event_t *event)
{
	struct conf_node *alias = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		attach(tree, new_scalar(tree, event));
		return;
	case YAML_ALIAS_EVENT:
		alias = new_node(tree, CONF_SCALAR, &event->start_mark);
		alias->text = "";
		refuse(tree, alias, "\"*%.60s\" is a YAML alias %s",
		    (const char *)event->data.alias.anchor, QUOTE_ADVICE);
		attach(tree, alias);
		return;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		begin_level(tree, event);
		return;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		end_level(tree);
		return;
	case YAML_DOCUMENT_START_EVENT:
		refuse_directives(tree, event);
		return;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return;
	}
}

/*
 * Mark what the end of a broken file has cut: the root and, of each, the last one in it. A
 * value that is not there yet may be anything: nothing is wrong with it.
 */
static void
mark_cut(const struct conf_node *root)
{
	const struct conf_node *node = root;

	while (node != NULL) {
		own(node)->is_cut = true;
		if (node->type == CONF_SCALAR && node->style == CONF_PLAIN &&
		    node->len == 0)
			own(node)->is_bad = true;
		if (node->type == CONF_SCALAR || node->count == 0)
			return;
		node = node->type == CONF_MAPPING ? node->pairs[node->count - 1].value
						  : node->items[node->count - 1];
	}
}

const struct conf_node *
conf_tree(struct conf *conf, const char *file, const char *bytes, size_t len)
{
	struct tree tree = { .conf = conf, .file = file, .bytes = bytes };
	yaml_parser_t parser;
	yaml_event_t event;
	bool is_over = false;

	tree.len = conf_find_end(conf, file, bytes, len);
	conf_parser_open(&parser, bytes, tree.len);
	/* an error here was made by the cut, and the mistake behind it is noted */
	while (!is_over && !tree.is_full && yaml_parser_parse(&parser, &event)) {
		is_over = event.type == YAML_STREAM_END_EVENT;
		take_event(&tree, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	while (tree.depth > 0)
		end_level(&tree);
	if (tree.len < len || !is_over)
		mark_cut(tree.root);
	return tree.root;
}
