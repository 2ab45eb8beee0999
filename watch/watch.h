/*
 * The pipeline that joins the rooms: result -> entries -> verdicts -> alerts, in
 * transactions.
 *
 * Owns the rooms' running objects. One transaction holds at most WATCH_BATCH entries;
 * validators and the next due time go into the last one. A transaction with an alert is
 * durable before it is told.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/error.h"
#include "feeds/feeds.h"
#include "rules/rules.h"
#include "watch/settings.h"

struct clock;
struct db;
struct event_base;
struct watch;

#define WATCH_BATCH 200

struct watch_options {
	const char *db_path;
	const char *logs_dir;  /* NULL: lines go to on_line */
	const char *cache_dir; /* NULL: nothing is kept */
	bool is_polling;       /* false: no schedule, no worker (replay) */
	void (*on_line)(void *ctx, const char *line, size_t len); /* with logs_dir NULL */
	/* what an administrator should know: a source fails or works again, the log fails
	 */
	void (*on_notice)(void *ctx, const char *room, const char *text);
	/* a result was taken in or given up, or something was told; or NULL */
	void (*on_change)(void *ctx);
	/* the store cannot be trusted any more: the process has to start anew; or NULL */
	void (*on_broken)(void *ctx, const char *text);
	void *ctx;
};

/**
 * Open the store and the rooms. Nothing runs yet.
 *
 * @param options   copied; what it points at is borrowed for life
 * @param settings  its contents are exchanged against what was in force (here: nothing)
 */
struct watch *watch_open(struct event_base *base, struct clock *clock,
    const struct watch_options *options, struct settings *settings, struct error *err);
void watch_close(struct watch *watch);
MEM_AUTO(watch, watch_close);
/** Finish what the last run left, start the schedule. */
void watch_start(struct watch *watch);
/** Take new settings, as above; on failure the old ones stay in force. */
bool watch_configure(struct watch *watch, struct settings *settings, struct error *err);
/** Finish what is in hand, start nothing new; on_stopped is called from the loop. */
void watch_stop(struct watch *watch, void (*on_stopped)(void *ctx), void *ctx);
/** A result from outside the schedule (replay). Takes it. */
void watch_take_result(struct watch *watch, struct feed_result *result);
/** No job, no result in hand, no delivery. (A group of transactions waits on the clock.) */
bool watch_is_idle(const struct watch *watch);
/** Whether a result waits to be applied. */
bool watch_has_work(const struct watch *watch);
/** Changes whenever a transaction was tried: with work at hand, the watchdog's proof of
 * life. */
uint64_t watch_progress(const struct watch *watch);

struct feeds *watch_feeds(struct watch *watch);
struct alerts *watch_alerts(struct watch *watch);
struct ruleset *watch_rules(struct watch *watch);
struct db *watch_db(struct watch *watch);

#endif
