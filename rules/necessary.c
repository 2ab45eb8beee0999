/*
 * What must be there for a program to be true.
 *
 * For each node two questions: how many terms cover every text in which it is true, and
 * every text in which it is false. A node that is true when n of its k children are (OR: 1,
 * AND: all) cannot be true unless any k - n + 1 of them hold a true one, and cannot be
 * false unless any n of them hold a false one: the cheapest so many are asked.
 */
#include "rules/necessary.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#define NEVER SIZE_MAX /* no set of terms is necessary */

/* How many terms are necessary for a node to be true, and for it to be false. */
struct cost {
	size_t when[2];
};

/* A child, and what asking it costs. */
struct offer {
	size_t child, cost;
};

struct offers {
	struct offer *items;
	size_t count, cap;
};

/* What a node has to be, for its terms to be asked for. */
enum want { WANT_NOTHING, WANT_FALSE, WANT_TRUE };

static int
compare_offers(const void *a, const void *b)
{
	const struct offer *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return (x->child > y->child) - (x->child < y->child);
}

/* How many children have to be true for the node to be. */
static size_t
needed(const struct program_node *node, size_t children)
{
	if (node->kind == EXPRESSION_OR)
		return 1;
	return node->kind == EXPRESSION_OF ? node->number : children;
}

static void
offers_add(struct offers *offers, size_t child, size_t cost)
{
	mem_grow(offers->items, offers->count, offers->cap);
	offers->items[offers->count++] = (struct offer){ child, cost };
}

static bool
is_true_at_zero(const struct program_node *node)
{
	return comparison_holds(node->comparison, 0, node->number);
}

/* Guards and FIRST: only the left part has to be there. */
static bool
asks_left_only(enum expression_kind kind)
{
	return kind == EXPRESSION_UNLESS_BEFORE || kind == EXPRESSION_UNLESS_AFTER ||
	       kind == EXPRESSION_FIRST;
}

/* What a child has to be for the node to be `wanted`. */
static bool
wanted_of_child(const struct program_node *node, bool wanted)
{
	if (node->kind == EXPRESSION_COUNT)
		return true;
	return wanted != (node->kind == EXPRESSION_NOT);
}

/* The children that are asked when the node is to be `wanted`, the cheapest first. */
static size_t
ask_children(const struct program *program, size_t i, bool wanted, const struct cost *costs,
    struct offers *offers)
{
	const struct program_node *node = &program->nodes[i];
	bool of_child = wanted_of_child(node, wanted);

	offers->count = 0;
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		if (!asks_left_only(node->kind) || child != i - 1)
			offers_add(offers, child, costs[child].when[of_child]);
	}
	if (offers->count < 2)
		return offers->count;
	qsort(offers->items, offers->count, sizeof(*offers->items), compare_offers);
	return wanted ? offers->count - needed(node, offers->count) + 1
		      : needed(node, offers->count);
}

static size_t
cost_when(const struct program *program, size_t i, bool wanted, const struct cost *costs,
    struct offers *offers)
{
	const struct program_node *node = &program->nodes[i];
	size_t asked, sum = 0;

	/* both may be there, and not near each other; or the one that hinders */
	if (!wanted && (node->kind == EXPRESSION_NEAR || node->kind == EXPRESSION_BEFORE ||
			   asks_left_only(node->kind)))
		return NEVER;
	/* what no occurrence at all makes so waits for none */
	if (node->kind == EXPRESSION_COUNT && is_true_at_zero(node) == wanted)
		return NEVER;
	asked = ask_children(program, i, wanted, costs, offers);
	for (size_t k = 0; k < asked; k++) {
		if (offers->items[k].cost == NEVER)
			return NEVER;
		sum += offers->items[k].cost;
	}
	return sum;
}

static struct cost
cost_of(const struct program *program, size_t i, const struct cost *costs,
    const struct matcher *matcher, struct offers *offers)
{
	const struct program_node *node = &program->nodes[i];
	size_t count = 1;

	if (node->span > 1)
		return (struct cost){ { cost_when(program, i, false, costs, offers),
		    cost_when(program, i, true, costs, offers) } };
	/* a feed, a tag, a language is nothing that one waits for */
	if (node->kind == EXPRESSION_PUBLISHED || (node->fields & FIELDS_OF_VALUES) != 0)
		return (struct cost){ { NEVER, NEVER } };
	if (node->kind == EXPRESSION_SET)
		matcher_set_terms(matcher, node->ref, &count);
	return (struct cost){ { NEVER, count } };
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
	struct offers offers = { NULL, 0, 0 };
	size_t root = program->count - 1;
	bool is_bound;

	for (size_t i = 0; i < program->count; i++)
		costs[i] = cost_of(program, i, costs, matcher, &offers);
	is_bound = costs[root].when[true] != NEVER;
	wants[root] = is_bound ? WANT_TRUE : WANT_NOTHING;
	for (size_t i = program->count; i-- > 0;) {
		const struct program_node *node = &program->nodes[i];
		bool wanted = wants[i] == WANT_TRUE;
		size_t asked;

		if (wants[i] == WANT_NOTHING)
			continue;
		if (node->span == 1) {
			add_necessary(node, matcher, links, to);
			continue;
		}
		asked = ask_children(program, i, wanted, costs, &offers);
		for (size_t k = 0; k < asked; k++)
			wants[offers.items[k].child] =
			    wanted_of_child(node, wanted) ? WANT_TRUE : WANT_FALSE;
	}
	free(offers.items);
	return is_bound;
}
