/*
 * Results wait in a queue; each turn of the loop applies one transaction of the first one,
 * so that a large feed never holds the loop.
 */
#include "watch/watch.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/db.h"
#include "watch/blind.h"
#include "watch/sources.h"
#include "watch/step.h"

/* A result in hand. */
struct work {
	TAILQ_ENTRY(work) link;
	struct feed_result *result; /* owned */
	size_t at;                  /* entries applied and committed */
	bool is_begun;
};

struct watch {
	struct event_base *base; /* borrowed */
	struct clock *clock;     /* borrowed */
	struct watch_options options;
	struct settings *settings;   /* owned */
	struct db *db;               /* owned */
	struct feeds *feeds;         /* owned */
	struct alerts *alerts;       /* owned */
	struct retention *retention; /* owned */
	struct blind *blind;         /* owned */
	struct event *turn;          /* owned; active while there is work */
	TAILQ_HEAD(work_queue, work) queue;
	uint64_t progress;
	bool has_lost; /* memory may be ahead of the store */
	char lost_text[512];
	void (*on_stopped)(void *ctx);
	void *stopped_ctx;
};

static const struct db_schema *const schemas[] = { &feeds_schema, &rules_schema,
	&alerts_schema, NULL };

static void
notice(struct watch *watch, const char *room, const char *text)
{
	if (watch->options.on_notice != NULL)
		watch->options.on_notice(watch->options.ctx, room, text);
}

/* Other events come between two turns: an active event would run again before them. */
static void
arm_turn(struct watch *watch)
{
	const struct timeval at_once = { 0, 0 };

	(void)event_add(watch->turn, &at_once); /* of a timer: cannot fail but for memory */
}

/* -- one transaction -- */

/*
 * The next transaction of a result. *is_last: there is nothing more to do for it. A failure
 * undoes this transaction; those before it stay, and what they stored is known at the next
 * reading.
 */
static bool
run_transaction(struct watch *watch, struct work *work, bool *is_last, struct error *err)
{
	struct step step = { .feeds = watch->feeds,
		.alerts = watch->alerts,
		.rules = watch->settings->rules,
		.db = watch->db,
		.blind = watch->blind,
		.result = work->result };
	const struct feed *feed = feeds_find(watch->feeds, work->result->feed);
	size_t end = work->at + WATCH_BATCH;

	if (feed == NULL || !feeds_is_current(watch->feeds, work->result))
		return error_set(err, ERROR_CONFIG, work->result->feed,
		    feed == NULL ? "no longer watched"
				 : "read before it was taken out and put back: dropped");
	step.source = feed_source(feed);
	if (end > work->result->count)
		end = work->result->count;
	if (!db_begin(watch->db, err))
		return false;
	if ((!work->is_begun && !step_begin(&step, err)) ||
	    !step_apply(&step, work->at, end, err)) {
		db_rollback(watch->db);
		return false;
	}
	crash_point("before-transaction-commit");
	if (!db_commit(watch->db, step.is_told ? DB_NOW : DB_GROUPED, err))
		return false;
	crash_point("after-transaction-commit");
	work->is_begun = true;
	work->at = end;
	*is_last = end == work->result->count;
	if (step.is_told)
		alerts_released(watch->alerts);
	return true;
}

/* -- the queue -- */

static void
finish_work(struct watch *watch, struct work *work, bool is_stored)
{
	AUTO_FREE char *text = NULL;
	struct source_mood before;

	source_mood_init(&before, watch->feeds, work->result->feed);
	TAILQ_REMOVE(&watch->queue, work, link);
	feeds_finish(watch->feeds, work->result, is_stored);
	blind_expect(watch->blind, before.id);
	free(work);
	text = source_mood_change(&before, watch->feeds, clock_now_ms(watch->clock));
	source_mood_clear(&before);
	if (text != NULL)
		notice(watch, "feeds", text);
	if (watch->options.on_change != NULL)
		watch->options.on_change(watch->options.ctx);
}

