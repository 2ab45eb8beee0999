/*
 * Whether a source can be seen: what a reading, or the time that passed without one,
 * changes in that (DESIGN 6). Pure.
 *
 * A source has three conditions, each on its own: down (under one of three names), silent,
 * gap. Each begins a new episode when it begins; one that is told ends with its recovery.
 */
#ifndef FEEDS_CONDITION_H
#define FEEDS_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITION_DOWN_AT 3 /* failures in a row */
#define CONDITION_LEARN_MS (14 * INT64_C(86400000))
#define CONDITION_QUIET_PART 4 /* so many times the longest pause that was seen */
#define CONDITION_QUIET_MIN_MS (2 * INT64_C(86400000))
#define CONDITION_QUIET_MAX_MS (60 * INT64_C(86400000))
#define CONDITION_GAP_MIN 3 /* entries that a good reading had before */
#define CONDITION_GAP_EVERY_MS INT64_C(86400000)
#define CONDITION_LATE_MS INT64_C(3600000)
#define CONDITION_ABSENT_MS INT64_C(86400000)

/* silent_after: of a feed */
#define CONDITION_AUTO INT64_C(0)
#define CONDITION_NEVER INT64_C(-1)

/* Stored: append only. */
enum condition {
	CONDITION_NONE,
	CONDITION_DOWN,
	CONDITION_WALLED, /* down: a page for people or a refusal where the feed should be
			   */
	CONDITION_GONE,   /* down: for good, it is not read any more */
	CONDITION_SILENT,
	CONDITION_GAP,
	CONDITION_RECOVERED, /* never a state */
};

/* What is stored of a source; all zero: all is well. */
struct condition_state {
	enum condition down; /* NONE, DOWN, WALLED, GONE */
	int64_t down_ms, down_episode;
	int64_t silent_ms, silent_episode; /* 0: it is not */
	int64_t gap_ms, gap_told_ms, gap_episode;
	int64_t new_ms; /* of the last new entry that was taken into account */
	/* the longest pause between two new entries in this fortnight, and in the last */
	int64_t window_ms, longest_ms, before_ms;
	int64_t
	    absent_ms; /* while it was due and we did not read: nothing is learnt then */
};

/* How a source is watched, and what is known of it. */
struct condition_view {
	int64_t silent_after_s;                /* or CONDITION_AUTO, CONDITION_NEVER */
	int64_t first_success_ms, last_new_ms; /* 0: never */
	int64_t failures;                      /* in a row */
	int64_t due_ms;                        /* of the next reading */
};

/* A reading that has ended, after it was stored. */
struct condition_reading {
	int64_t at_ms;
	int64_t due_ms;  /* when it was to be; 0: as soon as possible */
	int64_t seen_ms; /* the last good answer before; 0: there was none */
	bool is_failed;
	enum condition failure; /* of a failure: DOWN, WALLED, GONE */
	bool is_content;        /* a document with entries: no "nothing new", not empty */
	bool is_disjoint;       /* with none of those that the last one had */
};

/* Something to be told. */
struct condition_change {
	enum condition what; /* that begins, or RECOVERED */
	enum condition of;   /* DOWN, SILENT, GAP: whose episode */
	int64_t episode;     /* from 1 */
	int64_t since_ms;    /* the last good sight: answer, new entry; 0: there was none */
	int64_t at_ms;
};

#define CONDITION_CHANGES_MAX 4
struct condition_changes {
	struct condition_change items[CONDITION_CHANGES_MAX];
	size_t count;
};

/** "down", "walled", "gone", "silent", "gap", "recovered"; NONE: NULL */
const char *condition_name(enum condition condition);
/** The state after a reading; what is to be told is added. */
void condition_read(struct condition_state *state, const struct condition_view *view,
    const struct condition_reading *reading, struct condition_changes *changes);
/** When a source becomes silent unless something new comes; -1: it is, or never will. */
int64_t condition_silent_at(
    const struct condition_state *state, const struct condition_view *view);
/**
 * The time has come: is it silent? Not when the source was due long before and was not
 * read: then the next reading says it.
 */
void condition_wake(struct condition_state *state, const struct condition_view *view,
    int64_t now_ms, struct condition_changes *changes);
/** What to show of a source: the worst that stands, NONE when all is well. */
enum condition condition_worst(const struct condition_state *state, int64_t *since_ms);

#endif
