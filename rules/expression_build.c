/*
 * Nodes made of what a stack of levels has collected, the strongest operators first.
 */
#include "rules/expression_private.h"

#include "base/mem.h"

bool
parser_add_node(struct parser *parser, const struct expression_node *node)
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
	return parser_add_node(parser, &node);
}

bool
parser_open(struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme)
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

/* NEAR, BEFORE and guards stand between their operands. */
static bool
end_pair(struct parser *parser, struct lexeme *operator, size_t start, size_t at)
{
	static const enum expression_kind kinds[] = {
		[LEXEME_NEAR] = EXPRESSION_NEAR,
		[LEXEME_BEFORE] = EXPRESSION_BEFORE,
		[LEXEME_UNLESS_BEFORE] = EXPRESSION_UNLESS_BEFORE,
		[LEXEME_UNLESS_AFTER] = EXPRESSION_UNLESS_AFTER,
	};
	const struct expression_node node = { .kind = kinds[operator->kind],
		.number = operator->number,
		.at = at };

	operator->kind = LEXEME_END;
	return add_parent(parser, node, start);
}

bool
parser_end_guard(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];

	if (level->near.kind != LEXEME_END)
		return end_pair(parser, &level->near, level->near_start, level->near_at);
	level->near_start = level->guard_start;
	level->near_at = level->guard_at;
	return true;
}

bool
parser_end_primary(struct parser *parser, size_t start, size_t at)
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
	if (level->guard.kind != LEXEME_END)
		return end_pair(parser, &level->guard, level->guard_start, level->guard_at);
	level->guard_start = start;
	level->guard_at = at;
	return true;
}

bool
parser_end_operand(struct parser *parser)
{
	struct level *level = &parser->levels[parser->depth];

	if (!parser_end_guard(parser))
		return false;
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

bool
parser_end_and(struct parser *parser)
{
	struct level *level;

	if (!parser_end_operand(parser))
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

bool
parser_end_or(struct parser *parser)
{
	struct level *level;

	if (!parser_end_and(parser))
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
end_first(struct parser *parser, const struct level *level)
{
	const struct expression_node node = { .kind = EXPRESSION_FIRST,
		.at = level->lexeme.at };

	if (level->part_count != 2)
		return expression_error_set(parser->error, node.at,
		    "FIRST has %zu parts (allowed: 2, as in FIRST(a, b))",
		    level->part_count);
	return add_parent(parser, node, level->start);
}

/* COUNT(a) is followed by its comparison, which belongs to it. */
static bool
end_count(struct parser *parser, const struct level *level, struct lexeme *close)
{
	struct expression_node node = { .kind = EXPRESSION_COUNT, .at = level->lexeme.at };

	if (!lexer_comparison(
		&parser->lexer, &node.comparison, &node.number, &close->end, parser->error))
		return false;
	if (node.number == 0 &&
	    (node.comparison == COMPARE_AT_LEAST || node.comparison == COMPARE_LESS))
		return expression_error_set(parser->error, node.at,
		    "COUNT(...) %s 0 is %s (a count is 0 or more)",
		    comparison_sign(node.comparison),
		    node.comparison == COMPARE_LESS ? "never true" : "always true");
	return add_parent(parser, node, level->start);
}

bool
parser_end_group(struct parser *parser, const struct level *level, struct lexeme *close)
{
	if (!parser_end_or(parser))
		return false;
	switch (level->kind) {
	case EXPRESSION_OF:
		return end_of(parser, level);
	case EXPRESSION_FIRST:
		return end_first(parser, level);
	case EXPRESSION_COUNT:
		return end_count(parser, level, close);
	default:
		return true;
	}
}
