/*
 * One pass over the nodes: children stand before their parents.
 */
#include "rules/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "feeds/entry.h"

#define PLACES_UNKNOWN SIZE_MAX
#define DAY_S 86400

static void
make_room(struct evaluation *evaluation, size_t count)
{
	if (count > evaluation->cap) {
		evaluation->values =
		    mem_resize(evaluation->values, count, sizeof(*evaluation->values));
		evaluation->nodes =
		    mem_resize(evaluation->nodes, count, sizeof(*evaluation->nodes));
		evaluation->cap = count;
	}
	for (size_t i = 0; i < count; i++)
		evaluation->nodes[i].places.start = PLACES_UNKNOWN;
	evaluation->places.count = 0;
}

/* -- where nodes stand -- */

static struct place
place_of(const struct occurrence *occurrence)
{
	return (struct place){ occurrence->text, (uint32_t)occurrence->span.first_token,
		(uint32_t)occurrence->span.end_token };
}

static void
add_term_places(
    struct places *places, const struct matcher *matcher, uint32_t term, unsigned fields)
{
	for (uint32_t i = matcher_first(matcher, term); i != MATCHER_NONE;
	     i = matcher_occurrence(matcher, i)->next) {
		const struct occurrence *occurrence = matcher_occurrence(matcher, i);
		struct place place = place_of(occurrence);

		if ((fields & 1u << occurrence->field) != 0)
			places_add(places, &place);
	}
}

static void
add_leaf_places(
    struct places *places, const struct matcher *matcher, const struct program_node *node)
{
	const uint32_t *terms = &node->ref;
	size_t count = 1;

	if (node->kind == EXPRESSION_PUBLISHED)
		return;
	if (node->kind == EXPRESSION_SET)
		terms = matcher_set_terms(matcher, node->ref, &count);
	for (size_t i = 0; i < count; i++)
		add_term_places(places, matcher, terms[i], node->fields);
}

/* An OR, or a define, stands where its true children stand. */
static void
add_children_places(struct evaluation *evaluation, const struct program *program, size_t i)
{
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		struct place_range range = evaluation->nodes[child].places;

		for (size_t k = 0; evaluation->values[child] && k < range.count; k++) {
			struct place place = evaluation->places.items[range.start + k];

			places_add(&evaluation->places, &place);
		}
	}
}

/* Find out where a true node stands, with all below it. */
static struct place_range
find_places(struct evaluation *evaluation, const struct program *program, size_t top,
    const struct matcher *matcher)
{
	for (size_t i = top + 1 - program->nodes[top].span; i <= top; i++) {
		size_t start = evaluation->places.count;

		if (!evaluation->values[i] ||
		    evaluation->nodes[i].places.start != PLACES_UNKNOWN)
			continue;
		if (program->nodes[i].span == 1)
			add_leaf_places(&evaluation->places, matcher, &program->nodes[i]);
		else
			add_children_places(evaluation, program, i);
		evaluation->nodes[i].places = places_end(&evaluation->places, start);
	}
	return evaluation->nodes[top].places;
}

/* -- values -- */

/* Where a node stands; nowhere when it is false. */
static struct place_range
places_of(struct evaluation *evaluation, const struct program *program, size_t i,
    const struct matcher *matcher)
{
	static const struct place_range none = { 0, 0 };

	return evaluation->values[i] ? find_places(evaluation, program, i, matcher) : none;
}

static struct place_range
join_places(struct places *places, const struct program_node *node,
    const struct place_range ranges[2])
{
	switch (node->kind) {
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
		return places_guard(places, ranges[0], ranges[1], node->number,
		    node->kind == EXPRESSION_UNLESS_BEFORE);
	case EXPRESSION_FIRST:
		return places_first(places, ranges[0], ranges[1]);
	default:
		return places_join(places, ranges[0], ranges[1], node->number,
		    node->kind == EXPRESSION_BEFORE);
	}
}

