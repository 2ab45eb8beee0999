/*
 * The state machine of stages and episodes (DESIGN 5).
 */
#include "rules/story.h"

#include <assert.h>

/* Whole seconds, so that again_after includes its last second. Times may run backwards: a
 * backfill brings old reports late. */
static int64_t
seconds_between(int64_t from_ms, int64_t to_ms)
{
	return to_ms / 1000 - from_ms / 1000;
}

static bool
stands(const struct stage_state *stage)
{
	return stage->episode > 0 && !stage->is_reversed;
}

/* What a backfill brings may be older than the denial that we know of. */
static bool
is_overtaken(const struct stage_state *stage, const struct story_match *match)
{
	return stage->is_reversed && match->is_silent && match->at_ms <= stage->matched_ms;
}

static bool
is_open(const struct stage_state *stage, const struct story_match *match)
{
	return stands(stage) &&
	       seconds_between(stage->matched_ms, match->at_ms) <= match->again_after_s;
}

static void
begin_episode(struct stage_state *stage, int64_t at_ms, bool is_told)
{
	stage->episode++;
	stage->opened_ms = stage->matched_ms = at_ms;
	stage->is_told = is_told;
	stage->is_reversed = false;
	stage->is_changed = true;
}

/* An implied stage is no match of its own: an episode that is open is left alone. */
static void
imply_earlier(struct stage_state *stages, const struct story_match *match)
{
	for (size_t i = 0; i < match->stage; i++) {
		if (!is_open(&stages[i], match) && !is_overtaken(&stages[i], match))
			begin_episode(&stages[i], match->at_ms, false);
	}
}

static enum match_outcome
attach(struct stage_state *stage, const struct story_match *match)
{
	bool is_older =
	    seconds_between(match->at_ms, stage->opened_ms) > match->again_after_s;

	if (match->at_ms > stage->matched_ms) {
		stage->matched_ms = match->at_ms;
		stage->is_changed = true;
	}
	/* so old that it is the report of an earlier event, which we have not seen */
	return stage->is_told && !is_older ? MATCH_ATTACHED : MATCH_SILENT;
}

/*
 * What is told counts at now: a time ahead of it is of a wall clock that once ran ahead,
 * and would hold the episode open until it is caught up.
 */
static void
come_back(struct stage_state *stage, const struct story_match *match)
{
	if (match->is_silent || stage->matched_ms <= match->at_ms)
		return;
	stage->matched_ms = match->at_ms;
	if (stage->opened_ms > match->at_ms)
		stage->opened_ms = match->at_ms;
	stage->is_changed = true;
}

enum match_outcome
story_move(
    struct stage_state *stages, size_t count, const struct story_match *match, bool *is_new)
{
	struct stage_state *stage = &stages[match->stage];

	assert(match->stage < count);
	(void)count; /* without assert() */
	*is_new = false;
	if (is_overtaken(stage, match))
		return MATCH_SILENT;
	come_back(stage, match);
	*is_new = !is_open(stage, match);
	if (!*is_new)
		return attach(stage, match);
	begin_episode(stage, match->at_ms, !match->is_silent);
	imply_earlier(stages, match);
	return match->is_silent ? MATCH_SILENT : MATCH_TOLD;
}

static void
fall(struct stage_state *stage, int64_t at_ms)
{
	if (!stands(stage))
		return;
	stage->is_reversed = true;
	stage->is_changed = true;
	stage->matched_ms = at_ms;
}

enum match_outcome
story_reverse(struct stage_state *stages, size_t count, const struct story_match *match,
    bool *is_fallen)
{
	struct stage_state *stage = &stages[match->stage];

	assert(match->stage < count);
	*is_fallen =
	    stands(stage) && (!match->is_silent || match->at_ms >= stage->opened_ms);
	if (!*is_fallen)
		return stage->is_reversed && stage->is_told ? MATCH_ATTACHED : MATCH_SILENT;
	for (size_t i = match->stage; i < count; i++)
		fall(&stages[i], match->at_ms);
	stage->is_told = stage->is_told || !match->is_silent;
	return match->is_silent ? MATCH_SILENT : MATCH_TOLD;
}

size_t
story_highest(const struct stage_state *stages, size_t count)
{
	for (size_t i = count; i-- > 0;) {
		if (stands(&stages[i]))
			return i;
	}
	return count;
}
