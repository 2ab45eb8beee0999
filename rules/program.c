/*
 * Building programs.
 */
#include "rules/program.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

struct builder {
	struct program *program;
	const struct expression *expression;
	const struct program_names *names;
	struct matcher *matcher;
	struct expression_error *error;
	uint32_t
	    *starts; /* of each leaf of the expression: its first node in the program */
};

static bool
add_node(struct builder *builder, const struct program_node *node)
{
	struct program *program = builder->program;

	if (program->count >= EXPRESSION_NODES_MAX)
		return expression_error_set(builder->error, node->at,
		    "the expression is too long with its defines (at most %d nodes)",
		    EXPRESSION_NODES_MAX);
	mem_grow(program->nodes, program->count, program->cap);
	program->nodes[program->count++] = *node;
	return true;
}

/* The number of a leaf in the matcher, once the field around it is known. */
static bool
find_ref(struct builder *builder, struct program_node *node, enum field_kind kind)
{
	struct error why;
	struct term term;

	if (node->kind == EXPRESSION_SET) {
		node->ref = builder->names->find_set(
		    builder->names->ctx, node->source, node->source_len, kind, &why);
		return node->ref != MATCHER_NONE ||
		       expression_error_set(builder->error, node->at, "%.250s", why.text);
	}
	if (!term_parse(&term, kind, node->source, node->source_len, &why))
		return expression_error_set(builder->error, node->at, "%.250s", why.text);
	node->ref = matcher_add_term(builder->matcher, &term);
	return true;
}

/* Inside a field it is for the field to say how it is compared. */
static bool
add_leaf(
    struct builder *builder, const struct expression_node *from, struct program_node *node)
{
	node->ref = MATCHER_NONE;
	if (node->kind == EXPRESSION_PUBLISHED)
		node->fields = 0;
	else if (from->within == FIELD_WORDS && !find_ref(builder, node, from->form))
		return false;
	return add_node(builder, node);
}

static bool
check_define(struct builder *builder, const struct expression_node *from,
    const struct program *define)
{
	const char *name = builder->expression->text + from->text_at;
	size_t len = from->text_end - from->text_at;

	if (define == NULL)
		return expression_error_set(
		    builder->error, from->at, "there is no define &%.*s", (int)len, name);
	if (define->count == 0)
		return expression_error_set(builder->error, from->at,
		    "&%.*s cannot be used: it is wrong itself, or made of itself", (int)len,
		    name);
	if (from->depth + define->depth > EXPRESSION_DEPTH_MAX)
		return expression_error_set(builder->error, from->at,
		    "nested too deep with &%.*s (at most %d levels)", (int)len, name,
		    EXPRESSION_DEPTH_MAX);
	return true;
}

/* A define's nodes stand in the place of its &name, with one more above them. */
static bool
add_define(
    struct builder *builder, const struct expression_node *from, struct program_node *node)
{
	const struct program *define = builder->names->find_define(builder->names->ctx,
	    builder->expression->text + from->text_at, from->text_end - from->text_at);

	if (!check_define(builder, from, define))
		return false;
	for (size_t i = 0; i < define->count; i++) {
		struct program_node copy = define->nodes[i];

		copy.at = node->at;
		copy.end = node->end;
		if (!add_node(builder, &copy))
			return false;
	}
	if (from->depth + define->depth > builder->program->depth)
		builder->program->depth = from->depth + define->depth;
	node->span = (uint32_t)define->count + 1;
	return add_node(builder, node);
}

/* A leaf is compared as the field says, unless the field has words. */
static bool
narrow_leaf(struct builder *builder, enum rule_field field, struct program_node *node)
{
	enum field_kind kind = field_kind(field);

	node->fields = 1u << field;
	if (kind == FIELD_WORDS)
		return true;
	if (node->form != FIELD_WORDS)
		return expression_error_set(builder->error, node->at,
		    "=Word, /regex/ and amount() cannot stand in %s: (this define holds one)",
		    rule_field_names[field]);
	return find_ref(builder, node, kind);
}

static bool
narrow_node(struct builder *builder, enum rule_field field, struct program_node *node)
{
	enum field_kind kind = field_kind(field);

	switch (node->kind) {
	case EXPRESSION_FIELD:
	case EXPRESSION_PUBLISHED:
		return expression_error_set(builder->error, node->at,
		    "a field cannot stand in a field (this define holds one)");
	case EXPRESSION_NEAR:
	case EXPRESSION_BEFORE:
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
	case EXPRESSION_COUNT:
	case EXPRESSION_FIRST:
		return kind == FIELD_WORDS ||
		       expression_error_set(builder->error, node->at,
			   "%s cannot stand in %s: (it has no words)",
			   expression_kind_name(node->kind), rule_field_names[field]);
	case EXPRESSION_TERM:
	case EXPRESSION_SET:
		return narrow_leaf(builder, field, node);
	case EXPRESSION_DEFINE:
	case EXPRESSION_NOT:
	case EXPRESSION_OF:
	case EXPRESSION_AND:
	case EXPRESSION_OR:
		return true;
	}
	return true;
}

