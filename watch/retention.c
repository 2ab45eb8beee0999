/*
 * A round goes through all entries by their ids, some in each transaction.
 */
#include "watch/retention.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "feeds/feeds.h"
#include "rules/rules.h"

#define DAY_S (INT64_C(24) * 3600)
#define RETENTION_MIN_S                                                  \
	(7 * DAY_S) /* clusters and confirmations are closed long before \
		     */
#define RETENTION_MAX_S (36500 * DAY_S)

struct retention {
	struct db *db;                             /* borrowed */
	const struct retention_settings *settings; /* borrowed */
	void (*on_failed)(void *ctx, const struct error *why);
	void *ctx;
	struct clock_timer *timer; /* owned */
	int64_t after;             /* the round's last id */
};

const struct conf_key retention_keys[] = {
	{ "entries", conf_read_duration, offsetof(struct retention_settings, entries_s),
	    .min = RETENTION_MIN_S, .max = RETENTION_MAX_S },
	{ "matched", conf_read_duration, offsetof(struct retention_settings, matched_s),
	    .min = RETENTION_MIN_S, .max = RETENTION_MAX_S },
	{ NULL },
};

void
retention_settings_init(struct retention_settings *settings)
{
	settings->entries_s = 90 * DAY_S;
	settings->matched_s = 400 * DAY_S;
}

void
retention_settings_finish(struct retention_settings *settings)
{
	if (settings->matched_s < settings->entries_s)
		settings->matched_s = settings->entries_s;
}

/* -- one transaction -- */

static bool
forget_one(struct retention *retention, int64_t id, int64_t seen_ms, int64_t now_ms,
    struct error *err)
{
	bool is_matched;

	if (!rules_was_matched(retention->db, id, &is_matched, err))
		return false;
	if (is_matched && seen_ms >= now_ms - retention->settings->matched_s * 1000)
		return true;
	return rules_forget(retention->db, id, err) &&
	       feeds_forget_texts(retention->db, id, now_ms, err);
}

/* Texts first; when the round has none any more, keys. */
static bool
forget_some(struct retention *retention, int64_t now_ms, bool *is_over, struct error *err)
{
	int64_t old_ms = now_ms - retention->settings->entries_s * 1000;
	struct old_entries old;
	int64_t count;

	if (!feeds_list_old(retention->db, retention->after, old_ms, &old, err))
		return false;
	for (size_t i = 0; i < old.count; i++) {
		retention->after = old.items[i].id;
		if (!forget_one(
			retention, old.items[i].id, old.items[i].seen_ms, now_ms, err))
			return false;
	}
	if (old.count == OLD_ENTRIES_MAX)
		return true;
	if (!feeds_forget_keys(retention->db, now_ms - RETENTION_KEYS_S * 1000,
		OLD_ENTRIES_MAX, &count, err))
		return false;
	*is_over = count < OLD_ENTRIES_MAX;
	return true;
}

static bool
run_transaction(
    struct retention *retention, int64_t now_ms, bool *is_over, struct error *err)
{
	if (!db_begin(retention->db, err))
		return false;
	if (!forget_some(retention, now_ms, is_over, err)) {
		db_rollback(retention->db);
		return false;
	}
	return db_commit(retention->db, DB_GROUPED, err);
}

static void
on_timer(void *ctx, int64_t now_ms)
{
	struct retention *retention = ctx;
	struct error err = { 0 };
	bool is_over = false, ok = run_transaction(retention, now_ms, &is_over, &err);

	if (!ok) {
		error_prefix(&err, "old texts are not deleted");
		retention->on_failed(retention->ctx, &err);
	}
	if (is_over || !ok)
		retention->after = 0;
	clock_timer_after(
	    retention->timer, is_over || !ok ? RETENTION_EVERY_MS : RETENTION_PAUSE_MS);
}

/* -- life -- */

struct retention *
retention_new(struct clock *clock, struct db *db, const struct retention_settings *settings,
    void (*on_failed)(void *ctx, const struct error *why), void *ctx)
{
	struct retention *retention = mem_zalloc(sizeof(*retention));

	retention->db = db;
	retention->settings = settings;
	retention->on_failed = on_failed;
	retention->ctx = ctx;
	retention->timer = clock_timer_new(clock, on_timer, retention);
	return retention;
}

void
retention_free(struct retention *retention)
{
	if (retention == NULL)
		return;
	clock_timer_free(retention->timer);
	free(retention);
}

void
retention_start(struct retention *retention)
{
	clock_timer_after(retention->timer, RETENTION_FIRST_MS);
}
