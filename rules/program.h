/*
 * An expression made ready to run: defines put in, terms and sets as numbers of the
 * matcher.
 *
 * The same postorder as struct expression (rules/expression.h).
 */
#ifndef RULES_PROGRAM_H
#define RULES_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/expression.h"
#include "rules/matcher.h"

struct program_node {
	enum expression_kind kind;
	uint32_t span;
	uint32_t ref;               /* of TERM and SET: number in the matcher */
	enum rule_field field;      /* of FIELD */
	unsigned fields;            /* of TERM and SET: bits of the fields looked at */
	uint32_t number;            /* as in struct expression_node */
	enum comparison comparison; /* of COUNT and PUBLISHED */
	uint32_t at, end;           /* source; of what a define holds: the place of its & */
	enum field_kind form;       /* of TERM: as in struct expression_node */
	const char *source;  /* borrowed from its own expression: what this node is ... */
	uint32_t source_len; /* ... of TERM, SET and DEFINE without quotes, @ and & */
};

struct program {
	struct program_node *nodes; /* owned; the last one is the root */
	size_t count, cap;
	uint32_t depth;  /* deepest nesting, defines included */
	unsigned fields; /* bits of all fields that are looked at */
};

/*
 * Whether a node is a child of node i. All children, the last one first:
 * for (size_t child = i - 1; program_is_child(program, i, child);
 *      child -= program->nodes[child].span)
 */
static inline bool
program_is_child(const struct program *program, size_t i, size_t child)
{
	return child < i && child + program->nodes[i].span > i;
}

/* What names stand for. */
struct program_names {
	void *ctx;
	/* number in the matcher of a set whose terms are of this kind, or MATCHER_NONE with
	 * error set */
	uint32_t (*find_set)(void *ctx, const char *name, size_t len, enum field_kind kind,
	    struct error *err);
	/* NULL: no such define. One that is not built yet has no nodes. */
	const struct program *(*find_define)(void *ctx, const char *name, size_t len);
};

/**
 * Build from an expression, which the program then borrows. Terms are added to the
 * matcher.
 *
 * @param program  empty; out, on success
 */
bool program_build(struct program *program, const struct expression *expression,
    const struct program_names *names, struct matcher *matcher,
    struct expression_error *error);
void program_clear(struct program *program);

#endif
