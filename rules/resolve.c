/*
 * Looking up what names stand for, once all files are read.
 *
 * Sets and defines may stand in any order and hold each other: those whose parts are ready
 * are made ready, until nothing moves any more; what is left is made of itself.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/necessary.h"
#include "rules/pack.h"

/* Terms that fold to a common word find far more than was meant. */
static const char *const common_words[] = { "and", "are", "arm", "as", "at", "be", "by",
	"for", "he", "in", "is", "it", "no", "not", "of", "on", "or", "the", "to", "us",
	"we", "who", "will", NULL };

static void
warn_common(struct conf *conf, const struct conf_node *node, const char *text, size_t len)
{
	AUTO_BUF struct buf folded = BUF_EMPTY;

	text_fold(&folded, text, len);
	for (int i = 0; common_words[i] != NULL; i++) {
		if (strcmp(buf_text(&folded), common_words[i]) == 0)
			conf_warn(conf, node,
			    "the term %.*s is a common English word (operators are AND OR NOT, "
			    "in capitals)",
			    (int)len, text);
	}
}

static bool
check_term_count(
    const struct ruleset *rules, struct conf *conf, const struct conf_node *node)
{
	if (matcher_term_count(rules->matcher) <= MATCHER_TERMS_MAX)
		return true;
	return conf_error(
	    conf, node, "there are too many terms (at most %d in all)", MATCHER_TERMS_MAX);
}

/* -- sets -- */

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

