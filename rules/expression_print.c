/*
 * Expressions printed in their canonical form, from the leaves up.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rules/expression.h"

const char *
expression_kind_name(enum expression_kind kind)
{
	static const char *const names[] = {
		[EXPRESSION_TERM] = "a term",
		[EXPRESSION_SET] = "a set",
		[EXPRESSION_DEFINE] = "a define",
		[EXPRESSION_PUBLISHED] = "published:",
		[EXPRESSION_FIELD] = "a field",
		[EXPRESSION_NOT] = "NOT",
		[EXPRESSION_NEAR] = "NEAR",
		[EXPRESSION_BEFORE] = "BEFORE",
		[EXPRESSION_UNLESS_BEFORE] = "UNLESS BEFORE",
		[EXPRESSION_UNLESS_AFTER] = "UNLESS AFTER",
		[EXPRESSION_COUNT] = "COUNT",
		[EXPRESSION_FIRST] = "FIRST",
		[EXPRESSION_OF] = "OF",
		[EXPRESSION_AND] = "AND",
		[EXPRESSION_OR] = "OR",
	};

	return names[kind];
}

/* How strongly a node holds together. */
enum rank { RANK_OR, RANK_AND, RANK_NOT, RANK_NEAR, RANK_GUARD, RANK_PRIMARY };

static enum rank
rank_of(enum expression_kind kind)
{
	switch (kind) {
	case EXPRESSION_OR:
		return RANK_OR;
	case EXPRESSION_AND:
		return RANK_AND;
	case EXPRESSION_NOT:
		return RANK_NOT;
	case EXPRESSION_NEAR:
	case EXPRESSION_BEFORE:
		return RANK_NEAR;
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
		return RANK_GUARD;
	case EXPRESSION_TERM:
	case EXPRESSION_SET:
	case EXPRESSION_DEFINE:
	case EXPRESSION_PUBLISHED:
	case EXPRESSION_FIELD:
	case EXPRESSION_COUNT:
	case EXPRESSION_FIRST:
	case EXPRESSION_OF:
		return RANK_PRIMARY;
	}
	return RANK_PRIMARY;
}

static bool
is_list(enum expression_kind kind)
{
	return kind == EXPRESSION_OF || kind == EXPRESSION_COUNT ||
	       kind == EXPRESSION_FIRST;
}

/* The weakest child that needs no parentheses. NEAR and guards join from the left. */
static enum rank
wanted_rank(enum expression_kind parent, bool is_first)
{
	if (is_list(parent))
		return RANK_OR;
	if (parent == EXPRESSION_FIELD)
		return RANK_PRIMARY;
	if (rank_of(parent) == RANK_NEAR && !is_first)
		return RANK_GUARD;
	if (rank_of(parent) == RANK_GUARD && !is_first)
		return RANK_PRIMARY;
	return rank_of(parent);
}

static void
print_leaf(const struct expression *expression, size_t i, struct buf *out)
{
	static const char *const signs[] = { "", "@", "&" };
	const struct expression_node *node = &expression->nodes[i];
	bool is_quoted = expression->text[node->text_at - (node->text_at > 0)] == '"' &&
			 node->text_at > 0;

	if (node->kind == EXPRESSION_PUBLISHED) {
		buf_printf(out, "published: %s ", comparison_sign(node->comparison));
		buf_add(
		    out, expression->text + node->text_at, node->text_end - node->text_at);
		return;
	}

	buf_add_text(out, is_quoted ? "\"" : signs[node->kind]);
	buf_add(out, expression->text + node->text_at, node->text_end - node->text_at);
	buf_add_text(out, is_quoted ? "\"" : "");
}

static void
print_prefix(const struct expression_node *node, struct buf *out)
{
	if (node->kind == EXPRESSION_NOT)
		buf_add_text(out, "NOT ");
	if (node->kind == EXPRESSION_FIELD)
		buf_printf(out, "%s:", rule_field_names[node->field]);
	if (node->kind == EXPRESSION_OF)
		buf_printf(out, "%u OF (", node->number);
	if (node->kind == EXPRESSION_COUNT || node->kind == EXPRESSION_FIRST)
		buf_add_text(out, node->kind == EXPRESSION_COUNT ? "COUNT(" : "FIRST(");
}

/* What stands behind the parts of a list. */
static void
print_end(const struct expression_node *node, struct buf *out)
{
	if (is_list(node->kind))
		buf_add_char(out, ')');
	if (node->kind == EXPRESSION_COUNT)
		buf_printf(out, " %s %u", comparison_sign(node->comparison), node->number);
}

static void
print_between(const struct expression_node *node, struct buf *out)
{
	switch (node->kind) {
	case EXPRESSION_NEAR:
		buf_printf(out, " NEAR/%u ", node->number);
		return;
	case EXPRESSION_BEFORE:
		buf_printf(out, " BEFORE/%u ", node->number);
		return;
	case EXPRESSION_UNLESS_BEFORE:
		buf_printf(out, " UNLESS BEFORE/%u ", node->number);
		return;
	case EXPRESSION_UNLESS_AFTER:
		buf_printf(out, " UNLESS AFTER/%u ", node->number);
		return;
	case EXPRESSION_OF:
	case EXPRESSION_FIRST:
		buf_add_text(out, ", ");
		return;
	default:
		buf_add_text(out, node->kind == EXPRESSION_OR ? " OR " : " AND ");
	}
}

static void
print_child(const struct buf *printed, bool is_wrapped, struct buf *out)
{
	buf_add_text(out, is_wrapped ? "(" : "");
	buf_add_text(out, buf_text(printed));
	buf_add_text(out, is_wrapped ? ")" : "");
}

static void
print_parent(
    const struct expression *expression, size_t i, struct buf *printed, struct buf *out)
{
	const struct expression_node *node = &expression->nodes[i];
	bool is_first = true;

	print_prefix(node, out);
	/* children stand at the ends of their spans: found from the first leaf on, since
	 * what is printed already is taken away from the leaves below it */
	for (size_t child = i - node->span + 1; child < i; child++) {
		if (printed[child].data == NULL)
			continue;
		if (!is_first)
			print_between(node, out);
		print_child(&printed[child],
		    rank_of(expression->nodes[child].kind) <
			wanted_rank(node->kind, is_first),
		    out);
		buf_clear(&printed[child]);
		is_first = false;
	}
	print_end(node, out);
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
