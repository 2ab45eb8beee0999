/*
 * The terms that sets stand for, once all files are read.
 *
 * Sets may stand in any order and hold each other: those whose parts are ready are made
 * ready, until nothing moves any more; what is left is made of itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rules/pack.h"

static bool
is_operator(const char *word, size_t len)
{
	static const char *const operators[] = { "AND", "OR", "NOT", "NEAR", "BEFORE", "OF",
		"UNLESS", NULL };
	const char *slash = memchr(word, '/', len);

	if (slash != NULL) /* NEAR/3 */
		len = (size_t)(slash - word);

	for (int i = 0; operators[i] != NULL; i++) {
		if (strlen(operators[i]) == len && memcmp(operators[i], word, len) == 0)
			return true;
	}
	return false;
}

static enum field_kind
form_of(const struct conf_node *node)
{
	if (node->text[0] == '=')
		return FIELD_EXACT;
	if (strncmp(node->text, "amount(", strlen("amount(")) == 0)
		return FIELD_AMOUNT;
	return node->len > 2 && node->text[0] == '/' && node->text[node->len - 1] == '/'
		   ? FIELD_REGEX
		   : FIELD_WORDS;
}

/* What an item may not be. */
static bool
check_item(struct conf *conf, const struct conf_node *node)
{
	const char *at = node->text;

	if (at[0] == '&')
		return conf_error(conf, node,
		    "%s is not known in a set (terms, phrases, prefix*, =Word, /regex/, "
		    "amount(...), @other)",
		    at);
	if (form_of(node) == FIELD_REGEX || form_of(node) == FIELD_AMOUNT)
		return true; /* its blanks are its own */
	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		if (is_operator(at, len))
			return conf_error_inside(conf, node, (size_t)(at - node->text),
			    "%.*s: a set has no operators (use a define)", (int)len, at);
		at += len + strspn(at + len, " ");
	}
	return true;
}

static void
read_item(
    struct ruleset *rules, struct conf *conf, struct term_set *set, struct set_item *item)
{
	const struct conf_node *node = item->node;
	struct error why;
	struct term term;

	if (node->type != CONF_SCALAR || node->len == 0) {
		conf_error(conf, node, "an item of the set %s is one term", set->name);
	} else if (node->text[0] == '@') {
		item->ref = names_find(&rules->set_names, node->text + 1, node->len - 1);
		if (item->ref == NAMES_NONE)
			conf_error(conf, node, "there is no set %s", node->text);
	} else if (check_item(conf, node)) {
		if (!term_parse(&term, form_of(node), node->text, node->len, &why)) {
			/* the whole item, or a place in its regex */
			if (term.wrong_at == 0)
				conf_error(conf, node, "%s", why.text);
			else
				conf_error_inside(
				    conf, node, term.wrong_at, "%s", why.text);
			return;
		}
		if (term.kind == FIELD_WORDS)
			pack_warn_common(conf, node, node->text, node->len);
		item->term = matcher_add_term(rules->matcher, &term);
		pack_check_terms(rules, conf, node);
	}
}

static void
read_items(struct ruleset *rules, struct conf *conf, struct term_set *set)
{
	set->items = mem_array(set->node->count, sizeof(*set->items));
	for (; set->count < set->node->count; set->count++) {
		set->items[set->count] =
		    (struct set_item){ .node = set->node->items[set->count],
			    .term = MATCHER_NONE,
			    .ref = NAMES_NONE };
		read_item(rules, conf, set, &set->items[set->count]);
	}
}

/* @return the first item whose set is not ready yet, or NULL */
static const struct set_item *
first_open(const struct ruleset *rules, const struct term_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		size_t ref = set->items[i].ref;

		if (ref != NAMES_NONE && !rules->sets[ref].is_ready)
			return &set->items[i];
	}
	return NULL;
}

static void
fill_set(struct ruleset *rules, size_t number)
{
	struct term_set *set = &rules->sets[number];

	for (size_t i = 0; i < set->count; i++) {
		const struct set_item *item = &set->items[i];
		const uint32_t *terms = &item->term;
		size_t count = item->term != MATCHER_NONE;

		if (item->ref != NAMES_NONE)
			terms =
			    matcher_set_terms(rules->matcher, (uint32_t)item->ref, &count);
		for (size_t k = 0; k < count; k++)
			(void)matcher_add_to_set(
			    rules->matcher, (uint32_t)number, terms[k]); /* twice is once */
	}
	set->is_ready = true;
}