/* What an item may not be. */
static bool
check_item(struct conf *conf, const struct conf_node *node)
{
	const char *at = node->text;

	if (strchr("=/&", at[0]) != NULL || strncmp(at, "amount(", 7) == 0)
		return conf_error(conf, node,
		    "%s is not known in a set (terms, \"phrases\", prefix*, @other)", at);
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
		if (!term_parse(&term, node->text, node->len, &why)) {
			conf_error(conf, node, "%s", why.text);
			return;
		}
		warn_common(conf, node, node->text, node->len);
		item->term = matcher_add_term(rules->matcher, &term);
		check_term_count(rules, conf, node);
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

static void
resolve_sets(struct ruleset *rules, struct conf *conf)
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

/* -- expressions -- */

static uint32_t
find_set(void *ctx, const char *name, size_t len)
{
	const struct ruleset *rules = ctx;
	size_t number = names_find(&rules->set_names, name, len);

	return number == NAMES_NONE ? MATCHER_NONE : (uint32_t)number;
}

static const struct program *
find_define(void *ctx, const char *name, size_t len)
{
	static const struct program none = { .nodes = NULL };
	const struct ruleset *rules = ctx;
	size_t number = names_find(&rules->define_names, name, len);

	if (number == NAMES_NONE)
		return NULL;
	/* one that is just being built is not there yet */
	return rules->defines[number].is_ready ? &rules->defines[number].clause.program
					       : &none;
}

static bool
parse_clause(struct conf *conf, struct clause *clause)
{
	struct expression_error error;
	const struct conf_node *node = clause->node;

	if (node == NULL)
		return false;
	clause->expression = expression_parse(node->text, node->len, &error);
	if (clause->expression == NULL)
		return conf_error_inside(conf, node, error.at, "%s", error.text);
	for (size_t i = 0; i < clause->expression->count; i++) {
		const struct expression_node *at = &clause->expression->nodes[i];

		if (at->kind == EXPRESSION_TERM)
			warn_common(conf, node, node->text + at->text_at,
			    at->text_end - at->text_at);
	}
	return true;
}

/* Every unknown name of an expression, not only the first one. */
static bool
check_names(struct ruleset *rules, struct conf *conf, const struct clause *clause)
{
	const struct expression *expression = clause->expression;
	bool is_good = true;

	for (size_t i = 0; i < expression->count; i++) {
		const struct expression_node *node = &expression->nodes[i];
		const char *name = expression->text + node->text_at;
		size_t len = node->text_end - node->text_at;

		if (node->kind == EXPRESSION_SET &&
		    find_set(rules, name, len) == MATCHER_NONE)
			is_good = conf_error_inside(conf, clause->node, node->at,
			    "there is no set @%.*s", (int)len, name);
		if (node->kind == EXPRESSION_DEFINE &&
		    find_define(rules, name, len) == NULL)
			is_good = conf_error_inside(conf, clause->node, node->at,
			    "there is no define &%.*s", (int)len, name);
	}
	return is_good;
}

static bool
build_clause(struct ruleset *rules, struct conf *conf, struct clause *clause)
{
	const struct program_names names = { rules, find_set, find_define };
	struct expression_error error;

	if (!check_names(rules, conf, clause))
		return false;
	if (!program_build(
		&clause->program, clause->expression, &names, rules->matcher, &error))
		return conf_error_inside(conf, clause->node, error.at, "%s", error.text);
	return check_term_count(rules, conf, clause->node);
}

static bool
resolve_clause(struct ruleset *rules, struct conf *conf, struct clause *clause)
{
	return parse_clause(conf, clause) && build_clause(rules, conf, clause);
}

/* -- defines -- */

/* Whether a define holds another one that is not ready yet. */
static bool
waits(const struct ruleset *rules, const struct define *define)
{
	const struct expression *expression = define->clause.expression;

	for (size_t i = 0; i < expression->count; i++) {
		const struct expression_node *node = &expression->nodes[i];
		size_t number;

		if (node->kind != EXPRESSION_DEFINE)
			continue;
		number = names_find(&rules->define_names, expression->text + node->text_at,
		    node->text_end - node->text_at);
		if (number != NAMES_NONE && !rules->defines[number].is_ready)
			return true;
	}
	return false;
}

/* Build the defines that wait for no other, or all that are left. */
static bool
build_defines(struct ruleset *rules, struct conf *conf, bool is_last)
{
	bool has_moved = false;

	for (size_t i = 0; i < rules->define_count; i++) {
		struct define *define = &rules->defines[i];

		if (define->is_ready || (!is_last && waits(rules, define)))
			continue;
		(void)build_clause(rules, conf, &define->clause); /* is noted */
		define->is_ready = has_moved = true;
	}
	return has_moved;
}

static void
resolve_defines(struct ruleset *rules, struct conf *conf)
{
	for (size_t i = 0; i < rules->define_count; i++) {
		struct define *define = &rules->defines[i];

		if (!define->is_ready && !parse_clause(conf, &define->clause))
			define->is_ready = true;
	}
	while (build_defines(rules, conf, false))
		;
	/* those that wait for themselves: building them says what is wrong */
	build_defines(rules, conf, true);
}

/* -- rules -- */

static void
resolve_stage(struct ruleset *rules, struct conf *conf, struct rule *rule)
{
	const struct story *story;

	if (rule->story_id == NULL) {
		if (rule->stage_name != NULL)
			conf_error(conf, conf_find(rule->node, "stage"),
			    "a stage needs the story it belongs to (story:)");
		return;
	}
	rule->story =
	    names_find(&rules->story_names, rule->story_id, strlen(rule->story_id));
	if (rule->story == NAMES_NONE) {
		conf_error(conf, conf_find(rule->node, "story"), "there is no story %s",
		    rule->story_id);
		return;
	}
	if (rule->stage_name == NULL)
		return;
	story = &rules->stories[rule->story];
	for (size_t i = 0; i < story->stages.count; i++) {
		if (strcmp(story->stages.items[i], rule->stage_name) == 0)
			rule->stage = i;
	}
	if (rule->stage == NAMES_NONE)
		conf_error(conf, conf_find(rule->node, "stage"),
		    "the story %s has no stage %s", story->id, rule->stage_name);
	else
		rule->subject = mem_printf("%s/%s", story->id, rule->stage_name);
}

static void
resolve_again_after(struct conf *conf, struct rule *rule)
{
	if (rule->again_after_s != 0 && rule->stage_name == NULL)
		conf_error(conf, conf_find(rule->node, "again_after"),
		    "again_after needs a stage: without one a rule tells once a cluster");
	if (rule->again_after_s == 0)
		rule->again_after_s = RULES_AGAIN_AFTER_S;
}

static void
resolve_rule(struct ruleset *rules, struct conf *conf, size_t number)
{
	struct rule *rule = &rules->rules[number];

	resolve_stage(rules, conf, rule);
	resolve_again_after(conf, rule);
	if (rule->unless.node != NULL)
		(void)resolve_clause(rules, conf, &rule->unless); /* is noted */
	if (resolve_clause(rules, conf, &rule->when) &&
	    !program_necessary(
		&rule->when.program, rules->matcher, &rules->term_rules, number))
		conf_error_inside(conf, rule->when.node, 0,
		    "this can be true with none of its terms present (a NOT needs a term "
		    "beside it)");
}

/* -- version -- */

static void
add_part(struct buf *out, const char *text)
{
	buf_add(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
	buf_add(out, "", 1);
}

static void
add_list(struct buf *out, const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		add_part(out, list->items[i]);
	buf_add(out, "", 1);
}

static void
add_clause(struct buf *out, const struct clause *clause)
{
	add_part(out, clause->node == NULL ? NULL : clause->node->text);
}

static void
add_rule(struct buf *out, const struct rule *rule)
{
	add_part(out, rule->id);
	add_part(out, rule->title);
	add_list(out, &rule->topics);
	add_part(out, rule->story_id);
	add_part(out, rule->stage_name);
	buf_printf(out, "%lld %d", (long long)rule->again_after_s, rule->severity);
	add_clause(out, &rule->when);
	add_clause(out, &rule->unless);
}

static void
make_version(struct ruleset *rules)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	for (size_t i = 0; i < rules->set_count; i++) {
		add_part(&all, rules->sets[i].name);
		for (size_t k = 0; k < rules->sets[i].count; k++)
			add_part(&all, rules->sets[i].items[k].node->text);
	}
	for (size_t i = 0; i < rules->define_count; i++) {
		add_part(&all, rules->defines[i].name);
		add_clause(&all, &rules->defines[i].clause);
	}
	for (size_t i = 0; i < rules->story_count; i++) {
		add_part(&all, rules->stories[i].id);
		add_part(&all, rules->stories[i].title);
		add_list(&all, &rules->stories[i].stages);
		add_clause(&all, &rules->stories[i].unless);
	}
	for (size_t i = 0; i < rules->rule_count; i++)
		add_rule(&all, &rules->rules[i]);
	digest_hex(buf_text(&all), all.len, hex);
	memcpy(rules->version, hex, sizeof(rules->version) - 1);
}

bool
ruleset_finish(struct ruleset *rules, struct conf *conf)
{
	assert(!rules->is_finished);
	rules->is_finished = true;
	resolve_sets(rules, conf);
	resolve_defines(rules, conf);
	for (size_t i = 0; i < rules->story_count; i++) {
		if (rules->stories[i].unless.node != NULL)
			(void)resolve_clause(
			    rules, conf, &rules->stories[i].unless); /* is noted */
	}
	for (size_t i = 0; i < rules->rule_count; i++)
		resolve_rule(rules, conf, i);
	links_pack(&rules->term_rules, matcher_term_count(rules->matcher));
	make_version(rules);
	rules->is_good = conf_error_count(conf) == 0;
	return rules->is_good;
}
