/*
 * Expressions, once all files are read and the sets are known.
 *
 * Defines may stand in any order and hold each other: those whose parts are ready are made
 * ready, until nothing moves any more; what is left is made of itself.
 */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules/necessary.h"
#include "rules/pack.h"

/* Terms that fold to a common word find far more than was meant. */
static const char *const common_words[] = { "and", "are", "arm", "as", "at", "be", "by",
	"for", "he", "in", "is", "it", "no", "not", "of", "on", "or", "the", "to", "us",
	"we", "who", "will", NULL };

void
pack_warn_common(
    struct conf *conf, const struct conf_node *node, const char *text, size_t len)
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

bool
pack_check_terms(
    const struct ruleset *rules, struct conf *conf, const struct conf_node *node)
{
	if (matcher_term_count(rules->matcher) <= MATCHER_TERMS_MAX)
		return true;
	return conf_error(
	    conf, node, "there are too many terms (at most %d in all)", MATCHER_TERMS_MAX);
}

/* -- expressions -- */

static uint32_t
find_set(void *ctx, const char *name, size_t len, enum field_kind kind, struct error *err)
{
	return ruleset_find_set(ctx, name, len, kind, err);
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

		if (at->kind == EXPRESSION_TERM && at->within == FIELD_WORDS &&
		    at->form == FIELD_WORDS)
			pack_warn_common(conf, node, node->text + at->text_at,
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
		    names_find(&rules->set_names, name, len) == NAMES_NONE)
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
	rules->fields |= clause->program.fields;
	return pack_check_terms(rules, conf, clause->node);
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
	else if (!rule->reverses)
		rule->subject = mem_printf("%s/%s", story->id, rule->stage_name);
}

/* What a rule says about its stage beside that it is reached. */
static void
check_stage_keys(struct conf *conf, const struct rule *rule)
{
	const struct conf_node *confirm = conf_find(rule->node, "confirm");

	if (rule->reverses && rule->stage_name == NULL)
		conf_error(conf, conf_find(rule->node, "reverses"),
		    "reverses needs the stage that is taken back (stage:)");
	if (confirm != NULL && rule->reverses)
		conf_error(conf, confirm,
		    "a rule that reverses is not confirmed (confirm belongs to rules that "
		    "report a stage)");
	else if (confirm != NULL && rule->stage_name == NULL)
		conf_error(conf, confirm,
		    "confirm needs a stage: a rule without one tells once a cluster");
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
	check_stage_keys(conf, rule);
	resolve_again_after(conf, rule);
	if (rule->always && rule->feeds.count == 0)
		conf_error(conf, conf_find(rule->node, "always"),
		    "always needs a scope: the feeds of which every entry is judged "
		    "(feeds:)");
	if (rule->unless.node != NULL)
		(void)resolve_clause(rules, conf, &rule->unless); /* is noted */
	if (!resolve_clause(rules, conf, &rule->when) ||
	    program_necessary(
		&rule->when.program, rules->matcher, &rules->term_rules, number))
		return;
	if (!rule->always)
		conf_error_inside(conf, rule->when.node, 0,
		    "this can be true with none of its terms present (a NOT needs a term "
		    "beside it; so does a feed:, tag:, lang: or published:; else the rule "
		    "says always: true and its feeds:)");
	mem_grow(rules->always_rules, rules->always_count, rules->always_cap);
	rules->always_rules[rules->always_count++] = (uint32_t)number;
}

bool
ruleset_finish(struct ruleset *rules, struct conf *conf)
{
	assert(!rules->is_finished);
	rules->is_finished = true;
	ruleset_resolve_sets(rules, conf);
	resolve_defines(rules, conf);
	for (size_t i = 0; i < rules->story_count; i++) {
		if (rules->stories[i].unless.node != NULL)
			(void)resolve_clause(
			    rules, conf, &rules->stories[i].unless); /* is noted */
	}
	for (size_t i = 0; i < rules->rule_count; i++)
		resolve_rule(rules, conf, i);
	links_pack(&rules->term_rules, matcher_term_count(rules->matcher));
	ruleset_make_version(rules);
	rules->is_good = conf_error_count(conf) == 0;
	return rules->is_good;
}
