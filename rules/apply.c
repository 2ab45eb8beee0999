/*
 * What verdicts mean: the ledger's row, clusters, stories, and what is to be told.
 *
 * Choices where DESIGN 5 leaves them open:
 * - Of several rules of one stage that an entry makes true, the one of the highest severity
 *   speaks (the first among equals): one event is one match.
 * - A later stage is moved before an earlier one of the same entry, so that one entry tells
 *   the furthest it reports, and the earlier stages are implied.
 * - An entry that takes a stage back reports neither that stage nor any above it: a denial
 *   repeats what it denies.
 * - A backfill's match counts at its published date: an old report must not hide that the
 *   same happens again now. Its episode has no alert, so what belongs to it is SILENT until
 *   a new episode begins; where the story stands is said by rules_apply_end().
 * - A rule without a stage is not told by a backfill, and its cluster does not count as
 * told: a fresh copy in the same cluster tells it.
 * - The alert of kind "story" names the highest stage that stands, carries the highest
 *   severity of the rules that moved the story, and counts episodes of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/db.h"
#include "base/mem.h"
#include "rules/amounts.h"
#include "rules/cluster.h"
#include "rules/ledger.h"
#include "rules/pack.h"
#include "rules/store.h"
#include "rules/story.h"

/* What all steps of one application need. */
struct application {
	const struct ruleset *rules;
	struct db *db;
	const struct stored_entry *stored;
	struct outcome *outcome;
	struct error *err;
};

void
outcome_clear(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->count; i++)
		match_free(outcome->items[i]);
	free(outcome->items);
	*outcome = (struct outcome){ NULL, 0, 0 };
}

static void
outcome_take(struct outcome *outcome, struct match *match)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(outcome->items, outcome->count, outcome->cap);
	outcome->items[outcome->count++] = match;
}

static const struct rule *
rule_of(const struct application *application, const struct verdict *verdict)
{
	return &application->rules->rules[verdict->rule];
}

/* A match of a rule, with what every kind has. */
static struct match *
make_match(const struct application *application, const struct verdict *verdict)
{
	const struct rule *rule = rule_of(application, verdict);
	struct match *match = mem_zalloc(sizeof(*match));

	match->rule = mem_strdup(rule->id);
	match->title = mem_strdup(rule->title);
	match->severity = (enum severity)rule->severity;
	list_copy(&match->topics, &rule->topics);
	match_copy_terms(match, verdict->terms, verdict->count);
	amounts_read(match, application->stored->entry);
	return match;
}

/* -- rules without a stage -- */

static bool
tell_cluster(const struct application *application, const struct verdict *verdict,
    const struct cluster *cluster, struct match *match)
{
	const char *rule = rule_of(application, verdict)->id;

	if (!cluster_told(
		application->db, cluster, rule, &match->episode, application->err))
		return false;
	if (match->episode > 0) {
		match->outcome = MATCH_ATTACHED;
		return true;
	}
	if (application->stored->is_backfill) {
		match->outcome = MATCH_SILENT;
		return true;
	}
	match->outcome = MATCH_TOLD;
	return store_next_episode(application->db, "rule", match->subject, &match->episode,
		   application->err) &&
	       cluster_tell(
		   application->db, cluster, rule, match->episode, application->err);
}

static bool
apply_rule(const struct application *application, const struct verdict *verdict,
    const struct cluster *cluster)
{
	const struct rule *rule = rule_of(application, verdict);
	AUTO(match) match = make_match(application, verdict);

	match->kind = MATCH_RULE;
	match->subject = mem_printf("%s/%s", rule->id, cluster->name);
	match->transition = mem_strdup("");
	if (!tell_cluster(application, verdict, cluster, match))
		return false;
	outcome_take(application->outcome, match);
	match = NULL;
	return true;
}

static bool
apply_rules(
    const struct application *application, const struct verdict *const *fresh, size_t count)
{
	struct cluster cluster;
	bool is_good =
	    cluster_join(application->db, application->stored, &cluster, application->err);

	for (size_t i = 0; is_good && i < count; i++) {
		if (rule_of(application, fresh[i])->stage == NAMES_NONE)
			is_good = apply_rule(application, fresh[i], &cluster);
	}
	cluster_clear(&cluster);
	return is_good;
}

/* -- rules of a stage -- */

