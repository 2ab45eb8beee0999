/*
 * What is allowed in rule files but unwise: said by check, never by the daemon.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/pack.h"

/* What is used by any expression, or by a set that is. */
struct usage {
	const struct ruleset *rules;
	bool *sets, *defines;
};

/* Longer than a concept is: nearly always a headline. */
static void
advise_literal(
    struct conf *conf, const struct conf_node *node, const char *text, size_t len)
{
	if (text_chars(text, len) > RULES_LITERAL_MAX_CHARS)
		conf_warn(conf, node,
		    "the term \"%.*s\" is longer than %d characters: a headline, not a concept",
		    (int)text_cut(text, len, 60), text, RULES_LITERAL_MAX_CHARS);
}

static void
use_node(struct usage *usage, struct conf *conf, const struct clause *clause,
    const struct expression_node *node)
{
	const char *text = clause->expression->text + node->text_at;
	size_t len = node->text_end - node->text_at, number;

	if (node->kind == EXPRESSION_SET) {
		number = names_find(&usage->rules->set_names, text, len);
		usage->sets[number] = true;
	} else if (node->kind == EXPRESSION_DEFINE) {
		number = names_find(&usage->rules->define_names, text, len);
		usage->defines[number] = true;
	} else if (node->kind == EXPRESSION_TERM && node->form == FIELD_WORDS) {
		advise_literal(conf, clause->node, text, len);
	}
}

static void
use_clause(struct usage *usage, struct conf *conf, const struct clause *clause)
{
	if (clause->node == NULL)
		return;
	for (size_t i = 0; i < clause->expression->count; i++)
		use_node(usage, conf, clause, &clause->expression->nodes[i]);
}

static void
use_all(struct usage *usage, struct conf *conf)
{
	const struct ruleset *rules = usage->rules;

	for (size_t i = 0; i < rules->define_count; i++)
		use_clause(usage, conf, &rules->defines[i].clause);
	for (size_t i = 0; i < rules->story_count; i++)
		use_clause(usage, conf, &rules->stories[i].unless);
	for (size_t i = 0; i < rules->rule_count; i++) {
		use_clause(usage, conf, &rules->rules[i].when);
		use_clause(usage, conf, &rules->rules[i].unless);
	}
	for (size_t i = 0; i < rules->set_count; i++) {
		for (size_t k = 0; k < rules->sets[i].count; k++) {
			if (rules->sets[i].items[k].ref != NAMES_NONE)
				usage->sets[rules->sets[i].items[k].ref] = true;
		}
	}
}

/* Items of one set that fold to the same term: one of them says nothing. */
static void
advise_set(const struct ruleset *rules, struct conf *conf, const struct term_set *set)
{
	size_t terms = matcher_term_count(rules->matcher);
	AUTO_FREE bool *is_seen = mem_array(terms + 1, sizeof(*is_seen));

	for (size_t i = 0; i < set->count; i++) {
		const struct set_item *item = &set->items[i];

		if (item->term == MATCHER_NONE)
			continue;
		if (is_seen[item->term])
			conf_warn(conf, item->node,
			    "%s folds to a term that the set %s has already: %s",
			    item->node->text, set->name,
			    matcher_written(rules->matcher, item->term));
		is_seen[item->term] = true;
		if (item->node->text[0] != '/' && item->node->text[0] != '=' &&
		    strncmp(item->node->text, "amount(", strlen("amount(")) != 0)
			advise_literal(conf, item->node, item->node->text, item->node->len);
	}
}

/* A rule that asks for what an earlier one asks for, to report the same. */
static void
advise_rules(const struct ruleset *rules, struct conf *conf)
{
	struct names known = { NULL, 0, 0 };

	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct rule *rule = &rules->rules[i];
		AUTO_BUF struct buf key = BUF_EMPTY;
		size_t other;

		if (rule->unless.node != NULL || rule->feeds.count + rule->tags.count > 0)
			continue;
		buf_printf(&key, "%s %d ", rule->subject == NULL ? "" : rule->subject,
		    rule->reverses);
		expression_print(rule->when.expression, &key);
		other = names_find(&known, key.data, key.len);
		if (other == NAMES_NONE)
			names_add(&known, key.data, key.len, i);
		else
			conf_warn(conf, rule->node,
			    "the rule %s is shadowed by %s, which asks for the same",
			    rule->id, rules->rules[other].id);
	}
	names_clear(&known);
}

void
ruleset_advise(const struct ruleset *rules, struct conf *conf)
{
	AUTO_FREE bool *sets = mem_array(rules->set_count + 1, sizeof(*sets));
	AUTO_FREE bool *defines = mem_array(rules->define_count + 1, sizeof(*defines));
	struct usage usage = { rules, sets, defines };

	use_all(&usage, conf);
	for (size_t i = 0; i < rules->set_count; i++) {
		if (!sets[i])
			conf_warn(conf, rules->sets[i].node, "the set %s is never used",
			    rules->sets[i].name);
		advise_set(rules, conf, &rules->sets[i]);
	}
	for (size_t i = 0; i < rules->define_count; i++) {
		if (!defines[i])
			conf_warn(conf, rules->defines[i].clause.node,
			    "the define %s is never used", rules->defines[i].name);
	}
	advise_rules(rules, conf);
}
