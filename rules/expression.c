/*
 * The parser: no recursion, but a stack of what is open (groups, NOTs, fields), as deep as
 * an expression may be.
 */
#include "rules/expression.h"

#include <stdlib.h>
#include <string.h>

#include "rules/term.h"

/* What is open: the whole, a parenthesis or a part of n OF (...), in which ORs of ANDs of
 * NEARs collect; or a prefix. */
struct level {
	enum expression_kind kind;  /* NOT, FIELD; OF; OR for any other group */
	struct lexeme lexeme;       /* what opened it */
	size_t start;               /* first node */
	size_t or_start, and_start; /* first node of the group (of the part), of its AND */
	size_t near_start;          /* first node of its last operand */
	size_t or_count, and_count; /* operands so far */
	size_t part_count;          /* of OF */
	size_t or_at, and_at, near_at; /* source: where these begin */
	struct lexeme near;            /* NEAR or BEFORE, waiting for its second operand */
	bool wants_operand;            /* an operator stands before: it needs one more */
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
add_parent(struct parser *parser, struct expression_node node, size_t start)
{
	const struct expression *expression = parser->expression;

	node.span = (uint32_t)(expression->count - start + 1);
	node.end = expression->nodes[expression->count - 1].end;
	return add_node(parser, &node);
}

static bool
open_level(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	struct level *level;
	size_t start = parser->expression->count;

	if (parser->depth == EXPRESSION_DEPTH_MAX)
		return expression_error_set(parser->error, lexeme->at,
		    "nested too deep (at most %d levels)", EXPRESSION_DEPTH_MAX);
	level = &parser->levels[++parser->depth];
	*level = (struct level){ .kind = kind, .lexeme = *lexeme, .start = start };
	level->or_start = level->and_start = start;
	level->wants_operand = true;
	return true;
}

/* NEAR and BEFORE stand between their operands, which begin at near_start. */
static bool
end_near(struct parser *parser, struct level *level)
{
	struct expression_node node = { .at = level->near_at };

	node.kind = level->near.kind == LEXEME_NEAR ? EXPRESSION_NEAR : EXPRESSION_BEFORE;
	node.number = level->near.number;
	level->near.kind = LEXEME_END;
	return add_parent(parser, node, level->near_start);
}

/* A primary is complete: it ends the fields before it and joins what is near it. */
static bool
end_primary(struct parser *parser, size_t start, size_t at)
{
	struct level *level = &parser->levels[parser->depth];

	while (level->kind == EXPRESSION_FIELD) {
		struct expression_node node = { .kind = EXPRESSION_FIELD,
			.at = level->lexeme.at,
			.field = level->lexeme.field };

		start = level->start;
		at = node.at;
		if (!add_parent(parser, node, start))
			return false;
		level = &parser->levels[--parser->depth];
	}
	level->wants_operand = false;
	if (level->near.kind != LEXEME_END)
		return end_near(parser, level);
	level->near_start = start;
	level->near_at = at;
	return true;
}

/* Nothing more is near the last operand: it ends the NOTs before it and joins the group. */
static bool
end_operand(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];

	while (level->kind == EXPRESSION_NOT) {
		struct expression_node node = { .kind = EXPRESSION_NOT,
			.at = level->lexeme.at };
		size_t start = level->start;

		if (!add_parent(parser, node, start))
			return false;
		level = &parser->levels[--parser->depth];
		level->near_start = start;
		level->near_at = node.at;
	}
	if (level->and_count++ == 0)
		level->and_at = level->near_at;
	if (level->or_count == 0 && level->and_count == 1)
		level->or_at = level->near_at;
	level->wants_operand = false;
	return true;
}

/* The operands since the last OR become one. */
static bool
end_and(struct parser *parser)
{
	struct level *level;

	if (!end_operand(parser))
		return false;
	level = &parser->levels[parser->depth];
	if (level->and_count > 1 &&
	    !add_parent(parser,
		(struct expression_node){ .kind = EXPRESSION_AND, .at = level->and_at },
		level->and_start))
		return false;
	level->or_count++;
	level->and_count = 0;
	level->and_start = parser->expression->count;
	return true;
}

