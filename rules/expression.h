/*
 * Expressions, parsed to a flat array of nodes.
 *
 * The nodes stand in postorder: a node comes after its children, and its span counts itself
 * with all below it. The last node is the root; the last child of node i is i - 1, the one
 * before it i - 1 - nodes[i - 1].span, as long as that lies inside the span of i.
 */
#ifndef RULES_EXPRESSION_H
#define RULES_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "rules/lexer.h"

struct buf;

#define EXPRESSION_DEPTH_MAX 64
#define EXPRESSION_NODES_MAX 10000
#define EXPRESSION_MAX_BYTES (1u << 20)

enum expression_kind {
	EXPRESSION_TERM,
	EXPRESSION_SET,
	EXPRESSION_DEFINE,
	EXPRESSION_PUBLISHED, /* a leaf */
	EXPRESSION_FIELD,     /* one child */
	EXPRESSION_NOT,       /* one child */
	EXPRESSION_NEAR,      /* two children */
	EXPRESSION_BEFORE,
	EXPRESSION_UNLESS_BEFORE, /* two children: what counts, and what hinders it */
	EXPRESSION_UNLESS_AFTER,
	EXPRESSION_COUNT, /* one child */
	EXPRESSION_FIRST, /* two children */
	EXPRESSION_OF,    /* at least `number` of its children */
	EXPRESSION_AND,
	EXPRESSION_OR,
};

struct expression_node {
	enum expression_kind kind;
	enum rule_field field;  /* of FIELD */
	enum field_kind within; /* of leaves: the kind of the field around them */
	enum field_kind form;   /* of TERM: FIELD_WORDS, _EXACT, _REGEX, _AMOUNT */
	uint32_t number; /* of NEAR, BEFORE and guards the distance, of OF and COUNT how
			    many, of PUBLISHED the day since 1970 */
	enum comparison comparison; /* of COUNT and PUBLISHED */
	uint32_t span;
	uint32_t depth; /* parentheses, NOTs and fields around it */
	size_t at, end; /* source, with its parentheses */
	/* of TERM the text, of SET and DEFINE the name, of PUBLISHED the day */
	size_t text_at, text_end;
};

struct expression {
	char *text; /* owned: the source */
	struct expression_node *nodes;
	size_t count, cap;
};

/**
 * Parse. References are not looked up here.
 *
 * @param text  valid UTF-8, without NUL
 * @return the caller's to free; NULL with error set
 */
struct expression *expression_parse(
    const char *text, size_t len, struct expression_error *error);
void expression_free(struct expression *expression);
MEM_AUTO(expression, expression_free);
/** What a node is called in messages: "AND", "a field", "FIRST". */
const char *expression_kind_name(enum expression_kind kind);
/** Append the canonical form: single blanks, AND written out, only needed parentheses. */
void expression_print(const struct expression *expression, struct buf *out);

#endif
