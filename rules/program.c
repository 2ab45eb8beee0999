/*
 * Building programs, and what must be there for one to be true.
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

static bool
add_term(
    struct builder *builder, const struct expression_node *from, struct program_node *node)
{
	struct term term;

	if (!term_parse(&term, builder->expression->text + from->text_at,
		from->text_end - from->text_at, NULL))
		assert(!"the parser has read it before");
	node->ref = matcher_add_term(builder->matcher, &term);
	return add_node(builder, node);
}

static bool
add_set(
    struct builder *builder, const struct expression_node *from, struct program_node *node)
{
	const char *name = builder->expression->text + from->text_at;
	size_t len = from->text_end - from->text_at;

	node->ref = builder->names->find_set(builder->names->ctx, name, len);
	if (node->ref == MATCHER_NONE)
		return expression_error_set(
		    builder->error, from->at, "there is no set @%.*s", (int)len, name);
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

/* A field narrows all below it. */
static bool
narrow(struct builder *builder, const struct expression_node *from, size_t start)
{
	struct program *program = builder->program;

	for (size_t i = start; i < program->count; i++) {
		if (program->nodes[i].kind == EXPRESSION_FIELD)
			return expression_error_set(builder->error, program->nodes[i].at,
			    "a field cannot stand in a field (this define holds one)");
		program->nodes[i].fields &= 1u << from->field;
	}
	return true;
}

static bool
build_node(struct builder *builder, size_t i)
{
	const struct expression_node *from = &builder->expression->nodes[i];
	struct program_node node = { .kind = from->kind,
		.span = 1,
		.fields = FIELDS_ALL,
		.at = (uint32_t)from->at,
		.end = (uint32_t)from->end };
	size_t start = builder->starts[i - from->span + 1];

	if (from->depth > builder->program->depth)
		builder->program->depth = from->depth;
	switch (from->kind) {
	case EXPRESSION_TERM:
		return add_term(builder, from, &node);
	case EXPRESSION_SET:
		return add_set(builder, from, &node);
	case EXPRESSION_DEFINE:
		return add_define(builder, from, &node);
	case EXPRESSION_FIELD:
		if (!narrow(builder, from, start))
			return false;
		break;
	case EXPRESSION_NOT:
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
	return is_good;
}

void
program_clear(struct program *program)
{
	free(program->nodes);
	*program = (struct program){ NULL, 0, 0, 0 };
}

/* -- necessary terms -- */

#define NEVER SIZE_MAX /* no set of terms is necessary */

/* How many terms are necessary for a node to be true, and for it to be false. */
struct cost {
	size_t when[2];
};

static size_t
sum(size_t a, size_t b)
{
	return a == NEVER || b == NEVER ? NEVER : a + b;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Whether all children have to give their terms (an OR that is to be true, an AND that is
 * to be false), or the cheapest child is enough. */
static bool
needs_all(enum expression_kind kind, bool wanted)
{
	return (kind == EXPRESSION_OR) == wanted;
}

static struct cost
cost_of(const struct program *program, size_t i, const struct cost *costs,
    const struct matcher *matcher)
{
	const struct program_node *node = &program->nodes[i];
	struct cost cost = { { NEVER, NEVER } };
	size_t count = 1;

	if (node->kind == EXPRESSION_TERM || node->kind == EXPRESSION_SET) {
		if (node->kind == EXPRESSION_SET)
			matcher_set_terms(matcher, node->ref, &count);
		cost.when[true] = count;
		return cost;
	}
	if (node->kind == EXPRESSION_NOT)
		return (struct cost){ { costs[i - 1].when[1], costs[i - 1].when[0] } };
	cost = costs[i - 1];
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		for (int wanted = 0; child < i - 1 && wanted < 2; wanted++) {
			size_t a = cost.when[wanted], b = costs[child].when[wanted];

			cost.when[wanted] =
			    needs_all(node->kind, wanted) ? sum(a, b) : least(a, b);
		}
	}
	return cost;
}

/* What a node has to be, for its terms to be asked for. */
enum want { WANT_NOTHING, WANT_FALSE, WANT_TRUE };

/* Ask the children: all of them, or the first of the cheapest. */
static void
ask_children(
    const struct program *program, size_t i, const struct cost *costs, enum want *wants)
{
	enum expression_kind kind = program->nodes[i].kind;
	bool wanted = (wants[i] == WANT_TRUE) != (kind == EXPRESSION_NOT);
	bool is_one =
	    (kind == EXPRESSION_AND || kind == EXPRESSION_OR) && !needs_all(kind, wanted);
	size_t first = i;

	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		if (!is_one)
			wants[child] = wanted ? WANT_TRUE : WANT_FALSE;
		else if (costs[child].when[wanted] == costs[i].when[wanted])
			first = child;
	}
	if (is_one)
		wants[first] = wanted ? WANT_TRUE : WANT_FALSE;
}

static void
add_necessary(const struct program_node *node, const struct matcher *matcher,
    struct links *links, size_t to)
{
	size_t count = 1;
	const uint32_t *terms = &node->ref;

	if (node->kind == EXPRESSION_SET)
		terms = matcher_set_terms(matcher, node->ref, &count);
	for (size_t i = 0; i < count; i++)
		links_add(links, terms[i], to);
}

bool
program_necessary(const struct program *program, const struct matcher *matcher,
    struct links *links, size_t to)
{
	AUTO_FREE struct cost *costs = mem_array(program->count, sizeof(*costs));
	AUTO_FREE enum want *wants = mem_array(program->count, sizeof(*wants));
	size_t root = program->count - 1;

	for (size_t i = 0; i < program->count; i++)
		costs[i] = cost_of(program, i, costs, matcher);
	if (costs[root].when[true] == NEVER)
		return false;
	wants[root] = WANT_TRUE;
	for (size_t i = root + 1; i-- > 0;) {
		if (wants[i] == WANT_NOTHING)
			continue;
		if (program->nodes[i].span == 1)
			add_necessary(&program->nodes[i], matcher, links, to);
		else
			ask_children(program, i, costs, wants);
	}
	return true;
}
