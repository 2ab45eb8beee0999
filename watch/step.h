/*
 * The inside of a transaction. Who calls has begun one, and commits or undoes it.
 */
#ifndef WATCH_STEP_H
#define WATCH_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "alerts/alerts.h"
#include "feeds/feeds.h"
#include "rules/rules.h"

struct blind;
struct db;
struct error;

struct step {
	struct feeds *feeds; /* borrowed, as all below */
	struct alerts *alerts;
	struct ruleset *rules;
	struct db *db;
	struct blind *blind;
	struct feed_result *result;
	struct source source;
	bool is_told; /* out: a record was made */
};

/** Before a result's first entry: it is put into order. */
bool step_begin(struct step *step, struct error *err);
/** Entries from `from` up to `end`; with the last one the result's end too. */
bool step_apply(struct step *step, size_t from, size_t end, struct error *err);

#endif
