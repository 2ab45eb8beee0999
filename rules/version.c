/*
 * The version of a ruleset: a digest of all that judging depends on.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "rules/pack.h"

/* Changes with the language: the same text may judge otherwise then. */
#define VERSION_LANGUAGE "3"

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
	buf_printf(out, "%lld %d %d", (long long)rule->again_after_s, rule->severity,
	    rule->reverses);
	buf_printf(out, " %lld %lld %lld", (long long)rule->confirm.official,
	    (long long)rule->confirm.independent, (long long)rule->confirm.within_s);
	buf_printf(out, " %d %d", rule->shadow, rule->always);
	add_list(out, &rule->feeds);
	add_list(out, &rule->tags);
	add_clause(out, &rule->when);
	add_clause(out, &rule->unless);
}

void
ruleset_make_version(struct ruleset *rules)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	add_part(&all, VERSION_LANGUAGE);
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
