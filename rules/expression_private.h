/*
 * The parser's stack. For rules/expression.c and rules/expression_build.c only.
 */
#ifndef RULES_EXPRESSION_PRIVATE_H
#define RULES_EXPRESSION_PRIVATE_H

#include "rules/expression.h"

/* What is open: the whole, a parenthesis or a part of n OF (...), in which ORs of ANDs of
 * NEARs of guarded primaries collect; or a prefix. */
struct level {
	enum expression_kind kind;  /* NOT, FIELD; OF, COUNT, FIRST; OR for other groups */
	struct lexeme lexeme;       /* what opened it */
	size_t start;               /* first node */
	size_t or_start, and_start; /* first node of the group (of the part), of its AND */
	size_t near_start;          /* first node of its last operand */
	size_t guard_start;         /* first node of what may be guarded */
	size_t or_count, and_count; /* operands so far */
	size_t part_count;          /* of OF, COUNT and FIRST */
	size_t or_at, and_at, near_at, guard_at; /* source: where these begin */
	struct lexeme near, guard; /* NEAR or BEFORE, UNLESS: waiting for the operand */
	bool wants_operand;        /* an operator stands before: it needs one more */
};

struct parser {
	struct lexer lexer;
	struct expression *expression;
	struct expression_error *error;
	struct level levels[EXPRESSION_DEPTH_MAX + 1];
	size_t depth; /* index of the innermost level */
};

bool parser_add_node(struct parser *parser, const struct expression_node *node);
/** A level inside the innermost one. */
bool parser_open(
    struct parser *parser, enum expression_kind kind, const struct lexeme *lexeme);
/** A primary is complete: it ends the fields before it and guards what is before it. */
bool parser_end_primary(struct parser *parser, size_t start, size_t at);
/** Nothing more guards the last primary: it joins what it is near. */
bool parser_end_guard(struct parser *parser);
/** Nothing more is near the last operand: it ends the NOTs before it and joins the group.
 */
bool parser_end_operand(struct parser *parser);
/** The operands since the last OR become one. */
bool parser_end_and(struct parser *parser);
/** The ORs of a group, or of one part of a list, become one; the next part may begin. */
bool parser_end_or(struct parser *parser);
/**
 * The innermost group becomes what its parenthesis makes of it: OF, COUNT, FIRST, or what
 * it is.
 *
 * @param close  the parenthesis; out: the end of what belongs to it
 */
bool parser_end_group(
    struct parser *parser, const struct level *level, struct lexeme *close);

#endif
