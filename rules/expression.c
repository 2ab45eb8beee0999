/*
 * The parser: no recursion, but a stack of what is open (groups, NOTs, fields), as deep as
 * an expression may be.
 */
#include "rules/expression.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rules/term.h"

/* What is open: the whole or a parenthesis, in which ORs of ANDs collect; or a prefix. */
struct level {
	enum expression_kind kind; /* NOT, FIELD; OR for a group */
	enum rule_field field;
	size_t at;                  /* source: the parenthesis, the prefix */
	size_t or_start, and_start; /* first node of the group, of its last AND */
	size_t or_count, and_count; /* operands so far */
	size_t and_at;              /* source: where the last AND begins */
	bool wants_operand;         /* an operator stands before: it needs one more */
};

struct parser {
	struct lexer lexer;
	struct expression *expression;
	struct expression_error *error;
	struct level levels[EXPRESSION_DEPTH_MAX + 1];
	size_t depth; /* index of the innermost level */
};

static bool
add_node(struct parser *parser, const struct expression_node *node)
{
	struct expression *expression = parser->expression;

	if (expression->count >= EXPRESSION_NODES_MAX)
		return expression_error_set(parser->error, node->at,
		    "the expression is too long (at most %d nodes)", EXPRESSION_NODES_MAX);
	mem_grow(expression->nodes, expression->count, expression->cap);
	expression->nodes[expression->count] = *node;
	expression->nodes[expression->count++].depth = (uint32_t)parser->depth;
	return true;
}

/* A node over all nodes from start on. */
static bool
add_parent(struct parser *parser, enum expression_kind kind, size_t start, size_t at)
{
	const struct expression *expression = parser->expression;
	struct expression_node node = { .kind = kind, .at = at };

	node.span = (uint32_t)(expression->count - start + 1);
	node.end = expression->nodes[expression->count - 1].end;
	node.field = parser->levels[parser->depth].field;
	return add_node(parser, &node);
}

static bool
open_level(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	struct level *level;

	if (parser->depth == EXPRESSION_DEPTH_MAX)
		return expression_error_set(parser->error, lexeme->at,
		    "nested too deep (at most %d levels)", EXPRESSION_DEPTH_MAX);
	level = &parser->levels[++parser->depth];
	*level = (struct level){ .kind = kind, .field = lexeme->field, .at = lexeme->at };
	level->or_start = level->and_start = parser->expression->count;
	level->wants_operand = true;
	return true;
}

/* An operand is complete: it ends the prefixes before it and joins the group. */
static bool
end_operand(struct parser *parser, size_t at)
{
	struct level *level = &parser->levels[parser->depth];

	while (level->kind != EXPRESSION_OR) {
		at = level->at;
		if (!add_parent(parser, level->kind, level->or_start, at))
			return false;
		parser->depth--;
		level = &parser->levels[parser->depth];
	}
	if (level->and_count++ == 0)
		level->and_at = at;
	level->wants_operand = false;
	return true;
}

/* The operands since the last OR become one. */
static bool
end_and(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];

	if (level->and_count > 1 &&
	    !add_parent(parser, EXPRESSION_AND, level->and_start, level->and_at))
		return false;
	level->or_count++;
	level->and_count = 0;
	level->and_start = parser->expression->count;
	return true;
}

static bool
end_group(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];
	size_t at = parser->depth == 0 ? 0 : level->at;

	if (!end_and(parser))
		return false;
	return level->or_count == 1 ||
	       add_parent(parser, EXPRESSION_OR, level->or_start, at);
}

static bool
needs_operand(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = &parser->levels[parser->depth];

	if (!level->wants_operand)
		return true;
	if (level->kind == EXPRESSION_FIELD)
		return expression_error_set(parser->error, lexeme->at,
		    "a field is followed by a term, @set, &define or (");
	return expression_error_set(parser->error, lexeme->at,
	    lexeme->kind == LEXEME_END ? "the expression ends where a term is expected"
				       : "a term is expected here");
}

static bool
on_close(struct parser *parser, const struct lexeme *lexeme)
{
	struct expression_node *root;
	size_t at;

	if (!needs_operand(parser, lexeme))
		return false;
	if (parser->depth == 0)
		return expression_error_set(
		    parser->error, lexeme->at, "this ) closes nothing");
	at = parser->levels[parser->depth].at;
	if (!end_group(parser))
		return false;
	root = &parser->expression->nodes[parser->expression->count - 1];
	root->at = at;
	root->end = lexeme->end;
	parser->depth--;
	return end_operand(parser, at);
}

