/*
 * Which publishers are heard, and in how many ways: a voice is a publisher, its ways are
 * the sources that are asked.
 */
#ifndef FEEDS_VOICE_H
#define FEEDS_VOICE_H

#include <stdbool.h>
#include <stddef.h>

struct feed_status;

/* How many of some sources there are, and how they do; the rest was not read yet. */
struct voice_ways {
	size_t count;
	size_t heard; /* read well, and not silent */
	size_t blind; /* down, walled, gone or silent */
};

struct voice {
	const char *publisher; /* borrowed from the feeds */
	bool is_official;      /* one of its sources is */
	struct voice_ways own;
	struct voice_ways stand_ins; /* others' sources that make up for it */
};

struct voices {
	struct voice *items; /* owned; by publisher */
	size_t count, cap;
};

enum voice_way { WAY_OFF, WAY_WAITING, WAY_HEARD, WAY_BLIND };
/** What a source does for its publisher; WAY_OFF: it is not asked. */
enum voice_way voice_way(const struct feed_status *status);
/** Gather the voices of some sources. */
void voices_gather(struct voices *voices, const struct feed_status *list, size_t count);
void voices_clear(struct voices *voices);

#endif
