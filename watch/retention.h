/*
 * Forgetting (retention:): the texts of entries and what the ledger says of them, once they
 * are old and have left their feed; and at last their keys.
 */
#ifndef WATCH_RETENTION_H
#define WATCH_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/mem.h"

struct clock;
struct db;
struct error;
struct retention;

struct retention_settings {
	int64_t entries_s; /* since first seen */
	int64_t matched_s; /* the same for those that a rule named */
};
void retention_settings_init(struct retention_settings *settings);
/** Of two lengths the longer is that of what was matched. */
void retention_settings_finish(struct retention_settings *settings);
extern const struct conf_key retention_keys[];

#define RETENTION_FIRST_MS (INT64_C(10) * 60 * 1000) /* after the start */
#define RETENTION_EVERY_MS (INT64_C(24) * 3600 * 1000)
#define RETENTION_PAUSE_MS INT64_C(1000) /* between two transactions of one round */
#define RETENTION_KEYS_S (INT64_C(400) * 24 * 3600)

/**
 * @param settings  borrowed for life; they may change
 * @param on_failed  of the store; tried again in the next round
 */
struct retention *retention_new(struct clock *clock, struct db *db,
    const struct retention_settings *settings,
    void (*on_failed)(void *ctx, const struct error *why), void *ctx);
void retention_free(struct retention *retention);
MEM_AUTO(retention, retention_free);
/** Begin: a round soon, then one a day. */
void retention_start(struct retention *retention);

#endif
