/*
 * How a story moves: the new state as a function of state, match and time. No store, no
 * clock.
 *
 * A stage that was ever reached stands. It has an episode, open for as long as matches come
 * within again_after of each other; the first match after that begins the next one. A
 * stage that is taken back stands no more, nor does any above it: the first match after
 * that begins the next episode.
 */
#ifndef RULES_STORY_H
#define RULES_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/match.h"

/* One stage. All zero: it was never reached. */
struct stage_state {
	int64_t episode;    /* the last one begun, from 1; 0: none */
	int64_t opened_ms;  /* when that episode began */
	int64_t matched_ms; /* its last match */
	bool is_told;       /* it has an alert; an implied or silent one has none */
	bool is_reversed;   /* that episode was taken back; matched_ms is when */
	bool is_changed;    /* out: by story_move() and story_reverse() */
};

struct story_match {
	size_t stage;
	int64_t at_ms;
	int64_t again_after_s;
	bool is_silent; /* a backfill: moves, but is not told */
};

/**
 * A rule of this stage has matched.
 *
 * A new episode of the stage implies all earlier stages: those without an open episode get
 * one that counts as told. TOLD: a new episode, to be told. SILENT: a new episode that is
 * not told, or a match of an episode that has no alert. ATTACHED: belongs to the alert of
 * the stage's episode.
 *
 * @param is_new  out: an episode of this stage began
 */
enum match_outcome story_move(struct stage_state *stages, size_t count,
    const struct story_match *match, bool *is_new);
/**
 * A rule that takes this stage back has matched.
 *
 * TOLD: the stage stood, and it and all above it stand no more. SILENT: the same of a
 * backfill, or there is nothing it could belong to. ATTACHED: the stage was taken back
 * before.
 *
 * @param is_fallen  out: the stage stood
 */
enum match_outcome story_reverse(struct stage_state *stages, size_t count,
    const struct story_match *match, bool *is_fallen);
/** The highest stage that stands, or count. */
size_t story_highest(const struct stage_state *stages, size_t count);

#endif