/* The ORs of a group, or of one part of n OF, become one; the next part may begin. */
static bool
end_or(struct parser *parser)
{
	struct level *level;

	if (!end_and(parser))
		return false;
	level = &parser->levels[parser->depth];
	if (level->or_count > 1 &&
	    !add_parent(parser,
		(struct expression_node){ .kind = EXPRESSION_OR, .at = level->or_at },
		level->or_start))
		return false;
	level->part_count++;
	level->or_count = 0;
	level->or_start = level->and_start = parser->expression->count;
	return true;
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

/* What begins an operand: without an operator before it, it is ANDed. */
static bool
begin_operand(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];

	if (level->wants_operand)
		return true;
	if (!end_operand(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

/* The group that a lexeme ends; its prefixes are done then. */
static struct level *
open_group(struct parser *parser)
{
	size_t depth = parser->depth;

	while (parser->levels[depth].kind == EXPRESSION_NOT)
		depth--;
	return &parser->levels[depth];
}

static bool
end_of(struct parser *parser, const struct level *level)
{
	struct expression_node node = { .kind = EXPRESSION_OF,
		.at = level->lexeme.at,
		.number = level->lexeme.number };

	if (node.number < 1 || node.number > level->part_count)
		return expression_error_set(parser->error, node.at,
		    "%u OF a list of %zu (allowed: 1 to %zu)", node.number,
		    level->part_count, level->part_count);
	return add_parent(parser, node, level->start);
}

static bool
on_close(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = open_group(parser);
	struct expression_node *root;

	if (!needs_operand(parser, lexeme))
		return false;
	if (level == parser->levels)
		return expression_error_set(
		    parser->error, lexeme->at, "this ) closes nothing");
	if (!end_or(parser) || (level->kind == EXPRESSION_OF && !end_of(parser, level)))
		return false;
	root = &parser->expression->nodes[parser->expression->count - 1];
	root->at = level->lexeme.at;
	root->end = lexeme->end;
	parser->depth--;
	return end_primary(parser, level->start, level->lexeme.at);
}

static bool
on_comma(struct parser *parser, const struct lexeme *lexeme)
{
	if (!needs_operand(parser, lexeme))
		return false;
	if (open_group(parser)->kind != EXPRESSION_OF)
		return expression_error_set(parser->error, lexeme->at,
		    "a comma stands between the parts of 2 OF (a, b, c) only");
	if (!end_or(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

static bool
on_operator(struct parser *parser, const struct lexeme *lexeme)
{
	if (!needs_operand(parser, lexeme))
		return false;
	if (lexeme->kind == LEXEME_OR ? !end_and(parser) : !end_operand(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

static bool
on_near(struct parser *parser, const struct lexeme *lexeme)
{
	struct level *level = &parser->levels[parser->depth];

	if (!needs_operand(parser, lexeme))
		return false;
	level->near = *lexeme;
	level->wants_operand = true;
	return true;
}

static bool
on_not(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = &parser->levels[parser->depth];

	if (level->kind == EXPRESSION_FIELD)
		return needs_operand(parser, lexeme);
	if (level->near.kind != LEXEME_END)
		return expression_error_set(
		    parser->error, lexeme->at, "NOT cannot stand beside NEAR or BEFORE");
	return begin_operand(parser) && open_level(parser, EXPRESSION_NOT, lexeme);
}

static bool
on_field(struct parser *parser, const struct lexeme *lexeme)
{
	for (size_t i = 0; i <= parser->depth; i++) {
		if (parser->levels[i].kind == EXPRESSION_FIELD)
			return expression_error_set(
			    parser->error, lexeme->at, "a field cannot stand in a field");
	}
	return begin_operand(parser) && open_level(parser, EXPRESSION_FIELD, lexeme);
}

static bool
on_open(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	return begin_operand(parser) && open_level(parser, kind, lexeme);
}

/* How a term is compared here: as the field around it says. */
static enum field_kind
current_kind(const struct parser *parser)
{
	for (size_t i = parser->depth + 1; i-- > 0;) {
		if (parser->levels[i].kind == EXPRESSION_FIELD)
			return field_kind(parser->levels[i].lexeme.field);
	}
	return FIELD_WORDS;
}

static bool
check_term(struct parser *parser, const struct expression_node *node)
{
	struct term term;
	struct error why;

	if (node->within != FIELD_WORDS && node->form != FIELD_WORDS)
		return expression_error_set(parser->error, node->at,
		    "=Word and /regex/ cannot stand in link:, feed:, tag: and lang:");
	if (!term_parse(&term, node->within == FIELD_WORDS ? node->form : node->within,
		parser->lexer.text + node->text_at, node->text_end - node->text_at, &why))
		return expression_error_set(
		    parser->error, node->at + term.wrong_at, "%.250s", why.text);
	term_clear(&term);
	return true;
}

static bool
on_leaf(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	const struct expression_node node = { .kind = kind,
		.span = 1,
		.within = current_kind(parser),
		.form = lexeme->form,
		.at = lexeme->at,
		.end = lexeme->end,
		.text_at = lexeme->text_at,
		.text_end = lexeme->text_end };

	if (kind == EXPRESSION_TERM && !check_term(parser, &node))
		return false;
	return begin_operand(parser) && add_node(parser, &node) &&
	       end_primary(parser, parser->expression->count - 1, lexeme->at);
}

static bool
on_end(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = open_group(parser);

	if (!needs_operand(parser, lexeme))
		return false;
	if (level != parser->levels)
		return expression_error_set(
		    parser->error, level->lexeme.at, "this ( is not closed");
	return end_or(parser);
}

static bool
on_lexeme(struct parser *parser, const struct lexeme *lexeme)
{
	switch (lexeme->kind) {
	case LEXEME_END:
		return on_end(parser, lexeme);
	case LEXEME_OPEN:
		return on_open(parser, EXPRESSION_OR, lexeme);
	case LEXEME_OF:
		return on_open(parser, EXPRESSION_OF, lexeme);
	case LEXEME_CLOSE:
		return on_close(parser, lexeme);
	case LEXEME_COMMA:
		return on_comma(parser, lexeme);
	case LEXEME_AND:
	case LEXEME_OR:
		return on_operator(parser, lexeme);
	case LEXEME_NEAR:
	case LEXEME_BEFORE:
		return on_near(parser, lexeme);
	case LEXEME_NOT:
		return on_not(parser, lexeme);
	case LEXEME_FIELD:
		return on_field(parser, lexeme);
	case LEXEME_TERM:
		return on_leaf(parser, EXPRESSION_TERM, lexeme);
	case LEXEME_SET:
		return on_leaf(parser, EXPRESSION_SET, lexeme);
	case LEXEME_DEFINE:
		return on_leaf(parser, EXPRESSION_DEFINE, lexeme);
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
