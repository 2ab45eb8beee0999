/*
 * The examples that rule files carry: reading and running them.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/mem.h"
#include "rules/pack.h"

/* -- reading -- */

/* A day, or RFC 3339. */
static bool
read_time(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	AUTO_FREE char *day = NULL;
	int64_t at_ms;

	if (value->type == CONF_SCALAR && value->len == strlen("2026-11-22"))
		day = mem_printf("%sT00:00:00Z", value->text);
	if (value->type != CONF_SCALAR ||
	    !clock_parse(day == NULL ? value->text : day, &at_ms))
		return conf_error(conf, value,
		    "%s is no date (allowed: 2026-11-22 or 2026-11-22T07:01:44Z)",
		    key->name);
	*(int64_t *)field = at_ms / 1000;
	return true;
}

static const struct conf_key example_keys[] = {
	{ "title", conf_read_text, offsetof(struct example, entry.title) },
	{ "summary", conf_read_text, offsetof(struct example, entry.summary) },
	{ "content", conf_read_text, offsetof(struct example, entry.content) },
	{ "link", conf_read_text, offsetof(struct example, entry.link) },
	{ "authors", conf_read_list, offsetof(struct example, entry.authors) },
	{ "categories", conf_read_list, offsetof(struct example, entry.categories) },
	{ "tags", conf_read_list, offsetof(struct example, tags) },
	{ "publisher", conf_read_text, offsetof(struct example, publisher) },
	{ "published", read_time, offsetof(struct example, entry.published_s) },
	{ "feed", conf_read_text, offsetof(struct example, feed) },
	{ "language", conf_read_text, offsetof(struct example, entry.language) },
	{ NULL },
};

/* The empty title keeps the promise of struct entry. */
static bool
read_example(struct conf *conf, const struct conf_node *node, struct example *example)
{
	example->node = node;
	example->entry.title = mem_strdup(node->type == CONF_SCALAR ? node->text : "");
	if (node->type == CONF_MAPPING)
		return conf_read_mapping(conf, node, "example", example_keys, example);
	if (node->type == CONF_SEQUENCE)
		return conf_error(conf, node,
		    "an example is a title, or a mapping with title, summary, content, link ...");
	return true;
}

bool
example_list_read(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	struct example_list *list = field;
	bool is_good = true;

	if (value->type != CONF_SEQUENCE)
		return conf_error(conf, value, "%s is a list of examples", key->name);
	list->items = mem_array(value->count + 1, sizeof(*list->items));
	for (; list->count < value->count; list->count++) {
		if (!read_example(
			conf, value->items[list->count], &list->items[list->count]))
			is_good = false;
	}
	return is_good;
}

void
example_list_clear(struct example_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct example *example = &list->items[i];

		free(example->entry.title);
		free(example->entry.summary);
		free(example->entry.content);
		free(example->entry.link);
		free(example->entry.language);
		list_clear(&example->entry.authors);
		list_clear(&example->entry.categories);
		list_clear(&example->tags);
		free(example->feed);
		free(example->publisher);
	}
	free(list->items);
}

/* -- running -- */

static const struct verdict *
find_verdict(const struct judgement *judgement, size_t rule)
{
	for (size_t i = 0; i < judgement->count; i++) {
		if (judgement->items[i].rule == rule)
			return &judgement->items[i];
	}
	return NULL;
}

static struct judgement *
judge_example(const struct ruleset *rules, const struct example *example)
{
	const char *feed = example->feed == NULL ? "example" : example->feed;
	const struct source source = { .feed = feed,
		.publisher = example->publisher == NULL ? feed : example->publisher,
		.tags = &example->tags };
	/* one without a date is of today */
	const struct stored_entry stored = { .entry = &example->entry,
		.source = &source,
		.seen_ms = (int64_t)time(NULL) * 1000 };

	return ruleset_judge_example(rules, &stored);
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
	ruleset_advise(rules, conf);
	return conf_error_count(conf) == before;
}
