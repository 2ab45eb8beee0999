/*
 * Running the examples that rule files carry.
 */
#include <stddef.h>

#include "base/conf.h"
#include "base/mem.h"
#include "rules/pack.h"

static const struct verdict *
find_verdict(const struct judgement *judgement, size_t rule)
{
	for (size_t i = 0; i < judgement->count; i++) {
		if (judgement->items[i].rule == rule)
			return &judgement->items[i];
	}
	return NULL;
}

/* The empty title keeps the promise of struct entry; both other texts may be absent. */
static struct judgement *
judge_example(const struct ruleset *rules, const struct example *example)
{
	static const struct list no_tags = { NULL, 0, 0 };
	static char no_title[] = "";
	const struct source source = { "example", "example", false, &no_tags };
	const struct entry entry = {
		.title = example->title == NULL ? no_title : example->title,
		.summary = example->summary,
		.content = example->content,
	};
	const struct stored_entry stored = { .entry = &entry, .source = &source };

	return ruleset_judge(rules, &stored);
}

static void
run_example(const struct ruleset *rules, struct conf *conf, size_t number,
    const struct example *example, bool wanted)
{
	const char *id = rules->rules[number].id;
	AUTO(judgement) judgement = judge_example(rules, example);
	const struct verdict *verdict = find_verdict(judgement, number);
	bool is_true = verdict != NULL && verdict->is_true;

	if (is_true == wanted)
		return;
	if (is_true)
		conf_error(conf, example->node,
		    "%s matches this example, which it should ignore: %s", id,
		    verdict->clause);
	else if (verdict != NULL)
		conf_error(conf, example->node, "%s does not match this example: %s", id,
		    verdict->clause);
	else
		conf_error(conf, example->node,
		    "%s does not match this example: none of its necessary terms is there",
		    id);
}

static void
run_rule(const struct ruleset *rules, struct conf *conf, size_t number)
{
	const struct rule *rule = &rules->rules[number];
	const struct rule_tests *tests = &rule->tests;

	for (size_t i = 0; i < tests->match.count; i++)
		run_example(rules, conf, number, &tests->match.items[i], true);
	for (size_t i = 0; i < tests->ignore.count; i++)
		run_example(rules, conf, number, &tests->ignore.items[i], false);
	if (tests->match.count == 0 || tests->ignore.count == 0)
		conf_warn(conf, rule->node,
		    "the rule %s has no examples of both kinds (tests: match and ignore)",
		    rule->id);
}

bool
ruleset_run_tests(struct ruleset *rules, struct conf *conf)
{
	size_t before = conf_error_count(conf);

	for (size_t i = 0; i < rules->rule_count; i++)
		run_rule(rules, conf, i);
	return conf_error_count(conf) == before;
}
