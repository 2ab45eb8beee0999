/*
 * Judging: one scan, then the rules that one of their necessary terms touched.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/pack.h"

/* A term to be shown, before its place is looked up. */
struct shown {
	uint32_t term, set, occurrence;
	const struct occurrence *where;
};

/* What one judgement works in. Only one thread may judge with a ruleset. */
struct judge_room {
	const struct ruleset *rules;
	const struct source *source; /* borrowed for one run; NULL: scopes do not count */
	uint64_t generation;
	uint64_t *seen;    /* of each rule: the generation it was touched in */
	uint32_t *touched; /* rules */
	size_t touched_count;
	struct evaluation evaluation;
	struct field_texts texts;
	struct shown *shown;
	size_t shown_count, shown_cap;
};

struct judge_room *
judge_room_new(const struct ruleset *rules)
{
	struct judge_room *room = mem_zalloc(sizeof(*room));

	room->rules = rules;
	room->seen = mem_array(rules->rule_count + 1, sizeof(*room->seen));
	room->touched = mem_array(rules->rule_count + 1, sizeof(*room->touched));
	return room;
}

void
judge_room_free(struct judge_room *room)
{
	if (room == NULL)
		return;
	free(room->seen);
	free(room->touched);
	evaluation_clear(&room->evaluation);
	field_texts_clear(&room->texts);
	free(room->shown);
	free(room);
}

void
judgement_free(struct judgement *judgement)
{
	if (judgement == NULL)
		return;
	for (size_t i = 0; i < judgement->count; i++) {
		free(judgement->items[i].clause);
		match_terms_free(judgement->items[i].terms, judgement->items[i].count);
	}
	free(judgement->items);
	free(judgement);
}

/* -- which rules -- */

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
has_any(const struct list *wanted, const struct list *found)
{
	for (size_t i = 0; i < wanted->count; i++) {
		if (list_has(found, wanted->items[i]))
			return true;
	}
	return false;
}

/* Whether a rule is for entries of this source. */
static bool
is_in_scope(const struct rule *rule, const struct source *source)
{
	static const struct list none = { NULL, 0, 0 };
	const struct list *tags = source->tags == NULL ? &none : source->tags;

	return (rule->feeds.count == 0 || list_has(&rule->feeds, source->feed)) &&
	       (rule->tags.count == 0 || has_any(&rule->tags, tags));
}

static void
touch_rule(struct judge_room *room, uint32_t rule)
{
	if (room->seen[rule] == room->generation ||
	    (room->source != NULL && !is_in_scope(&room->rules->rules[rule], room->source)))
		return;
	room->seen[rule] = room->generation;
	room->touched[room->touched_count++] = rule;
}

static void
touch_rules(struct judge_room *room)
{
	const struct links *links = &room->rules->term_rules;
	size_t count;
	const uint32_t *found = matcher_found(room->rules->matcher, &count);

	room->touched_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t end = links->starts[found[i] + 1];
		unsigned fields = matcher_term_fields(room->rules->matcher, found[i]);

		for (uint32_t k = links->starts[found[i]]; k < end; k++) {
			uint32_t rule = links->targets[k];

			if ((fields & room->rules->rules[rule].when.program.fields) != 0)
				touch_rule(room, rule);
		}
	}
	for (size_t i = 0; i < room->rules->always_count; i++)
		touch_rule(room, room->rules->always_rules[i]);
	qsort(room->touched, room->touched_count, sizeof(*room->touched), compare_numbers);
}

/* -- the terms of a true verdict -- */

static void
on_found(void *ctx, uint32_t term, uint32_t set, uint32_t occurrence)
{
	struct judge_room *room = ctx;

	const struct occurrence *where =
	    matcher_occurrence(room->rules->matcher, occurrence);

	if (matcher_text(room->rules->matcher, where)->is_derived)
		return; /* it has no place that could be shown */
	mem_grow(room->shown, room->shown_count, room->shown_cap);
	room->shown[room->shown_count++] = (struct shown){ term, set, occurrence, where };
}

/* Title first, then by place, the longer one first. */
static int
compare_shown(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;

	if (x->where->text != y->where->text)
		return x->where->text < y->where->text ? -1 : 1;
	if (x->where->span.at != y->where->span.at)
		return x->where->span.at < y->where->span.at ? -1 : 1;
	if (x->where->span.end != y->where->span.end)
		return x->where->span.end > y->where->span.end ? -1 : 1;
	return (x->set > y->set) - (x->set < y->set);
}

