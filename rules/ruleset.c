/*
 * The life of a ruleset, and what can be asked of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rules/pack.h"

struct ruleset *
ruleset_new(void)
{
	struct ruleset *rules = mem_zalloc(sizeof(*rules));

	rules->matcher = matcher_new();
	return rules;
}

static void
clause_clear(struct clause *clause)
{
	expression_free(clause->expression);
	program_clear(&clause->program);
}

static void
rule_clear(struct rule *rule)
{
	free(rule->id);
	free(rule->title);
	list_clear(&rule->topics);
	list_clear(&rule->feeds);
	list_clear(&rule->tags);
	free(rule->story_id);
	free(rule->stage_name);
	free(rule->subject);
	clause_clear(&rule->when);
	clause_clear(&rule->unless);
	example_list_clear(&rule->tests.match);
	example_list_clear(&rule->tests.ignore);
}

static void
story_clear(struct story *story)
{
	free(story->id);
	free(story->title);
	list_clear(&story->stages);
	clause_clear(&story->unless);
}

static void
clear_parts(struct ruleset *rules)
{
	for (size_t i = 0; i < rules->rule_count; i++)
		rule_clear(&rules->rules[i]);
	for (size_t i = 0; i < rules->story_count; i++)
		story_clear(&rules->stories[i]);
	for (size_t i = 0; i < rules->set_count; i++) {
		free(rules->sets[i].name);
		free(rules->sets[i].items);
	}
	for (size_t i = 0; i < rules->define_count; i++) {
		free(rules->defines[i].name);
		clause_clear(&rules->defines[i].clause);
	}
}

void
ruleset_free(struct ruleset *rules)
{
	if (rules == NULL)
		return;
	clear_parts(rules);
	free(rules->rules);
	free(rules->stories);
	free(rules->sets);
	free(rules->variants);
	free(rules->defines);
	names_clear(&rules->set_names);
	names_clear(&rules->define_names);
	names_clear(&rules->story_names);
	names_clear(&rules->rule_names);
	judge_room_free(rules->room);
	links_clear(&rules->term_rules);
	free(rules->always_rules);
	matcher_free(rules->matcher);
	free(rules);
}

void
ruleset_limit_compile(struct ruleset *rules, int64_t limit_ms)
{
	matcher_limit_compile(rules->matcher, limit_ms);
}

bool
ruleset_compile(struct ruleset *rules, const char *cache_dir, struct error *err)
{
	if (!rules->is_good)
		return error_set(
		    err, ERROR_CONFIG, "rules", "there are mistakes in the files");
	if (!matcher_compile(rules->matcher, cache_dir, err))
		return false;
	rules->room = judge_room_new(rules);
	rules->is_compiled = true;
	return true;
}

size_t
ruleset_rule_count(const struct ruleset *rules)
{
	return rules->rule_count;
}

size_t
ruleset_story_count(const struct ruleset *rules)
{
	return rules->story_count;
}

size_t
ruleset_term_count(const struct ruleset *rules)
{
	return matcher_term_count(rules->matcher);
}

size_t
ruleset_example_count(const struct ruleset *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < rules->rule_count; i++)
		count +=
		    rules->rules[i].tests.match.count + rules->rules[i].tests.ignore.count;
	return count;
}

const char *
ruleset_version(const struct ruleset *rules)
{
	return rules->version;
}

const char *
ruleset_set_name(const struct ruleset *rules, uint32_t number)
{
	if (number == MATCHER_NONE)
		return NULL;
	for (size_t i = 0; i < rules->variant_count; i++) {
		if (rules->variants[i].number == number)
			return rules->sets[rules->variants[i].set].name;
	}
	return rules->sets[number].name;
}

const char *
ruleset_rule_id(const struct ruleset *rules, size_t rule)
{
	return rules->rules[rule].id;
}

const struct list *
ruleset_rule_topics(const struct ruleset *rules, size_t rule)
{
	return &rules->rules[rule].topics;
}

const char *
ruleset_rule_stage(const struct ruleset *rules, size_t rule)
{
	return rules->rules[rule].subject;
}

bool
ruleset_rule_is_shadow(const struct ruleset *rules, size_t rule)
{
	return rules->rules[rule].shadow;
}

size_t
ruleset_find_rule(const struct ruleset *rules, const char *id)
{
	return names_find(&rules->rule_names, id, strlen(id));
}
