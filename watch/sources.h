/*
 * What the log says of sources: a failure when it begins, when its cause changes and when
 * it ends, and those that are there at the start.
 */
#ifndef WATCH_SOURCES_H
#define WATCH_SOURCES_H

#include <stdint.h>

#include "base/mem.h"

struct feeds;

/* A source as it was before a reading. */
struct source_mood {
	char *id; /* owned, as the next */
	char *failure;
	int failures;
};

/** Note a source as it is; one that is not watched has no failures. */
void source_mood_init(struct source_mood *mood, const struct feeds *feeds, const char *id);
void source_mood_clear(struct source_mood *mood);

/** What has changed since: one line, the caller's to free; NULL: nothing to say. */
char *source_mood_change(
    const struct source_mood *mood, const struct feeds *feeds, int64_t now_ms);
/** One line of all that are failing now; NULL: none is. */
char *sources_failing(const struct feeds *feeds);

#endif
