/*
 * A rule's expressions as trees, with what each part came to.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rules/pack.h"

/* What one explanation works in. */
struct explaining {
	const struct ruleset *rules;
	struct evaluation evaluation;
	struct explain_node *node; /* whose occurrences are being added */
};

static const char *
kind_name(enum expression_kind kind)
{
	static const char *const names[] = {
		[EXPRESSION_TERM] = "term",
		[EXPRESSION_SET] = "set",
		[EXPRESSION_DEFINE] = "define",
		[EXPRESSION_PUBLISHED] = "published",
		[EXPRESSION_FIELD] = "field",
		[EXPRESSION_NOT] = "not",
		[EXPRESSION_NEAR] = "near",
		[EXPRESSION_BEFORE] = "before",
		[EXPRESSION_UNLESS_BEFORE] = "unless-before",
		[EXPRESSION_UNLESS_AFTER] = "unless-after",
		[EXPRESSION_COUNT] = "count",
		[EXPRESSION_FIRST] = "first",
		[EXPRESSION_OF] = "of",
		[EXPRESSION_AND] = "and",
		[EXPRESSION_OR] = "or",
	};

	return names[kind];
}

static void
add_label(const struct program_node *node, struct buf *out)
{
	switch (node->kind) {
	case EXPRESSION_TERM:
	case EXPRESSION_SET:
	case EXPRESSION_DEFINE:
		buf_add_text(out, node->kind == EXPRESSION_SET      ? "@"
				  : node->kind == EXPRESSION_DEFINE ? "&"
								    : "");
		evaluate_source(out, node->source, node->source_len, SIZE_MAX);
		return;
	case EXPRESSION_FIELD:
		buf_printf(out, "%s:", rule_field_names[node->field]);
		return;
	case EXPRESSION_NEAR:
		buf_printf(out, "NEAR/%u", node->number);
		return;
	case EXPRESSION_BEFORE:
		buf_printf(out, "BEFORE/%u", node->number);
		return;
	case EXPRESSION_PUBLISHED:
		buf_printf(out, "published: %s %.*s", comparison_sign(node->comparison),
		    (int)node->source_len, node->source);
		return;
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
		buf_printf(out, "%s/%u", expression_kind_name(node->kind), node->number);
		return;
	case EXPRESSION_COUNT:
		buf_printf(
		    out, "COUNT %s %u", comparison_sign(node->comparison), node->number);
		return;
	case EXPRESSION_OF:
		buf_printf(out, "%u OF", node->number);
		return;
	case EXPRESSION_FIRST:
	case EXPRESSION_NOT:
	case EXPRESSION_AND:
	case EXPRESSION_OR:
		buf_add_text(out, expression_kind_name(node->kind));
		return;
	}
}

static void
on_found(void *ctx, uint32_t term, uint32_t set, uint32_t occurrence)
{
	struct explaining *explaining = ctx;
	const struct matcher *matcher = explaining->rules->matcher;
	const struct occurrence *where = matcher_occurrence(matcher, occurrence);
	struct explain_node *node = explaining->node;

	if (matcher_text(matcher, where)->is_derived)
		return; /* it has no place that could be shown */
	mem_grow(node->terms, node->count, node->cap);
	node->terms[node->count++] =
	    ruleset_match_term(explaining->rules, term, set, where);
}

static void
explain_node(
    struct explaining *explaining, const struct program *program, size_t i, size_t depth)
{
	const struct program_node *from = &program->nodes[i];
	struct explain_node *node = explaining->node;
	struct buf label = BUF_EMPTY, source = BUF_EMPTY;

	add_label(from, &label);
	evaluate_source(&source, from->source, from->source_len, SIZE_MAX);
	*node = (struct explain_node){
		.kind = from->form == FIELD_REGEX ? "regex" : kind_name(from->kind),
		.label = buf_take(&label),
		.depth = depth,
		.is_true = explaining->evaluation.values[i]
	};
	node->source = from->span == 1 || from->kind == EXPRESSION_DEFINE
			   ? mem_strdup(node->label)
			   : buf_take(&source);
	buf_clear(&source);
	if (from->span == 1)
		evaluate_leaf(explaining->rules->matcher, from, on_found, explaining);
}

/* Where a node of the program stands in the tree that is shown. */
struct spot {
	size_t at, depth;
};

/* A part stands behind its whole, and the parts from left to right. */
static void
place_children(const struct program *program, size_t i, struct spot *spots)
{
	size_t at = spots[i].at + program->nodes[i].span;

	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		at -= program->nodes[child].span;
		spots[child] = (struct spot){ at, spots[i].depth + 1 };
	}
}

static bool
explain_clause(struct explaining *explaining, const struct clause *from, const char *name,
    struct explanation *explanation)
{
	const struct program *program = &from->program;
	struct explain_clause *clause;
	struct buf decided = BUF_EMPTY;
	struct spot *spots;

	if (from->node == NULL)
		return false;
	clause = &explanation->clauses[explanation->count++];
	clause->name = name;
	clause->is_true =
	    evaluate_run(&explaining->evaluation, program, explaining->rules->matcher);
	evaluate_clause(&explaining->evaluation, program, from->expression->text, &decided);
	clause->decided = buf_take(&decided);
	clause->nodes = mem_array(program->count, sizeof(*clause->nodes));
	clause->count = program->count;
	spots = mem_array(program->count, sizeof(*spots));
	for (size_t i = program->count; i-- > 0;) {
		place_children(program, i, spots);
		explaining->node = &clause->nodes[spots[i].at];
		explain_node(explaining, program, i, spots[i].depth);
	}
	free(spots);
	return clause->is_true;
}

struct explanation *
ruleset_explain(const struct ruleset *rules, const struct stored_entry *stored, size_t rule)
{
	const struct rule *from = &rules->rules[rule];
	struct explaining explaining = { .rules = rules };
	struct explanation *explanation = mem_zalloc(sizeof(*explanation));
	struct field_texts texts = { .items = NULL };
	bool is_excluded;

	assert(rules->is_compiled);
	explaining.evaluation.day = evaluate_day(stored);
	field_texts_read(&texts, stored, rules->fields);
	matcher_scan(rules->matcher, &texts);
	explanation->rule = rule;
	explanation->is_true =
	    explain_clause(&explaining, &from->when, "when", explanation);
	is_excluded = explain_clause(&explaining, &from->unless, "unless", explanation);
	if (from->story != NAMES_NONE &&
	    explain_clause(&explaining, &rules->stories[from->story].unless,
		"unless of the story", explanation))
		is_excluded = true;
	if (is_excluded)
		explanation->is_true = false;
	evaluation_clear(&explaining.evaluation);
	field_texts_clear(&texts);
	return explanation;
}

static void
clause_free(struct explain_clause *clause)
{
	for (size_t i = 0; i < clause->count; i++) {
		free(clause->nodes[i].label);
		free(clause->nodes[i].source);
		match_terms_free(clause->nodes[i].terms, clause->nodes[i].count);
	}
	free(clause->nodes);
	free(clause->decided);
}

void
explanation_free(struct explanation *explanation)
{
	if (explanation == NULL)
		return;
	for (size_t i = 0; i < explanation->count; i++)
		clause_free(&explanation->clauses[i]);
	free(explanation);
}
