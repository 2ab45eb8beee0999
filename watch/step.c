/*
 * What one transaction does with the entries of a result: store, judge, move stories, raise
 * alerts (DESIGN 3).
 */
#include "watch/step.h"

#include "base/crash.h"
#include "base/error.h"
#include "watch/blind.h"

/* -- one entry -- */

static bool
raise_all(struct step *step, const struct outcome *outcome,
    const struct stored_entry *stored, struct error *err)
{
	for (size_t i = 0; i < outcome->count; i++) {
		bool is_told;

		if (!alerts_raise(step->alerts, outcome->items[i], stored, &is_told, err))
			return false;
		step->is_told = step->is_told || is_told;
	}
	return true;
}

static bool
judge_entry(struct step *step, const struct stored_entry *stored, struct error *err)
{
	AUTO(judgement) judgement = ruleset_judge(step->rules, stored);
	struct outcome outcome = { 0 };
	bool ok = rules_apply(step->rules, step->db, stored, judgement, &outcome, err) &&
		  raise_all(step, &outcome, stored, err);

	outcome_clear(&outcome);
	return ok;
}

static bool
apply_entry(struct step *step, size_t i, struct error *err)
{
	struct applied applied = { 0 };
	struct stored_entry stored = { .entry = step->result->entries[i],
		.source = &step->source };

	if (!feeds_apply_entry(step->feeds, step->result, i, &applied, err))
		return false;
	stored.id = applied.id;
	stored.seen_ms = applied.seen_ms;
	stored.now_ms = step->result->at_ms;
	stored.is_backfill = applied.is_backfill;
	switch (applied.change) {
	case ENTRY_KNOWN:
		return true;
	case ENTRY_NEW:
	case ENTRY_CHANGED:
		return judge_entry(step, &stored, err);
	}
	return true;
}

/* -- one transaction -- */

/* Say where the stories stand that this result moved silently. */
static bool
say_stories(struct step *step, struct error *err)
{
	struct stored_entry stored = { .source = &step->source,
		.seen_ms = step->result->at_ms,
		.now_ms = step->result->at_ms };
	struct outcome outcome = { 0 };
	bool ok = rules_apply_end(step->rules, step->db, step->result->feed,
		      step->result->at_ms, &outcome, err) &&
		  raise_all(step, &outcome, &stored, err);

	outcome_clear(&outcome);
	return ok;
}

static bool
apply_end(struct step *step, struct error *err)
{
	crash_point("before-validators");
	return say_stories(step, err) &&
	       blind_apply_end(step->blind, step->result, &step->is_told, err);
}

bool
step_begin(struct step *step, struct error *err)
{
	return step->result->count == 0 ||
	       feeds_apply_begin(step->feeds, step->result, err);
}

bool
step_apply(struct step *step, size_t from, size_t end, struct error *err)
{
	for (size_t i = from; i < end; i++)
		if (!apply_entry(step, i, err))
			return false;
	return end < step->result->count || apply_end(step, err);
}
