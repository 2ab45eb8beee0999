/*
 * The tables of rules/, and the states of stories in them.
 */
#ifndef RULES_STORE_H
#define RULES_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "rules/pack.h"
#include "rules/story.h"

struct db;

/** Read the states of all stages of a story. @param stages  out: RULES_STAGES_MAX places */
bool store_read_stages(struct db *db, const struct story *story, struct stage_state *stages,
    struct error *err);
/** Write those that have changed. */
bool store_write_stages(struct db *db, const struct story *story,
    const struct stage_state *stages, struct error *err);
/**
 * The next episode number of a subject. Counters stay for ever, so that none is given
 * twice.
 */
bool store_next_episode(struct db *db, const char *kind, const char *subject,
    int64_t *episode, struct error *err);

/* A story that a feed moved silently, which is to be said at the end of its result. */
struct silent_move {
	char *story; /* owned; id */
	int severity;
};

bool store_add_silent_move(
    struct db *db, const char *feed, const struct silent_move *move, struct error *err);
/** One of a feed's; story is NULL when there is none. */
bool store_first_silent_move(
    struct db *db, const char *feed, struct silent_move *move, struct error *err);
bool store_delete_silent_move(
    struct db *db, const char *feed, const char *story, struct error *err);

#endif