/* A field narrows all below it. */
static bool
narrow(struct builder *builder, enum rule_field field, size_t start)
{
	struct program *program = builder->program;

	for (size_t i = start; i < program->count; i++) {
		if (!narrow_node(builder, field, &program->nodes[i]))
			return false;
	}
	return true;
}

/* Whether it stands at places of a text. */
static bool
has_places(enum expression_kind kind)
{
	switch (kind) {
	case EXPRESSION_TERM:
	case EXPRESSION_SET:
	case EXPRESSION_DEFINE:
	case EXPRESSION_NEAR:
	case EXPRESSION_BEFORE:
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
	case EXPRESSION_OR:
		return true;
	case EXPRESSION_PUBLISHED:
	case EXPRESSION_FIELD:
	case EXPRESSION_NOT:
	case EXPRESSION_COUNT:
	case EXPRESSION_FIRST:
	case EXPRESSION_OF:
	case EXPRESSION_AND:
		break;
	}
	return false;
}

/* What has no place in the text cannot be near anything, nor counted, nor first. */
static bool
check_places(struct builder *builder, enum expression_kind parent, size_t start)
{
	const struct program *program = builder->program;

	for (size_t i = start; i < program->count; i++) {
		const struct program_node *node = &program->nodes[i];

		if (!has_places(node->kind))
			return expression_error_set(builder->error, node->at,
			    "%s cannot stand in %s (terms, sets, amounts and ORs of them "
			    "can%s)",
			    expression_kind_name(node->kind), expression_kind_name(parent),
			    node->kind == EXPRESSION_FIELD
				? "; put the field before all of it: title:(...)"
				: "");
	}
	return true;
}

static void
set_source(struct program_node *node, const struct expression *expression,
    const struct expression_node *from)
{
	bool is_leaf = from->span == 1;
	size_t at = is_leaf ? from->text_at : from->at;

	node->source = expression->text + at;
	node->source_len = (uint32_t)((is_leaf ? from->text_end : from->end) - at);
}

static bool
build_node(struct builder *builder, size_t i)
{
	const struct expression_node *from = &builder->expression->nodes[i];
	struct program_node node = { .kind = from->kind,
		.span = 1,
		.fields = FIELDS_DEFAULT,
		.field = from->field,
		.form = from->form,
		.number = from->number,
		.comparison = from->comparison,
		.at = (uint32_t)from->at,
		.end = (uint32_t)from->end };
	size_t start = builder->starts[i - from->span + 1];

	set_source(&node, builder->expression, from);
	if (from->depth > builder->program->depth)
		builder->program->depth = from->depth;
	switch (from->kind) {
	case EXPRESSION_TERM:
	case EXPRESSION_SET:
	case EXPRESSION_PUBLISHED:
		return add_leaf(builder, from, &node);
	case EXPRESSION_DEFINE:
		return add_define(builder, from, &node);
	case EXPRESSION_FIELD:
		if (!narrow(builder, from->field, start))
			return false;
		break;
	case EXPRESSION_NEAR:
	case EXPRESSION_BEFORE:
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
	case EXPRESSION_COUNT:
	case EXPRESSION_FIRST:
		if (!check_places(builder, from->kind, start))
			return false;
		break;
	case EXPRESSION_NOT:
	case EXPRESSION_OF:
	case EXPRESSION_AND:
	case EXPRESSION_OR:
		break;
	}
	node.span = (uint32_t)(builder->program->count - start + 1);
	return add_node(builder, &node);
}

bool
program_build(struct program *program, const struct expression *expression,
    const struct program_names *names, struct matcher *matcher,
    struct expression_error *error)
{
	struct builder builder = { program, expression, names, matcher, error, NULL };
	bool is_good = true;

	builder.starts = mem_array(expression->count, sizeof(*builder.starts));
	for (size_t i = 0; is_good && i < expression->count; i++) {
		if (expression->nodes[i].span == 1)
			builder.starts[i] = (uint32_t)program->count;
		is_good = build_node(&builder, i);
	}
	free(builder.starts);
	if (!is_good)
		program_clear(program);
	for (size_t i = 0; i < program->count; i++) {
		if (program->nodes[i].span == 1)
			program->fields |= program->nodes[i].fields;
	}
	return is_good;
}

void
program_clear(struct program *program)
{
	free(program->nodes);
	*program = (struct program){ .nodes = NULL };
}