/*
 * A group that could not be committed: what memory holds is ahead of the store. A result
 * that was begun is not stored, so that no validator is stored over entries that were lost;
 * to begin it anew would fill a full disk again and again. Of a store that is not to be
 * trusted any more nothing is read again: the process has to end.
 */
static void
take_back(struct watch *watch)
{
	struct work *first = TAILQ_FIRST(&watch->queue);
	AUTO_FREE char *text = NULL;

	if (!watch->has_lost)
		return;
	watch->has_lost = false;
	if (db_is_unsafe(watch->db)) {
		if (watch->options.on_broken != NULL)
			watch->options.on_broken(watch->options.ctx, watch->lost_text);
		return;
	}
	text = mem_printf("%s; what it held is fetched again", watch->lost_text);
	notice(watch, "watch", text);
	/* the others wait for it */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it has left the queue */
	if (first != NULL && first->is_begun)
		finish_work(watch, first, false);
	feeds_reload_state(watch->feeds);
	blind_look(watch->blind);
}

static void
run_turn(struct watch *watch)
{
	struct work *work = TAILQ_FIRST(&watch->queue);
	struct error err = { 0 };
	bool is_last = false, is_done;

	watch->progress++;
	is_done = run_transaction(watch, work, &is_last, &err);
	if (!is_done && !db_is_unsafe(watch->db))
		notice(watch, "watch", err.text);
	if (!is_done || is_last)
		finish_work(watch, work, is_done);
	take_back(watch);
}

static void
stop_when_done(struct watch *watch)
{
	void (*on_stopped)(void *ctx) = watch->on_stopped;
	struct error err = { 0 };

	if (on_stopped == NULL || !TAILQ_EMPTY(&watch->queue))
		return;
	watch->on_stopped = NULL;
	if (!db_flush(watch->db, &err))
		notice(watch, "watch", err.text);
	on_stopped(watch->stopped_ctx);
}

/* Of results without entries so many are as one batch. */
#define TURN_RESULTS_MAX 20

/* As much as one large transaction holds. */
static void
run_turns(struct watch *watch)
{
	size_t spent = 0;

	/* a store that is not to be trusted any more ends the process: nothing goes in */
	while (!TAILQ_EMPTY(&watch->queue) && spent < WATCH_BATCH &&
	       !db_is_unsafe(watch->db)) {
		const struct work *work = TAILQ_FIRST(&watch->queue);

		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it has left the queue */
		spent += work->result->count - work->at + WATCH_BATCH / TURN_RESULTS_MAX;
		run_turn(watch);
	}
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	take_back(watch);
	run_turns(watch);
	if (!TAILQ_EMPTY(&watch->queue))
		arm_turn(watch);
	stop_when_done(watch);
}

void
watch_take_result(struct watch *watch, struct feed_result *result)
{
	struct work *work = mem_zalloc(sizeof(*work));

	work->result = result;
	TAILQ_INSERT_TAIL(&watch->queue, work, link);
	arm_turn(watch);
}

static void
on_result(void *ctx, struct feed_result *result)
{
	watch_take_result(ctx, result);
}

static void
on_feeds_notice(void *ctx, const char *text)
{
	notice(ctx, "feeds", text);
}

/* -- life -- */

static void
on_alerts_notice(void *ctx, const char *text)
{
	struct watch *watch = ctx;

	notice(watch, "alerts", text);
	if (watch->options.on_change != NULL)
		watch->options.on_change(watch->options.ctx);
}

static void
on_alerts_line(void *ctx, const char *line, size_t len)
{
	struct watch *watch = ctx;

	watch->options.on_line(watch->options.ctx, line, len);
}

/* Called where the store may not be used: see take_back(). */
static void
on_lost(void *ctx, const struct error *why)
{
	struct watch *watch = ctx;

	watch->has_lost = true;
	memcpy(watch->lost_text, why->text, sizeof(watch->lost_text));
	arm_turn(watch);
}

static void
on_store_failed(void *ctx, const struct error *why)
{
	notice(ctx, "watch", why->text);
}

