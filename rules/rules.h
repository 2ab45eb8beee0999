/*
 * The face of rules/: reads packs, judges entries, moves stories.
 *
 * A ruleset is immutable once compiled. Judging is pure (entry in, verdicts out); what
 * verdicts mean for stories, clusters and episodes is decided by rules_apply() inside the
 * caller's transaction. rules/ owns the tables ledger, episode, stage, cluster,
 * cluster_key, cluster_told and silent_move.
 */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "feeds/entry.h"
#include "rules/match.h"

struct conf;
struct conf_node;
struct db;
struct db_schema;
struct ruleset;

extern const struct db_schema rules_schema;

/** @return an empty set */
struct ruleset *ruleset_new(void);
void ruleset_free(struct ruleset *rules);
MEM_AUTO(ruleset, ruleset_free);
/**
 * Read one file's stories:, sets:, define: and rules: (each NULL when absent). Sets and
 * defines are shared over all files. Mistakes go to conf; references are looked up by
 * ruleset_finish().
 */
void ruleset_read(struct ruleset *rules, struct conf *conf, const struct conf_node *stories,
    const struct conf_node *sets, const struct conf_node *defines,
    const struct conf_node *list);
/** Look up references and parse all expressions; mistakes go to conf. To be called while
 * conf lives. */
bool ruleset_finish(struct ruleset *rules, struct conf *conf);
/** Let ruleset_compile() give up after so long, for a caller that cannot wait a minute. */
void ruleset_limit_compile(struct ruleset *rules, int64_t limit_ms);
/**
 * Make the matcher: load the database from the cache folder, or compile it in a short-lived
 * child and keep it there. The one way: nothing can be judged before. Of rules with
 * mistakes it is an error of kind CONFIG.
 *
 * @param cache_dir  made if missing; NULL: nothing is kept
 */
bool ruleset_compile(struct ruleset *rules, const char *cache_dir, struct error *err);
/** Run the examples of all rules; every failing one is noted in conf with its place. */
bool ruleset_run_tests(struct ruleset *rules, struct conf *conf);
size_t ruleset_rule_count(const struct ruleset *rules);
size_t ruleset_story_count(const struct ruleset *rules);
size_t ruleset_term_count(const struct ruleset *rules);
size_t ruleset_example_count(const struct ruleset *rules);
/** 16 hex digits that change with any rule: kept in the ledger. */
const char *ruleset_version(const struct ruleset *rules);

/* -- judging -- */

/* One rule that one of its necessary terms touched. */
struct verdict {
	size_t rule; /* index; ruleset_rule_id() */
	bool is_true;
	char *clause;             /* the clause that decided, as written */
	struct match_term *terms; /* of a true one */
	size_t count, cap;
};
struct judgement {
	struct verdict *items; /* in the order of the rules */
	size_t count, cap;
};
void judgement_free(struct judgement *judgement);
MEM_AUTO(judgement, judgement_free);

/**
 * Never fails: a text the matcher cannot scan is an assert. The caller's to free. Judging
 * works in a room of the ruleset's own, so only one thread may judge with a ruleset.
 */
struct judgement *ruleset_judge(
    const struct ruleset *rules, const struct stored_entry *stored);
const char *ruleset_rule_id(const struct ruleset *rules, size_t rule);
const struct list *ruleset_rule_topics(const struct ruleset *rules, size_t rule);
/** "STORY/STAGE" of the rule, or NULL. */
const char *ruleset_rule_stage(const struct ruleset *rules, size_t rule);

/** Whether a rule is only judged and kept: it tells nobody. */
bool ruleset_rule_is_shadow(const struct ruleset *rules, size_t rule);

/** @return the index of a rule, or SIZE_MAX */
size_t ruleset_find_rule(const struct ruleset *rules, const char *id);

typedef void rules_amount_fn(void *ctx, const struct match_amount *amount);
/**
 * Tell of each sum of money in a text, as amount() reads it.
 *
 * @param is_chinese  whether its ¥ is the yuan
 */