static int64_t
match_time(const struct stored_entry *stored)
{
	int64_t published_ms = stored->entry->published_s * 1000;

	if (stored->is_backfill && published_ms > 0 && published_ms < stored->now_ms)
		return published_ms;
	return stored->now_ms;
}

/* A silent match opened an episode: to be said at the end of the result. */
static bool
note_silent_move(const struct application *application, const struct story *story,
    const struct rule *rule)
{
	const struct silent_move move = { story->id, rule->severity };

	return store_add_silent_move(
	    application->db, application->stored->source->feed, &move, application->err);
}

/* @return borrowed; NULL when none stands */
static const char *
highest_name(const struct story *story, const struct stage_state *stages)
{
	size_t highest = story_highest(stages, story->stages.count);

	return highest < story->stages.count ? story->stages.items[highest] : NULL;
}

static bool
apply_stage(const struct application *application, const struct verdict *verdict)
{
	const struct rule *rule = rule_of(application, verdict);
	const struct story *story = &application->rules->stories[rule->story];
	const struct story_match what = { rule->stage, match_time(application->stored),
		rule->again_after_s, application->stored->is_backfill };
	AUTO(match) match = make_match(application, verdict);
	struct stage_state stages[RULES_STAGES_MAX];
	bool is_new;

	if (!store_read_stages(application->db, story, stages, application->err))
		return false;
	match->outcome = rule->reverses
			     ? story_reverse(stages, story->stages.count, &what, &is_new)
			     : story_move(stages, story->stages.count, &what, &is_new);
	if (!store_write_stages(application->db, story, stages, application->err) ||
	    (is_new && what.is_silent && !note_silent_move(application, story, rule)))
		return false;
	match->kind = MATCH_STAGE;
	match->subject = mem_printf("%s/%s", story->id, rule->stage_name);
	match->transition = mem_strdup(rule->reverses ? "reversed" : "reported");
	match->state = mem_strdup(match->transition);
	if (rule->reverses)
		match->now = mem_strdup(highest_name(story, stages));
	match->story = mem_strdup(story->id);
	match->stage = mem_strdup(rule->stage_name);
	match->episode = stages[rule->stage].episode;
	outcome_take(application->outcome, match);
	match = NULL;
	return true;
}

/* Whether the verdict's rule is the one that speaks for its stage. */
static bool
speaks(const struct application *application, const struct verdict *const *fresh,
    size_t count, size_t candidate)
{
	const struct rule *own = rule_of(application, fresh[candidate]);

	for (size_t i = 0; i < count; i++) {
		const struct rule *other = rule_of(application, fresh[i]);

		if (i == candidate || other->story != own->story)
			continue;
		if (other->reverses && !own->reverses && other->stage <= own->stage)
			return false;
		if (other->stage != own->stage || other->reverses != own->reverses)
			continue;
		if (other->severity > own->severity ||
		    (other->severity == own->severity && i < candidate))
			return false;
	}
	return true;
}

/* One stage number, one direction. */
struct step {
	size_t stage;
	bool reverses;
};

/* All verdicts of stage number `stage`, of whatever story, that report or take back. */
static bool
apply_step(const struct application *application, const struct verdict *const *fresh,
    size_t count, struct step step)
{
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = rule_of(application, fresh[i]);

		if (rule->stage == step.stage && rule->reverses == step.reverses &&
		    speaks(application, fresh, count, i) &&
		    !apply_stage(application, fresh[i]))
			return false;
	}
	return true;
}

static bool
apply_stages(
    const struct application *application, const struct verdict *const *fresh, size_t count)
{
	for (size_t stage = 0; stage < RULES_STAGES_MAX; stage++) {
		if (!apply_step(application, fresh, count, (struct step){ stage, true }))
			return false;
	}
	for (size_t stage = RULES_STAGES_MAX; stage-- > 0;) {
		if (!apply_step(application, fresh, count, (struct step){ stage, false }))
			return false;
	}
	return true;
}

/* -- one entry -- */

/* @return the true verdicts of rules that were not true for this entry before, and are to
 * be told */
static const struct verdict **
find_fresh(const struct ruleset *rules, const struct judgement *judgement,
    const struct list *before, size_t *count)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	const struct verdict **fresh = mem_array(judgement->count + 1, sizeof(*fresh));

	*count = 0;
	for (size_t i = 0; i < judgement->count; i++) {
		const struct verdict *verdict = &judgement->items[i];

		if (verdict->is_true && !rules->rules[verdict->rule].shadow &&
		    !list_has(before, ruleset_rule_id(rules, verdict->rule)))
			fresh[(*count)++] = verdict;
	}
	return fresh;
}

