/*
 * Reading stories:, sets:, define: and rules: by tables of keys.
 */
#include "rules/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
read_text_or_mistake(struct conf *conf, const struct conf_node *node, const char *what)
{
	if (node->type == CONF_SCALAR)
		return true;
	return conf_error(conf, node, "%s is a text", what);
}

bool
pack_read_clause(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field)
{
	struct clause *clause = field;

	if (!read_text_or_mistake(conf, value, key->name))
		return false;
	if (value->style == CONF_FOLDED)
		return conf_error(conf, value,
		    "%s stands in a > block, where mistakes have no place (write a | block)",
		    key->name);
	if (value->len == 0)
		return conf_error(conf, value, "%s is empty", key->name);
	clause->node = value;
	return true;
}

/* -- rules and stories -- */

static const struct conf_key test_keys[] = {
	{ "match", example_list_read, offsetof(struct rule_tests, match) },
	{ "ignore", example_list_read, offsetof(struct rule_tests, ignore) },
	{ NULL },
};

static const struct conf_key confirm_keys[] = {
	{ "official", conf_read_number, offsetof(struct confirmation, official), .min = 1,
	    .max = RULES_CONFIRM_VOICES_MAX },
	{ "independent", conf_read_number, offsetof(struct confirmation, independent),
	    .min = 1, .max = RULES_CONFIRM_VOICES_MAX },
	{ "within", conf_read_duration, offsetof(struct confirmation, within_s), .min = 1,
	    .max = RULES_CONFIRM_WITHIN_MAX_S },
	{ NULL },
};

static bool
read_confirm(struct conf *conf, const struct conf_node *value, const struct conf_key *key,
    void *field)
{
	struct confirmation *confirm = field;

	confirm->within_s = RULES_CONFIRM_WITHIN_S;
	if (!conf_read_group(conf, value, key, field))
		return false;
	if (confirm->official == 0 && confirm->independent == 0)
		return conf_error(conf, value,
		    "confirm needs official, independent or both: so many publishers");
	return true;
}

static const struct conf_key rule_keys[] = {
	{ "id", conf_read_name, offsetof(struct rule, id), .required = true },
	{ "title", conf_read_text, offsetof(struct rule, title) },
	{ "topics", conf_read_list, offsetof(struct rule, topics) },
	{ "story", conf_read_name, offsetof(struct rule, story_id) },
	{ "stage", conf_read_name, offsetof(struct rule, stage_name) },
	{ "severity", conf_read_choice, offsetof(struct rule, severity),
	    .more = severity_names },
	{ "again_after", conf_read_duration, offsetof(struct rule, again_after_s), .min = 1,
	    .max = RULES_AGAIN_AFTER_MAX_S },
	{ "reverses", conf_read_bool, offsetof(struct rule, reverses) },
	{ "feeds", conf_read_list, offsetof(struct rule, feeds) },
	{ "tags", conf_read_list, offsetof(struct rule, tags) },
	{ "shadow", conf_read_bool, offsetof(struct rule, shadow) },
	{ "always", conf_read_bool, offsetof(struct rule, always) },
	{ "confirm", read_confirm, offsetof(struct rule, confirm), .more = confirm_keys },
	{ "when", pack_read_clause, offsetof(struct rule, when), .required = true },
	{ "unless", pack_read_clause, offsetof(struct rule, unless) },
	{ "tests", conf_read_group, offsetof(struct rule, tests), .more = test_keys },
	{ NULL },
};

static const struct conf_key story_keys[] = {
	{ "id", conf_read_name, offsetof(struct story, id), .required = true },
	{ "title", conf_read_text, offsetof(struct story, title) },
	{ "stages", conf_read_list, offsetof(struct story, stages) },
	{ "unless", pack_read_clause, offsetof(struct story, unless) },
	{ NULL },
};

/* Keep a name, unless it is taken. */
static void
add_name(struct conf *conf, const struct conf_node *node, struct names *names,
    const char *what, const char *name, size_t number)
{
	size_t len = strlen(name);

	if (names_find(names, name, len) != NAMES_NONE)
		conf_error(conf, node, "the %s %s is there already", what, name);
	else
		names_add(names, name, len, number);
}

static const struct conf_node *
id_node(const struct conf_node *node)
{
	const struct conf_node *id = conf_find(node, "id");

	return id == NULL ? node : id;
}