static bool
fill_ready_sets(struct ruleset *rules)
{
	bool has_moved = false;

	for (size_t i = 0; i < rules->set_count; i++) {
		if (rules->sets[i].is_ready || first_open(rules, &rules->sets[i]) != NULL)
			continue;
		fill_set(rules, i);
		has_moved = true;
	}
	return has_moved;
}

void
ruleset_resolve_sets(struct ruleset *rules, struct conf *conf)
{
	for (size_t i = 0; i < rules->set_count; i++)
		read_items(rules, conf, &rules->sets[i]);
	while (fill_ready_sets(rules))
		;
	for (size_t i = 0; i < rules->set_count; i++) {
		const struct set_item *open = first_open(rules, &rules->sets[i]);

		if (!rules->sets[i].is_ready && open != NULL)
			conf_error(conf, open->node, "the set %s is made of itself",
			    rules->sets[i].name);
	}
}

/* -- sets in fields of another kind -- */

/* Which sets are still to be gone through; each once. */
struct visit {
	size_t *open; /* numbers, a stack */
	size_t count;
	bool *is_seen; /* by number */
};

static void
visit_set(struct visit *visit, size_t set)
{
	if (visit->is_seen[set])
		return;
	visit->is_seen[set] = true;
	visit->open[visit->count++] = set;
}

/* Put the terms of one set into a variant; the sets in it are to be visited. */
static bool
copy_items(struct ruleset *rules, const struct term_set *set,
    const struct set_variant *variant, struct visit *visit, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct set_item *item = &set->items[i];
		struct term term;

		if (item->ref != NAMES_NONE) {
			visit_set(visit, item->ref);
			continue;
		}
		if (form_of(item->node) != FIELD_WORDS)
			return error_set(err, ERROR_CONFIG, item->node->text,
			    "=Word, /regex/ and amount() of @%s cannot stand in link:, feed:, tag: and "
			    "lang:",
			    set->name);
		if (!term_parse(
			&term, variant->kind, item->node->text, item->node->len, err)) {
			error_prefix(err, "@%s", set->name);
			return false;
		}
		(void)matcher_add_to_set(rules->matcher, variant->number,
		    matcher_add_term(rules->matcher, &term)); /* twice is once */
	}
	return true;
}

static bool
fill_variant(struct ruleset *rules, const struct set_variant *variant, struct error *err)
{
	struct visit visit = { mem_array(rules->set_count, sizeof(size_t)), 0,
		mem_array(rules->set_count, sizeof(bool)) };
	bool is_good = true;

	visit_set(&visit, variant->set);
	while (is_good && visit.count > 0)
		is_good = copy_items(
		    rules, &rules->sets[visit.open[--visit.count]], variant, &visit, err);
	free(visit.open);
	free(visit.is_seen);
	return is_good;
}

static uint32_t
find_variant(struct ruleset *rules, size_t set, enum field_kind kind, struct error *err)
{
	struct set_variant *variant;

	for (size_t i = 0; i < rules->variant_count; i++) {
		if (rules->variants[i].set == set && rules->variants[i].kind == kind)
			return rules->variants[i].number;
	}
	mem_grow(rules->variants, rules->variant_count, rules->variant_cap);
	variant = &rules->variants[rules->variant_count++];
	*variant = (struct set_variant){ set, kind, matcher_add_set(rules->matcher) };
	return fill_variant(rules, variant, err) ? variant->number : MATCHER_NONE;
}

uint32_t
ruleset_find_set(struct ruleset *rules, const char *name, size_t len, enum field_kind kind,
    struct error *err)
{
	size_t set = names_find(&rules->set_names, name, len);

	if (set == NAMES_NONE) {
		error_set(
		    err, ERROR_CONFIG, "rules", "there is no set @%.*s", (int)len, name);
		return MATCHER_NONE;
	}
	return kind == FIELD_WORDS ? (uint32_t)set : find_variant(rules, set, kind, err);
}