/* What two places decide: NEAR, BEFORE, guards, FIRST. */
static bool
pair_value(struct evaluation *evaluation, const struct program *program, size_t i,
    const struct matcher *matcher)
{
	const struct program_node *node = &program->nodes[i];
	bool needs_both = node->kind == EXPRESSION_NEAR || node->kind == EXPRESSION_BEFORE;
	size_t right = i - 1, left = right - program->nodes[right].span;
	struct place_range ranges[2];

	if (!evaluation->values[left] || (needs_both && !evaluation->values[right]))
		return false;
	ranges[0] = places_of(evaluation, program, left, matcher);
	ranges[1] = places_of(evaluation, program, right, matcher);
	evaluation->nodes[i].places = join_places(&evaluation->places, node, ranges);
	return evaluation->nodes[i].places.count > 0;
}

static bool
count_value(struct evaluation *evaluation, const struct program *program, size_t i,
    const struct matcher *matcher)
{
	const struct program_node *node = &program->nodes[i];
	struct place_range range = places_of(evaluation, program, i - 1, matcher);

	return comparison_holds(node->comparison,
	    (int64_t)places_count(&evaluation->places, range), node->number);
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
has_children(const struct program *program, size_t i, const bool *values, uint32_t wanted)
{
	uint32_t count = 0;

	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span)
		count += values[child];
	return count >= wanted;
}

static bool
value_of(struct evaluation *evaluation, const struct program *program, size_t i,
    const struct matcher *matcher)
{
	const struct program_node *node = &program->nodes[i];
	const bool *values = evaluation->values;

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
	case EXPRESSION_PUBLISHED:
		return comparison_holds(node->comparison, evaluation->day, node->number);
	case EXPRESSION_NEAR:
	case EXPRESSION_BEFORE:
	case EXPRESSION_UNLESS_BEFORE:
	case EXPRESSION_UNLESS_AFTER:
	case EXPRESSION_FIRST:
		return pair_value(evaluation, program, i, matcher);
	case EXPRESSION_COUNT:
		return count_value(evaluation, program, i, matcher);
	case EXPRESSION_OF:
		return has_children(program, i, values, node->number);
	case EXPRESSION_AND:
		return !has_child(program, i, values, false);
	case EXPRESSION_OR:
		return has_child(program, i, values, true);
	}
	return false;
}

int64_t
evaluate_day(const struct stored_entry *stored)
{
	int64_t at_s = stored->entry->published_s;

	return (at_s > 0 ? at_s : stored->seen_ms / 1000) / DAY_S;
}

bool
evaluate_run(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher)
{
	make_room(evaluation, program->count);
	for (size_t i = 0; i < program->count; i++)
		evaluation->values[i] = value_of(evaluation, program, i, matcher);
	return evaluation->values[program->count - 1];
}

