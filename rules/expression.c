/*
 * The parser: no recursion, but a stack of what is open (groups, NOTs, fields), as deep as
 * an expression may be.
 */
#include "rules/expression.h"

#include <stdlib.h>
#include <string.h>

#include "rules/expression_private.h"
#include "rules/term.h"

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
	if (!parser_end_operand(parser))
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
on_close(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = open_group(parser);
	struct lexeme close = *lexeme;
	struct expression_node *root;

	if (!needs_operand(parser, lexeme))
		return false;
	if (level == parser->levels)
		return expression_error_set(
		    parser->error, lexeme->at, "this ) closes nothing");
	if (!parser_end_group(parser, level, &close))
		return false;
	root = &parser->expression->nodes[parser->expression->count - 1];
	root->at = level->lexeme.at;
	root->end = close.end;
	parser->depth--;
	return parser_end_primary(parser, level->start, level->lexeme.at);
}

static bool
on_comma(struct parser *parser, const struct lexeme *lexeme)
{
	enum expression_kind kind = open_group(parser)->kind;

	if (!needs_operand(parser, lexeme))
		return false;
	if (kind != EXPRESSION_OF && kind != EXPRESSION_FIRST)
		return expression_error_set(parser->error, lexeme->at,
		    "a comma stands between the parts of 2 OF (a, b, c) and FIRST(a, b) "
		    "only");
	if (!parser_end_or(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

static bool
on_operator(struct parser *parser, const struct lexeme *lexeme)
{
	if (!needs_operand(parser, lexeme))
		return false;
	if (lexeme->kind == LEXEME_OR ? !parser_end_and(parser)
				      : !parser_end_operand(parser))
		return false;
	parser->levels[parser->depth].wants_operand = true;
	return true;
}

static bool
on_near(struct parser *parser, const struct lexeme *lexeme)
{
	struct level *level = &parser->levels[parser->depth];

	if (!needs_operand(parser, lexeme) || !parser_end_guard(parser))
		return false;
	level->near = *lexeme;
	level->wants_operand = true;
	return true;
}

static bool
on_guard(struct parser *parser, const struct lexeme *lexeme)
{
	struct level *level = &parser->levels[parser->depth];

	if (!needs_operand(parser, lexeme))
		return false;
	level->guard = *lexeme;
	level->wants_operand = true;
	return true;
}

static bool
on_not(struct parser *parser, const struct lexeme *lexeme)
{
	const struct level *level = &parser->levels[parser->depth];

	if (level->kind == EXPRESSION_FIELD)
		return needs_operand(parser, lexeme);
	if (level->guard.kind != LEXEME_END)
		return expression_error_set(
		    parser->error, lexeme->at, "NOT cannot stand beside UNLESS");
	if (level->wants_operand && level->near.kind != LEXEME_END)
		return expression_error_set(
		    parser->error, lexeme->at, "NOT cannot stand beside NEAR or BEFORE");
	return begin_operand(parser) && parser_open(parser, EXPRESSION_NOT, lexeme);
}

static bool
on_field(struct parser *parser, const struct lexeme *lexeme)
{
	for (size_t i = 0; i <= parser->depth; i++) {
		if (parser->levels[i].kind == EXPRESSION_FIELD)
			return expression_error_set(
			    parser->error, lexeme->at, "a field cannot stand in a field");
	}
	return begin_operand(parser) && parser_open(parser, EXPRESSION_FIELD, lexeme);
}

static bool
on_open(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
{
	return begin_operand(parser) && parser_open(parser, kind, lexeme);
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
		    "=Word, /regex/ and amount() cannot stand in link:, feed:, tag: and "
		    "lang:");
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
		.number = lexeme->number,
		.comparison = lexeme->comparison,
		.at = lexeme->at,
		.end = lexeme->end,
		.text_at = lexeme->text_at,
		.text_end = lexeme->text_end };

	if (kind == EXPRESSION_TERM && !check_term(parser, &node))
		return false;
	return begin_operand(parser) && parser_add_node(parser, &node) &&
	       parser_end_primary(parser, parser->expression->count - 1, lexeme->at);
}

static bool
on_published(struct parser *parser, const struct lexeme *lexeme)
{
	for (size_t i = 0; i <= parser->depth; i++) {
		if (parser->levels[i].kind == EXPRESSION_FIELD)
			return expression_error_set(parser->error, lexeme->at,
			    "published: cannot stand in a field");
	}
	return on_leaf(parser, EXPRESSION_PUBLISHED, lexeme);
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
	return parser_end_or(parser);
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
	case LEXEME_COUNT:
		return on_open(parser, EXPRESSION_COUNT, lexeme);
	case LEXEME_FIRST:
		return on_open(parser, EXPRESSION_FIRST, lexeme);
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
	case LEXEME_UNLESS_BEFORE:
	case LEXEME_UNLESS_AFTER:
		return on_guard(parser, lexeme);
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
	case LEXEME_PUBLISHED:
		return on_published(parser, lexeme);
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
