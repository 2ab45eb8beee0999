/*
 * Sources that cannot be seen: what is told of them, and the timer that finds the silent
 * ones.
 */
#ifndef WATCH_BLIND_H
#define WATCH_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "feeds/feeds.h"

struct alerts;
struct blind;
struct clock;
struct db;
struct error;

struct blind_tools {
	struct clock *clock; /* all borrowed for life */
	struct db *db;
	struct feeds *feeds;
	struct alerts *alerts;
	void (*on_failed)(
	    void *ctx, const struct error *why); /* the store's; tried again */
	void *ctx;
};
struct blind *blind_new(const struct blind_tools *tools);
void blind_free(struct blind *blind);
MEM_AUTO(blind, blind_free);
/** feeds_apply_end(), and the records of what it finds. *is_told: there is one */
bool blind_apply_end(struct blind *blind, const struct feed_result *result, bool *is_told,
    struct error *err);
/** Look soon at all sources: at the start, and when anything about them may be other. */
void blind_look(struct blind *blind);
/** A reading of this source has ended: when to look at it. */
void blind_expect(struct blind *blind, const char *feed);

#endif
