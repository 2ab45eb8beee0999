/*
 * One pass over the nodes: children stand before their parents.
 */
#include "rules/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

static void
make_room(struct evaluation *evaluation, size_t count)
{
	if (count <= evaluation->cap)
		return;
	evaluation->values =
	    mem_resize(evaluation->values, count, sizeof(*evaluation->values));
	evaluation->is_shown =
	    mem_resize(evaluation->is_shown, count, sizeof(*evaluation->is_shown));
	evaluation->cap = count;
}

/* Whether a child of node i has this value. */
static bool
has_child(const struct program *program, size_t i, const bool *values, bool value)
{
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		if (values[child] == value)
			return true;
	}
	return false;
}

static bool
value_of(const struct program *program, size_t i, const bool *values,
    const struct matcher *matcher)
{
	const struct program_node *node = &program->nodes[i];

	switch (node->kind) {
	case EXPRESSION_TERM:
		return (matcher_term_fields(matcher, node->ref) & node->fields) != 0;
	case EXPRESSION_SET:
		return (matcher_set_fields(matcher, node->ref) & node->fields) != 0;
	case EXPRESSION_DEFINE:
	case EXPRESSION_FIELD:
		return values[i - 1];
	case EXPRESSION_NOT:
		return !values[i - 1];
	case EXPRESSION_AND:
		return !has_child(program, i, values, false);
	case EXPRESSION_OR:
		return has_child(program, i, values, true);
	}
	return false;
}

bool
evaluate_run(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher)
{
	make_room(evaluation, program->count);
	for (size_t i = 0; i < program->count; i++)
		evaluation->values[i] = value_of(program, i, evaluation->values, matcher);
	return evaluation->values[program->count - 1];
}

/* Source text on one line. */
static void
add_source(struct buf *out, const char *source, size_t at, size_t end)
{
	bool is_blank = false;
	size_t chars = 0;

	while (at < end) {
		uint32_t c;
		size_t used = text_decode(source + at, end - at, &c);

		if (used == 1 && strchr(" \t\r\n", (int)c) != NULL) {
			is_blank = true;
			at++;
			continue;
		}
		if (++chars + is_blank > CLAUSE_MAX_CHARS) {
			buf_add_text(out, "…");
			return;
		}
		if (is_blank)
			buf_add_char(out, ' ');
		chars += is_blank;
		is_blank = false;
		buf_add(out, source + at, used);
		at += used;
	}
}

/* The first child whose value makes its parent's, or i itself where all of them do. */
static size_t
deciding_child(const struct program *program, size_t i, const bool *values)
{
	enum expression_kind kind = program->nodes[i].kind;
	size_t first = i;

	if ((kind != EXPRESSION_OR || !values[i]) && (kind != EXPRESSION_AND || values[i]))
		return i;
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		if (values[child] == values[i])
			first = child;
	}
	return first;
}

void
evaluate_clause(const struct evaluation *evaluation, const struct program *program,
    const char *source, struct buf *out)
{
	size_t i = program->count - 1;

	for (;;) {
		size_t child = deciding_child(program, i, evaluation->values);

		if (child == i)
			break;
		i = child;
	}
	add_source(out, source, program->nodes[i].at, program->nodes[i].end);
}

static void
show_term(const struct matcher *matcher, const struct program_node *node, uint32_t term,
    evaluate_found_fn *fn, void *ctx)
{
	uint32_t set = node->kind == EXPRESSION_SET ? node->ref : MATCHER_NONE;
	unsigned shown[FIELD_COUNT] = { 0 };

	for (uint32_t i = matcher_first(matcher, term); i != MATCHER_NONE;
	     i = matcher_occurrence(matcher, i)->next) {
		enum rule_field field = matcher_occurrence(matcher, i)->field;

		if ((node->fields & 1u << field) != 0 &&
		    shown[field]++ < EVALUATE_OCCURRENCES_MAX)
			fn(ctx, term, set, i);
	}
}

static void
show_leaf(const struct matcher *matcher, const struct program_node *node,
    evaluate_found_fn *fn, void *ctx)
{
	const uint32_t *terms = &node->ref;
	size_t count = 1;

	if (node->kind == EXPRESSION_SET)
		terms = matcher_set_terms(matcher, node->ref, &count);
	for (size_t i = 0; i < count; i++)
		show_term(matcher, node, terms[i], fn, ctx);
}

void
evaluate_found(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher, evaluate_found_fn *fn, void *ctx)
{
	const bool *values = evaluation->values;
	bool *is_shown = evaluation->is_shown;

	memset(is_shown, 0, program->count * sizeof(*is_shown));
	is_shown[program->count - 1] = values[program->count - 1];
	for (size_t i = program->count; i-- > 0;) {
		/* what stands below a NOT was not found, or did not help */
		if (!is_shown[i] || program->nodes[i].kind == EXPRESSION_NOT)
			continue;
		if (program->nodes[i].span == 1)
			show_leaf(matcher, &program->nodes[i], fn, ctx);
		for (size_t child = i - 1; program_is_child(program, i, child);
		     child -= program->nodes[child].span)
			is_shown[child] = values[child];
	}
}

void
evaluation_clear(struct evaluation *evaluation)
{
	free(evaluation->values);
	free(evaluation->is_shown);
	*evaluation = (struct evaluation){ NULL, NULL, 0 };
}