static void
read_rule(struct ruleset *rules, struct conf *conf, const struct conf_node *node)
{
	struct rule *rule;

	mem_grow(rules->rules, rules->rule_count, rules->rule_cap);
	rule = &rules->rules[rules->rule_count];
	/* severity: low, when not given: above info, below what wakes people */
	*rule = (struct rule){ .node = node, .severity = SEVERITY_LOW };
	rule->story = rule->stage = NAMES_NONE;
	conf_read_mapping(conf, node, "rule", rule_keys, rule);
	if (rule->id != NULL)
		add_name(conf, id_node(node), &rules->rule_names, "rule", rule->id,
		    rules->rule_count);
	rules->rule_count++;
}

static bool
is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= RULES_NAME_MAX_BYTES && text[len] == '\0';
}

static void
check_stages(struct conf *conf, const struct conf_node *node, const struct list *stages)
{
	const struct conf_node *list = conf_find(node, "stages");

	if (stages->count > RULES_STAGES_MAX)
		conf_error(conf, list, "a story has at most %d stages", RULES_STAGES_MAX);
	for (size_t i = 0; i < stages->count; i++) {
		const struct list before = { stages->items, i, i };

		if (!is_name(stages->items[i]))
			conf_error(conf, list->items[i],
			    "'%s' is no name of a stage (a-z, 0-9 and -, at most %d)",
			    stages->items[i], RULES_NAME_MAX_BYTES);
		else if (list_has(&before, stages->items[i]))
			conf_error(conf, list->items[i], "the stage %s is there already",
			    stages->items[i]);
	}
}

static void
read_story(struct ruleset *rules, struct conf *conf, const struct conf_node *node)
{
	struct story *story;

	mem_grow(rules->stories, rules->story_count, rules->story_cap);
	story = &rules->stories[rules->story_count];
	*story = (struct story){ .node = node };
	if (conf_read_mapping(conf, node, "story", story_keys, story))
		check_stages(conf, node, &story->stages);
	if (story->id != NULL)
		add_name(conf, id_node(node), &rules->story_names, "story", story->id,
		    rules->story_count);
	rules->story_count++;
}

/* -- sets and defines: a mapping of names -- */

static void
read_set(struct ruleset *rules, struct conf *conf, const struct conf_pair *pair)
{
	struct term_set *set;

	if (pair->value->type != CONF_SEQUENCE || pair->value->count == 0) {
		conf_error(conf, pair->value, "the set %s is a list of terms, not empty",
		    pair->key->text);
		return;
	}
	add_name(
	    conf, pair->key, &rules->set_names, "set", pair->key->text, rules->set_count);
	mem_grow(rules->sets, rules->set_count, rules->set_cap);
	set = &rules->sets[rules->set_count++];
	*set =
	    (struct term_set){ .name = mem_strdup(pair->key->text), .node = pair->value };
	matcher_add_set(rules->matcher);
}

static void
read_define(struct ruleset *rules, struct conf *conf, const struct conf_pair *pair)
{
	const struct conf_key key = { .name = pair->key->text };
	struct define *define;

	add_name(conf, pair->key, &rules->define_names, "define", pair->key->text,
	    rules->define_count);
	mem_grow(rules->defines, rules->define_count, rules->define_cap);
	define = &rules->defines[rules->define_count++];
	*define = (struct define){ .name = mem_strdup(pair->key->text) };
	define->is_ready = !pack_read_clause(conf, pair->value, &key, &define->clause);
}

static void
read_list(struct ruleset *rules, struct conf *conf, const struct conf_node *node,
    const char *what,
    void (*read)(struct ruleset *, struct conf *, const struct conf_node *))
{
	if (node == NULL)
		return;
	if (node->type != CONF_SEQUENCE) {
		conf_error(conf, node, "%s is a %s (allowed: a list)", what,
		    node->type == CONF_MAPPING ? "mapping" : "single value");
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		read(rules, conf, node->items[i]);
}

static void
read_map(struct ruleset *rules, struct conf *conf, const struct conf_node *node,
    const char *what,
    void (*read)(struct ruleset *, struct conf *, const struct conf_pair *))
{
	if (node == NULL)
		return;
	if (node->type != CONF_MAPPING) {
		conf_error(conf, node, "%s is a mapping of names", what);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct conf_node *key = node->pairs[i].key;

		if (is_name(key->text))
			read(rules, conf, &node->pairs[i]);
		else
			conf_error(conf, key,
			    "'%s' is no name (a-z, 0-9 and -, at most %d)", key->text,
			    RULES_NAME_MAX_BYTES);
	}
}

void
ruleset_read(struct ruleset *rules, struct conf *conf, const struct conf_node *stories,
    const struct conf_node *sets, const struct conf_node *defines,
    const struct conf_node *list)
{
	read_list(rules, conf, stories, "stories", read_story);
	read_map(rules, conf, sets, "sets", read_set);
	read_map(rules, conf, defines, "define", read_define);
	read_list(rules, conf, list, "rules", read_rule);
}