bool
rules_apply(const struct ruleset *rules, struct db *db, const struct stored_entry *stored,
    const struct judgement *judgement, struct outcome *outcome, struct error *err)
{
	const struct application application = { rules, db, stored, outcome, err };
	const struct verdict **fresh;
	struct list before = { NULL, 0, 0 };
	bool is_good = ledger_read_true(db, stored->id, &before, err) &&
		       ledger_write(db, rules, stored, judgement, err);
	size_t count;

	fresh = find_fresh(rules, judgement, &before, &count);
	if (is_good && count > 0)
		is_good = apply_rules(&application, fresh, count) &&
			  apply_stages(&application, fresh, count);
	free(fresh);
	list_clear(&before);
	return is_good;
}

/* -- the end of a result -- */

static bool
say_story(const struct application *application, const struct silent_move *move)
{
	const struct ruleset *rules = application->rules;
	size_t number = names_find(&rules->story_names, move->story, strlen(move->story));
	struct stage_state stages[RULES_STAGES_MAX];
	const struct story *story;
	AUTO(match) match = NULL;
	size_t highest;

	if (number == NAMES_NONE)
		return true; /* the story is no longer watched */
	story = &rules->stories[number];
	if (!store_read_stages(application->db, story, stages, application->err))
		return false;
	highest = story_highest(stages, story->stages.count);
	if (highest == story->stages.count)
		return true; /* its stages were renamed */
	match = mem_zalloc(sizeof(*match));
	match->kind = MATCH_STORY;
	match->outcome = MATCH_TOLD;
	match->subject = mem_printf("%s/%s", story->id, story->stages.items[highest]);
	match->transition = mem_strdup("stands");
	match->story = mem_strdup(story->id);
	match->stage = mem_strdup(story->stages.items[highest]);
	match->title = mem_strdup(story->title);
	match->severity = (enum severity)move->severity;
	if (!store_next_episode(application->db, "story", match->subject, &match->episode,
		application->err))
		return false;
	outcome_take(application->outcome, match);
	match = NULL;
	return true;
}

bool
rules_apply_end(const struct ruleset *rules, struct db *db, const char *feed,
    int64_t now_ms, struct outcome *outcome, struct error *err)
{
	const struct application application = { rules, db, NULL, outcome, err };

	for (;;) {
		struct silent_move move;
		bool is_good;

		if (!store_first_silent_move(db, feed, &move, err))
			return false;
		if (move.story == NULL)
			break;
		is_good = say_story(&application, &move) &&
			  store_delete_silent_move(db, feed, move.story, err);
		free(move.story);
		if (!is_good)
			return false;
	}
	return cluster_expire(db, now_ms, err);
}

bool
rules_story_status(const struct ruleset *rules, struct db *db, size_t number,
    struct story_status *status, struct error *err)
{
	const struct story *story = &rules->stories[number];
	struct stage_state stages[RULES_STAGES_MAX];
	size_t highest;

	if (!store_read_stages(db, story, stages, err))
		return false;
	*status = (struct story_status){ .id = story->id, .title = story->title };
	highest = story_highest(stages, story->stages.count);
	if (highest == story->stages.count)
		return true;
	snprintf(status->stage, sizeof(status->stage), "%s", story->stages.items[highest]);
	status->since_ms = stages[highest].opened_ms;
	return true;
}

bool
rules_story_stages(const struct ruleset *rules, struct db *db, size_t number,
    rules_stage_fn *fn, void *ctx, struct error *err)
{
	const struct story *story = &rules->stories[number];
	struct stage_state stages[RULES_STAGES_MAX];

	if (!store_read_stages(db, story, stages, err))
		return false;
	for (size_t i = 0; i < story->stages.count; i++) {
		struct story_stage stage = { .stage = story->stages.items[i],
			.episode = stages[i].episode,
			.since_ms = stages[i].opened_ms,
			.last_ms = stages[i].matched_ms,
			.is_told = stages[i].is_told,
			.is_reversed = stages[i].is_reversed };

		fn(ctx, &stage);
	}
	return true;
}