bool
watch_configure(struct watch *watch, struct settings *settings, struct error *err)
{
	struct settings old;

	if (!ruleset_compile(settings->rules, watch->options.cache_dir, err) ||
	    !alerts_configure(watch->alerts, &settings->alerts, err))
		return false;
	if (!feeds_configure(watch->feeds, &settings->feeds, &settings->polling, err)) {
		struct error ignored = { 0 };

		/* back to the path that worked a moment ago */
		(void)alerts_configure(watch->alerts, &settings->alerts, &ignored);
		return false;
	}
	old = *watch->settings;
	*watch->settings = *settings;
	*settings = old;
	blind_look(watch->blind);
	return true;
}

struct watch *
watch_open(struct event_base *base, struct clock *clock,
    const struct watch_options *options, struct settings *settings, struct error *err)
{
	AUTO(watch) watch = mem_zalloc(sizeof(*watch));
	struct alerts_options alerts_options = { .base = options->is_polling ? base : NULL,
		.logs_dir = options->logs_dir,
		.on_line = options->logs_dir == NULL ? on_alerts_line : NULL,
		.on_notice = on_alerts_notice,
		.ctx = watch };
	struct watch *opened;

	TAILQ_INIT(&watch->queue);
	watch->base = base;
	watch->clock = clock;
	watch->options = *options;
	watch->settings = settings_new();
	watch->turn = event_new(base, -1, 0, on_turn, watch);
	watch->db = db_open(options->db_path, schemas, clock, err);
	if (watch->db == NULL)
		return NULL;
	db_on_lost(watch->db, on_lost, watch);
	watch->feeds = feeds_open(
	    options->is_polling ? base : NULL, clock, watch->db, on_result, watch);
	feeds_on_notice(watch->feeds, on_feeds_notice);
	watch->alerts = alerts_open(clock, watch->db, &alerts_options);
	watch->retention = retention_new(
	    clock, watch->db, &watch->settings->retention, on_store_failed, watch);
	watch->blind = blind_new(&(struct blind_tools){
	    clock, watch->db, watch->feeds, watch->alerts, on_store_failed, watch });
	if (!watch_configure(watch, settings, err))
		return NULL;
	opened = watch;
	watch = NULL;
	return opened;
}

void
watch_close(struct watch *watch)
{
	struct work *work;

	if (watch == NULL)
		return;
	while ((work = TAILQ_FIRST(&watch->queue)) != NULL) {
		TAILQ_REMOVE(&watch->queue, work, link);
		feed_result_free(work->result);
		free(work);
	}
	feeds_close(watch->feeds);
	alerts_close(watch->alerts);
	blind_free(watch->blind);
	retention_free(watch->retention);
	db_close(watch->db);
	if (watch->turn != NULL)
		event_free(watch->turn);
	settings_free(watch->settings);
	free(watch);
}

void
watch_start(struct watch *watch)
{
	AUTO_FREE char *failing = sources_failing(watch->feeds);

	alerts_recover(watch->alerts);
	retention_start(watch->retention);
	if (failing != NULL)
		notice(watch, "feeds", failing);
	if (watch->options.is_polling)
		feeds_start(watch->feeds);
}

void
watch_stop(struct watch *watch, void (*on_stopped)(void *ctx), void *ctx)
{
	watch->on_stopped = on_stopped;
	watch->stopped_ctx = ctx;
	feeds_stop(watch->feeds);
	arm_turn(watch);
}

bool
watch_is_idle(const struct watch *watch)
{
	return TAILQ_EMPTY(&watch->queue) && !watch->has_lost &&
	       !feeds_is_busy(watch->feeds) && !alerts_is_busy(watch->alerts);
}

bool
watch_has_work(const struct watch *watch)
{
	return !TAILQ_EMPTY(&watch->queue);
}

uint64_t
watch_progress(const struct watch *watch)
{
	return watch->progress;
}

struct feeds *
watch_feeds(struct watch *watch)
{
	return watch->feeds;
}

struct alerts *
watch_alerts(struct watch *watch)
{
	return watch->alerts;
}

struct ruleset *
watch_rules(struct watch *watch)
{
	return watch->settings->rules;
}

struct db *
watch_db(struct watch *watch)
{
	return watch->db;
}
