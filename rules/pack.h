/*
 * What a ruleset is made of. Inside rules/ only.
 */
#ifndef RULES_PACK_H
#define RULES_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/list.h"
#include "rules/evaluate.h"
#include "rules/expression.h"
#include "rules/links.h"
#include "rules/match.h"
#include "rules/matcher.h"
#include "rules/names.h"
#include "rules/program.h"
#include "rules/rules.h"

#define RULES_AGAIN_AFTER_S (INT64_C(21) * 86400) /* DESIGN 5 */
#define RULES_AGAIN_AFTER_MAX_S (3650LL * 86400)
#define RULES_CONFIRM_WITHIN_S 86400
#define RULES_CONFIRM_WITHIN_MAX_S (365LL * 86400)
#define RULES_CONFIRM_VOICES_MAX 100
#define RULES_STAGES_MAX 64
#define RULES_NAME_MAX_BYTES 64
#define RULES_LITERAL_MAX_CHARS 25 /* a longer term is warned of */

/* An expression of a file. Nodes of conf are borrowed, and live as long as it does. */
struct clause {
	const struct conf_node *node;  /* NULL: not given */
	struct expression *expression; /* owned */
	struct program program;
};

struct set_item {
	const struct conf_node *node;
	uint32_t term; /* in the matcher; MATCHER_NONE for another set (or a mistake) */
	size_t ref;    /* index of the other set, or NAMES_NONE */
};

/* One concept; its index is its number in the matcher too. */
struct term_set {
	char *name;
	const struct conf_node *node;
	struct set_item *items;
	size_t count;
	bool is_ready; /* its terms, and those of the sets in it, are in the matcher */
};

/* The terms of a set, compared as a field of another kind asks. */
struct set_variant {
	size_t set;
	enum field_kind kind;
	uint32_t number; /* in the matcher */
};

struct define {
	char *name;
	struct clause clause;
	bool is_ready; /* built, or known to be wrong */
};

struct story {
	char *id, *title; /* title may be NULL */
	const struct conf_node *node;
	struct list stages;
	struct clause unless;
};

/* An entry that a rule file gives, with what a source would say of it. */
struct example {
	const struct conf_node *node;
	struct entry entry;
	char *feed, *publisher; /* or NULL */
	struct list tags;
};

struct example_list {
	struct example *items;
	size_t count;
};

void example_list_clear(struct example_list *list);
/** A table's reader of [struct example_list]. */
bool example_list_read(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field);

struct rule_tests {
	struct example_list match, ignore;
};

/* How many voices confirm a stage; within_s 0: not asked for. */
struct confirmation {
	int64_t official, independent; /* 0: not this way */
	int64_t within_s;
};

struct rule {
	char *id, *title; /* title may be NULL */
	const struct conf_node *node;
	struct list topics;
	char *story_id, *stage_name; /* as given, or NULL */
	size_t story, stage;         /* indexes, or NAMES_NONE */
	char *subject;               /* "STORY/STAGE", or NULL */
	int64_t again_after_s;       /* 0: not given */
	int severity;                /* enum severity */
	bool reverses;               /* takes its stage back */
	bool shadow;                 /* is judged and kept, and tells nobody */
	bool always;                 /* may be true without any term, in its feeds */
	struct list feeds, tags;     /* only for entries of these; empty: of all */
	struct confirmation confirm;
	struct clause when, unless;
	struct rule_tests tests;
};

struct ruleset {
	struct term_set *sets;
	size_t set_count, set_cap;
	struct set_variant *variants;
	size_t variant_count, variant_cap;
	struct define *defines;
	size_t define_count, define_cap;
	struct story *stories;
	size_t story_count, story_cap;
	struct rule *rules;
	size_t rule_count, rule_cap;
	struct names set_names, define_names, story_names, rule_names;
	struct matcher *matcher;
	unsigned fields;         /* bits of those that any expression looks at */
	struct links term_rules; /* which rules a term touches */
	uint32_t *always_rules;  /* those that wait for no term; owned */
	size_t always_count, always_cap;
	char version[17];
	bool is_finished; /* by ruleset_finish(); is_good: without a mistake in any rule
			     file */
	bool is_good, is_compiled;
	struct judge_room *room; /* what judging works in; from ruleset_compile() on */
};

/** The name of a set of the matcher; NULL for MATCHER_NONE. */
const char *ruleset_set_name(const struct ruleset *rules, uint32_t number);
/** Read an expression's node into a clause; the table's reader of when: and unless:. */
bool pack_read_clause(struct conf *conf, const struct conf_node *value,
    const struct conf_key *key, void *field);
/** Warn of a term that folds to a common English word. */
void pack_warn_common(
    struct conf *conf, const struct conf_node *node, const char *text, size_t len);
/** @return false, and noted, when the matcher has more terms than it may */
bool pack_check_terms(
    const struct ruleset *rules, struct conf *conf, const struct conf_node *node);
/** Give all sets their terms; mistakes go to conf. */
void ruleset_resolve_sets(struct ruleset *rules, struct conf *conf);
/** @return the number in the matcher of a set whose terms are compared so, or MATCHER_NONE
 * with err set */
uint32_t ruleset_find_set(struct ruleset *rules, const char *name, size_t len,
    enum field_kind kind, struct error *err);
/** Warn of what is unwise; of rules without a mistake only. */
void ruleset_advise(const struct ruleset *rules, struct conf *conf);
void ruleset_make_version(struct ruleset *rules);
/** What is told of an occurrence in the last scan; set may be MATCHER_NONE. Owns its
 * strings. */
struct match_term ruleset_match_term(const struct ruleset *rules, uint32_t term,
    uint32_t set, const struct occurrence *occurrence);
/** ruleset_judge(), of an example: scopes do not count. */
struct judgement *ruleset_judge_example(
    const struct ruleset *rules, const struct stored_entry *stored);
/** The room of rules/judge.c. */
struct judge_room *judge_room_new(const struct ruleset *rules);
void judge_room_free(struct judge_room *room);

#endif