static bool
on_operator(struct parser *parser, const struct lexeme *lexeme)
{
	if (!needs_operand(parser, lexeme))
		return false;
	if (lexeme->kind == LEXEME_OR && !end_and(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

static bool
on_prefix(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	for (size_t i = 0; i <= parser->depth; i++) {
		if (parser->levels[i].kind != EXPRESSION_FIELD)
			continue;
		if (kind == EXPRESSION_FIELD)
			return expression_error_set(
			    parser->error, lexeme->at, "a field cannot stand in a field");
		if (i == parser->depth)
			return needs_operand(parser, lexeme);
	}
	return open_level(parser, kind, lexeme);
}

static bool
on_leaf(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	const char *text = parser->lexer.text;
	struct expression_node node = { .kind = kind,
		.span = 1,
		.at = lexeme->at,
		.end = lexeme->end,
		.text_at = lexeme->text_at,
		.text_end = lexeme->text_end };
	struct term term;
	struct error why;

	if (kind == EXPRESSION_TERM) {
		if (!term_parse(
			&term, text + node.text_at, node.text_end - node.text_at, &why))
			return expression_error_set(
			    parser->error, lexeme->at, "%.250s", why.text);
		term_clear(&term);
	}
	return add_node(parser, &node) && end_operand(parser, lexeme->at);
}

static bool
on_end(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = &parser->levels[parser->depth];

	if (!needs_operand(parser, lexeme))
		return false;
	if (parser->depth > 0)
		return expression_error_set(
		    parser->error, level->at, "this ( is not closed");
	return end_group(parser);
}

static bool
on_lexeme(struct parser *parser, const struct lexeme *lexeme)
{
	switch (lexeme->kind) {
	case LEXEME_END:
		return on_end(parser, lexeme);
	case LEXEME_OPEN:
		return open_level(parser, EXPRESSION_OR, lexeme);
	case LEXEME_CLOSE:
		return on_close(parser, lexeme);
	case LEXEME_AND:
	case LEXEME_OR:
		return on_operator(parser, lexeme);
	case LEXEME_NOT:
		return on_prefix(parser, EXPRESSION_NOT, lexeme);
	case LEXEME_TERM:
		return on_leaf(parser, EXPRESSION_TERM, lexeme);
	case LEXEME_SET:
		return on_leaf(parser, EXPRESSION_SET, lexeme);
	case LEXEME_DEFINE:
		return on_leaf(parser, EXPRESSION_DEFINE, lexeme);
	case LEXEME_FIELD:
		return on_prefix(parser, EXPRESSION_FIELD, lexeme);
	}
	return false;
}

struct expression *
expression_parse(const char *text, size_t len, struct expression_error *error)
{
	AUTO(expression) expression = mem_zalloc(sizeof(*expression));
	struct expression *done;
	struct parser parser = { .expression = expression, .error = error };
	struct lexeme lexeme = { .kind = LEXEME_AND };

	if (len > EXPRESSION_MAX_BYTES) {
		expression_error_set(error, EXPRESSION_MAX_BYTES,
		    "the expression is too long (at most %u bytes)", EXPRESSION_MAX_BYTES);
		return NULL;
	}
	expression->text = mem_strndup(text, len);
	parser.lexer = (struct lexer){ expression->text, len, 0 };
	parser.levels[0] = (struct level){ .kind = EXPRESSION_OR, .wants_operand = true };
	while (lexeme.kind != LEXEME_END) {
		if (!lexer_next(&parser.lexer, &lexeme, error) ||
		    !on_lexeme(&parser, &lexeme))
			return NULL;
	}
	done = expression;
	expression = NULL;
	return done;
}

void
expression_free(struct expression *expression)
{
	if (expression == NULL)
		return;
	free(expression->text);
	free(expression->nodes);
	free(expression);
}

/* -- printing, from the leaves up -- */

static void
print_leaf(const struct expression *expression, size_t i, struct buf *out)
{
	static const char *const signs[] = { "", "@", "&" };
	const struct expression_node *node = &expression->nodes[i];
	bool is_quoted = expression->text[node->text_at - (node->text_at > 0)] == '"' &&
			 node->text_at > 0;

	buf_add_text(out, is_quoted ? "\"" : signs[node->kind]);
	buf_add(out, expression->text + node->text_at, node->text_end - node->text_at);
	buf_add_text(out, is_quoted ? "\"" : "");
}

static void
print_child(const struct expression *expression, size_t parent, size_t child,
    const struct buf *printed, struct buf *out)
{
	enum expression_kind kind = expression->nodes[child].kind;
	bool is_wrapped =
	    (kind == EXPRESSION_OR && parent != child &&
		expression->nodes[parent].kind != EXPRESSION_OR) ||
	    (kind == EXPRESSION_AND && expression->nodes[parent].kind < EXPRESSION_AND);

	buf_add_text(out, is_wrapped ? "(" : "");
	buf_add_text(out, buf_text(printed));
	buf_add_text(out, is_wrapped ? ")" : "");
}

static void
print_parent(
    const struct expression *expression, size_t i, struct buf *printed, struct buf *out)
{
	const struct expression_node *node = &expression->nodes[i];
	size_t child = i - node->span + 1;

	if (node->kind == EXPRESSION_NOT)
		buf_add_text(out, "NOT ");
	if (node->kind == EXPRESSION_FIELD)
		buf_printf(out, "%s:", rule_field_names[node->field]);
	/* children stand at the ends of their spans: found from the first leaf on, since
	 * what is printed already is taken away from the leaves below it */
	for (bool is_first = true; child < i; child++) {
		if (printed[child].data == NULL)
			continue;
		if (!is_first)
			buf_add_text(out, node->kind == EXPRESSION_OR ? " OR " : " AND ");
		print_child(expression, i, child, &printed[child], out);
		buf_clear(&printed[child]);
		is_first = false;
	}
}

void
expression_print(const struct expression *expression, struct buf *out)
{
	struct buf *printed = mem_array(expression->count, sizeof(*printed));

	for (size_t i = 0; i < expression->count; i++) {
		if (expression->nodes[i].span == 1)
			print_leaf(expression, i, &printed[i]);
		else
			print_parent(expression, i, printed, &printed[i]);
	}
	buf_add_text(out, buf_text(&printed[expression->count - 1]));
	buf_clear(&printed[expression->count - 1]);
	free(printed);
}