struct match_term
ruleset_match_term(const struct ruleset *rules, uint32_t term, uint32_t set,
    const struct occurrence *occurrence)
{
	const struct text_place place = matcher_place(rules->matcher, occurrence);

	return (struct match_term){
		.term = mem_strdup(matcher_written(rules->matcher, term)),
		.set = mem_strdup(ruleset_set_name(rules, set)),
		.field = rule_field_names[occurrence->field],
		.item = matcher_text(rules->matcher, occurrence)->item,
		.at = place.at,
		.length = place.length,
	};
}

static void
add_term(struct judge_room *room, struct verdict *verdict, const struct shown *shown)
{
	mem_grow(verdict->terms, verdict->count, verdict->cap);
	verdict->terms[verdict->count++] =
	    ruleset_match_term(room->rules, shown->term, shown->set, shown->where);
}

static void
add_terms(struct judge_room *room, struct verdict *verdict, const struct program *program)
{
	room->shown_count = 0;
	evaluate_found(&room->evaluation, program, room->rules->matcher, on_found, room);
	if (room->shown_count > 1)
		qsort(room->shown, room->shown_count, sizeof(*room->shown), compare_shown);
	for (size_t i = 0; i < room->shown_count && verdict->count < MATCH_TERMS_MAX; i++) {
		if (i == 0 || room->shown[i].occurrence != room->shown[i - 1].occurrence)
			add_term(room, verdict, &room->shown[i]);
	}
}

/* -- one rule -- */

/* @return whether an unless: is true; then it is the clause that decided */
static bool
is_excluded(struct judge_room *room, const struct clause *clause, const char *prefix,
    struct buf *out)
{
	if (clause->node == NULL ||
	    !evaluate_run(&room->evaluation, &clause->program, room->rules->matcher))
		return false;
	buf_reset(out);
	buf_add_text(out, prefix);
	evaluate_clause(&room->evaluation, &clause->program, clause->expression->text, out);
	return true;
}

static void
judge_rule(struct judge_room *room, size_t number, struct verdict *verdict)
{
	static const struct clause none = { .node = NULL };
	const struct rule *rule = &room->rules->rules[number];
	const struct program *program = &rule->when.program;
	const struct clause *story =
	    rule->story == NAMES_NONE ? &none : &room->rules->stories[rule->story].unless;
	struct buf clause = BUF_EMPTY;

	*verdict = (struct verdict){ .rule = number };
	verdict->is_true = evaluate_run(&room->evaluation, program, room->rules->matcher);
	evaluate_clause(&room->evaluation, program, rule->when.expression->text, &clause);
	if (verdict->is_true) {
		add_terms(room, verdict, program);
		verdict->is_true =
		    !is_excluded(room, &rule->unless, "unless ", &clause) &&
		    !is_excluded(room, story, "unless of the story: ", &clause);
	}
	if (!verdict->is_true) {
		match_terms_free(verdict->terms, verdict->count);
		verdict->terms = NULL;
		verdict->count = verdict->cap = 0;
	}
	verdict->clause = buf_take(&clause);
}

static struct judgement *
judge(const struct ruleset *rules, const struct stored_entry *stored,
    const struct source *source)
{
	struct judgement *judgement = mem_zalloc(sizeof(*judgement));
	struct judge_room *room = rules->room;

	assert(rules->is_compiled);
	room->generation++;
	room->source = source;
	room->evaluation.day = evaluate_day(stored);
	field_texts_read(&room->texts, stored, rules->fields);
	matcher_scan(rules->matcher, &room->texts);
	touch_rules(room);
	judgement->cap = room->touched_count;
	judgement->items = mem_array(judgement->cap + 1, sizeof(*judgement->items));
	for (; judgement->count < room->touched_count; judgement->count++)
		judge_rule(room, room->touched[judgement->count],
		    &judgement->items[judgement->count]);
	return judgement;
}

struct judgement *
ruleset_judge(const struct ruleset *rules, const struct stored_entry *stored)
{
	return judge(rules, stored, stored->source);
}

struct judgement *
ruleset_judge_example(const struct ruleset *rules, const struct stored_entry *stored)
{
	return judge(rules, stored, NULL);
}