void
evaluate_source(struct buf *out, const char *source, size_t len, size_t max_chars)
{
	bool is_blank = false;
	size_t chars = 0, at = 0;

	while (at < len) {
		uint32_t c;
		size_t used = text_decode(source + at, len - at, &c);

		if (used == 1 && strchr(" \t\r\n", (int)c) != NULL) {
			is_blank = true;
			at++;
			continue;
		}
		if (++chars + is_blank > max_chars) {
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
	bool needs_all =
	    kind == EXPRESSION_AND || kind == EXPRESSION_NEAR || kind == EXPRESSION_BEFORE;

	if ((kind != EXPRESSION_OR || !values[i]) && (!needs_all || values[i]))
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
	evaluate_source(out, source + program->nodes[i].at,
	    program->nodes[i].end - program->nodes[i].at, CLAUSE_MAX_CHARS);
}

/* -- what made it true -- */

#define SHOWN_NOT SIZE_MAX
#define SHOWN_ANYWHERE (SIZE_MAX - 1) /* else: only inside what this node joined */

/* One leaf to be shown. */
struct showing {
	const struct evaluation *evaluation;
	const struct matcher *matcher;
	const struct program_node *node;
	size_t inside; /* as evaluation_node.shown */
	evaluate_found_fn *fn;
	void *ctx;
};

static bool
is_taking_part(const struct showing *showing, const struct occurrence *occurrence)
{
	const struct evaluation *evaluation = showing->evaluation;
	struct place place = place_of(occurrence);

	if ((showing->node->fields & 1u << occurrence->field) == 0)
		return false;
	return showing->inside == SHOWN_ANYWHERE ||
	       places_hold(
		   &evaluation->places, evaluation->nodes[showing->inside].places, &place);
}

static void
show_term(const struct showing *showing, uint32_t term)
{
	const struct program_node *node = showing->node;
	uint32_t set = node->kind == EXPRESSION_SET ? node->ref : MATCHER_NONE;
	unsigned shown[FIELD_COUNT] = { 0 };

	for (uint32_t i = matcher_first(showing->matcher, term); i != MATCHER_NONE;
	     i = matcher_occurrence(showing->matcher, i)->next) {
		const struct occurrence *occurrence =
		    matcher_occurrence(showing->matcher, i);

		if (shown[occurrence->field] < EVALUATE_OCCURRENCES_MAX &&
		    is_taking_part(showing, occurrence)) {
			shown[occurrence->field]++;
			showing->fn(showing->ctx, term, set, i);
		}
	}
}

static void
show_leaf(const struct showing *showing)
{
	const uint32_t *terms = &showing->node->ref;
	size_t count = 1;

	if (showing->node->kind == EXPRESSION_PUBLISHED)
		return;
	if (showing->node->kind == EXPRESSION_SET)
		terms = matcher_set_terms(showing->matcher, showing->node->ref, &count);
	for (size_t i = 0; i < count; i++)
		show_term(showing, terms[i]);
}

void
evaluate_leaf(const struct matcher *matcher, const struct program_node *leaf,
    evaluate_found_fn *fn, void *ctx)
{
	const struct showing showing = { NULL, matcher, leaf, SHOWN_ANYWHERE, fn, ctx };

	show_leaf(&showing);
}

static bool
is_guard(enum expression_kind kind)
{
	return kind == EXPRESSION_UNLESS_BEFORE || kind == EXPRESSION_UNLESS_AFTER;
}

/* Whether only some of the places of its parts are its own. */
static bool
is_pair_kind(enum expression_kind kind)
{
	return kind == EXPRESSION_NEAR || kind == EXPRESSION_BEFORE ||
	       kind == EXPRESSION_FIRST || is_guard(kind);
}

/* What is shown of the children of a node that is shown. */
static void
mark_children(struct evaluation *evaluation, const struct program *program, size_t i)
{
	enum expression_kind kind = program->nodes[i].kind;
	size_t shown = evaluation->nodes[i].shown;

	bool is_pair = is_pair_kind(kind);
	size_t hinders = kind == EXPRESSION_FIRST || is_guard(kind) ? i - 1 : i;

	if (shown == SHOWN_ANYWHERE && is_pair)
		shown = i;
	/* what stands below a NOT, or hinders, was not found, or did not help */
	for (size_t child = i - 1; program_is_child(program, i, child);
	     child -= program->nodes[child].span) {
		if (evaluation->values[child] && kind != EXPRESSION_NOT && child != hinders)
			evaluation->nodes[child].shown = shown;
	}
}

void
evaluate_found(struct evaluation *evaluation, const struct program *program,
    const struct matcher *matcher, evaluate_found_fn *fn, void *ctx)
{
	size_t root = program->count - 1;

	for (size_t i = 0; i < program->count; i++)
		evaluation->nodes[i].shown = SHOWN_NOT;
	if (evaluation->values[root])
		evaluation->nodes[root].shown = SHOWN_ANYWHERE;
	for (size_t i = program->count; i-- > 0;) {
		const struct showing showing = { evaluation, matcher, &program->nodes[i],
			evaluation->nodes[i].shown, fn, ctx };

		if (showing.inside == SHOWN_NOT)
			continue;
		if (program->nodes[i].span == 1)
			show_leaf(&showing);
		mark_children(evaluation, program, i);
	}
}

void
evaluation_clear(struct evaluation *evaluation)
{
	free(evaluation->values);
	free(evaluation->nodes);
	places_clear(&evaluation->places);
	*evaluation = (struct evaluation){ .values = NULL };
}