void rules_read_amounts(const char *text, bool is_chinese, rules_amount_fn *fn, void *ctx);

/** Whether a text without a language is Chinese by its script. */
bool rules_is_chinese(const char *text);

/* -- explaining -- */

/* One part of an expression, and what it came to. */
struct explain_node {
	/* "term", "regex", "set", "define", "field", "near", "before", "of", "not", "and",
	 * "or" */
	const char *kind;
	char *label;  /* Lutnick, @set, &define, title:, NEAR/40, 2 OF, NOT, AND, OR */
	char *source; /* all of it as written, on one line */
	size_t depth; /* 0: the whole; a part stands behind what it is a part of */
	bool is_true;
	/* of terms and sets: where they stand in the fields that are looked at, the first
	 * ones of each term and field */
	struct match_term *terms;
	size_t count, cap;
};

/* when: or an unless:. */
struct explain_clause {
	const char *name; /* "when", "unless", "unless of the story" */
	bool is_true;
	char *decided;              /* the part that alone makes it so, as written */
	struct explain_node *nodes; /* the whole first */
	size_t count;
};
#define EXPLAIN_CLAUSES_MAX 3

struct explanation {
	size_t rule;
	bool is_true; /* of the rule: when, and none of the others */
	struct explain_clause clauses[EXPLAIN_CLAUSES_MAX];
	size_t count;
};

/**
 * Why a rule is true or false for an entry, whether one of its terms touched it or not. The
 * caller's to free. Like ruleset_judge() for one thread only.
 */
struct explanation *ruleset_explain(
    const struct ruleset *rules, const struct stored_entry *stored, size_t rule);
void explanation_free(struct explanation *explanation);
MEM_AUTO(explanation, explanation_free);

/* -- applying, inside the caller's transaction -- */

struct outcome {
	struct match **items; /* owned */
	size_t count, cap;
};
void outcome_clear(struct outcome *outcome);

/**
 * Keep the ledger row of an entry and move clusters, episodes and stories. Verdicts that
 * were true for this entry before are nothing new ("told again only when the verdict
 * rises").
 *
 * With is_backfill stories move silently and rules without a stage tell nobody.
 *
 * @param outcome  out: what is to be told or attached, appended
 */
bool rules_apply(const struct ruleset *rules, struct db *db,
    const struct stored_entry *stored, const struct judgement *judgement,
    struct outcome *outcome, struct error *err);
/**
 * With the last transaction of a feed's result: one MATCH_STORY for each story that this
 * feed moved silently and that was not said yet.
 */
bool rules_apply_end(const struct ruleset *rules, struct db *db, const char *feed,
    int64_t now_ms, struct outcome *outcome, struct error *err);

/* Where a story stands. */
struct story_status {
	const char *id, *title; /* borrowed from the ruleset; title may be NULL */
	char stage[65];         /* "" when none stands */
	int64_t since_ms;       /* of that stage's open episode */
};
bool rules_story_status(const struct ruleset *rules, struct db *db, size_t story,
    struct story_status *status, struct error *err);
/* One stage of a story. */
struct story_stage {
	const char *stage; /* borrowed from the ruleset */
	int64_t episode;   /* the last one begun, from 1; 0: it was never reached */
	int64_t since_ms;  /* when that began */
	int64_t last_ms;   /* its last match */
	bool is_told;      /* it has an alert; an implied one has none */
	bool is_reversed;  /* it was taken back, at last_ms */
};
typedef void rules_stage_fn(void *ctx, const struct story_stage *stage);
/** Tell of each stage of a story, in their order. */
bool rules_story_stages(const struct ruleset *rules, struct db *db, size_t story,
    rules_stage_fn *fn, void *ctx, struct error *err);

/** Whether a rule was true for an entry when it was judged last. */
bool rules_was_matched(struct db *db, int64_t entry, bool *is_matched, struct error *err);
/** Delete what the ledger has of an entry. */
bool rules_forget(struct db *db, int64_t entry, struct error *err);

#endif
