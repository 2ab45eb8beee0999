/*
 * One timer for all sources, set to the first that may become silent. A source that had
 * something new meanwhile is only passed over when it rings: so what a reading costs does
 * not grow with the number of sources.
 */
#include "watch/blind.h"

#include <stdio.h>
#include <stdlib.h>

#include "alerts/alerts.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/db.h"
#include "base/error.h"

#define RETRY_MS (INT64_C(5) * 60 * 1000)

struct blind {
	struct blind_tools tools;
	struct clock_timer *timer; /* owned */
	int64_t at_ms;             /* it is set to; -1: it is not */
};

/* -- sentences -- */

/* "since 2026-11-22T07:01:44Z", or never. */
static void
print_since(char text[64], const char *since, int64_t since_ms, const char *never)
{
	char when[CLOCK_TEXT_BYTES];

	clock_format_s(since_ms / 1000, when);
	if (since_ms == 0)
		(void)snprintf(text, 64, "%s", never);
	else
		(void)snprintf(text, 64, "%s %s", since, when);
}

static char *
recovery_title(const char *name, const struct condition_change *change)
{
	char since[64];

	print_since(since, "since", change->since_ms, "from the start");
	if (change->of == CONDITION_SILENT)
		return mem_printf(
		    "%s has something new again; it was silent %s", name, since);
	return mem_printf("%s can be read again; it could not %s", name, since);
}

static char *
make_title(const struct feed *feed, const struct condition_change *change)
{
	struct source source = feed_source(feed);
	AUTO_FREE char *name = mem_printf("%s (%s)", source.publisher, source.feed);
	char since[64];

	print_since(since, "since", change->since_ms, "so far");
	switch (change->what) {
	case CONDITION_NONE:
		break;
	case CONDITION_DOWN:
		return mem_printf("%s has not answered as a feed %s", name, since);
	case CONDITION_WALLED:
		return mem_printf("%s keeps us out: no feed %s", name, since);
	case CONDITION_GONE:
		return mem_printf("%s is gone for good and is not read any more", name);
	case CONDITION_SILENT:
		return mem_printf("%s has had nothing new %s", name, since);
	case CONDITION_GAP:
		return mem_printf(
		    "%s has only new entries: others may be missed %s", name, since);
	case CONDITION_RECOVERED:
		return recovery_title(name, change);
	}
	return name;
}

static bool
tell_one(struct alerts *alerts, const struct feed *feed,
    const struct condition_change *change, const char *failure, bool *is_told,
    struct error *err)
{
	AUTO_FREE char *title = make_title(feed, change);
	AUTO_FREE char *subject = mem_printf("%s/%s", feed->id, condition_name(change->of));
	struct source source = feed_source(feed);
	struct feed_alert what = { .source = &source,
		.condition = condition_name(change->what),
		.subject = subject,
		.title = title,
		.excerpt = failure,
		.episode = change->episode,
		.severity = feed->is_official ? SEVERITY_HIGH : SEVERITY_LOW,
		.time_ms = change->at_ms };

	return alerts_raise_feed(alerts, &what, is_told, err);
}

static bool
tell_all(struct alerts *alerts, const struct feed *feed,
    const struct condition_changes *changes, const char *failure, bool *is_told,
    struct error *err)
{
	bool is_one_told;

	for (size_t i = 0; i < changes->count; i++) {
		if (!tell_one(alerts, feed, &changes->items[i], failure, &is_one_told, err))
			return false;
		*is_told = *is_told || is_one_told;
	}
	return true;
}

bool
blind_apply_end(
    struct blind *blind, const struct feed_result *result, bool *is_told, struct error *err)
{
	const struct blind_tools *tools = &blind->tools;
	struct condition_changes changes;

	return feeds_apply_end(tools->feeds, result, &changes, err) &&
	       tell_all(tools->alerts, feeds_find(tools->feeds, result->feed), &changes,
		   result->text, is_told, err);
}

/* -- the timer -- */

static void
set_timer(struct blind *blind, int64_t at_ms)
{
	blind->at_ms = at_ms;
	if (at_ms == -1)
		clock_timer_cancel(blind->timer);
	else
		clock_timer_at(blind->timer, at_ms);
}

static bool
look_inside(struct blind *blind, size_t i, int64_t now_ms, bool *is_told, struct error *err)
{
	const struct blind_tools *tools = &blind->tools;
	struct feed_status status = feeds_status(tools->feeds, i);
	struct condition_changes changes;

	return feeds_silence(tools->feeds, i, now_ms, &changes, err) &&
	       tell_all(tools->alerts, status.feed, &changes, NULL, is_told, err);
}

/* A source that is silent now gets a transaction of its own. */
static bool
look_at(struct blind *blind, size_t i, int64_t now_ms, struct error *err)
{
	const struct blind_tools *tools = &blind->tools;
	bool is_told = false;

	if (!db_begin(tools->db, err))
		return false;
	if (!look_inside(blind, i, now_ms, &is_told, err)) {
		db_rollback(tools->db);
		return false;
	}
	if (!db_commit(tools->db, is_told ? DB_NOW : DB_GROUPED, err))
		return false;
	feeds_silence_end(tools->feeds, i);
	if (is_told)
		alerts_released(tools->alerts);
	return true;
}

static void
on_timer(void *ctx, int64_t now_ms)
{
	struct blind *blind = ctx;
	struct feeds *feeds = blind->tools.feeds;
	struct error err = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < feeds_count(feeds); i++) {
		int64_t at_ms = feeds_silent_at(feeds, feeds_status(feeds, i).feed->id);

		if (at_ms != -1 && at_ms <= now_ms)
			ok = look_at(blind, i, now_ms, &err);
	}
	if (!ok)
		blind->tools.on_failed(blind->tools.ctx, &err);
	set_timer(blind, ok ? feeds_next_silent_at(feeds, now_ms) : now_ms + RETRY_MS);
}

void
blind_look(struct blind *blind)
{
	set_timer(blind, clock_now_ms(blind->tools.clock));
}

void
blind_expect(struct blind *blind, const char *feed)
{
	int64_t at_ms = feeds_silent_at(blind->tools.feeds, feed);

	if (at_ms > clock_now_ms(blind->tools.clock) &&
	    (blind->at_ms == -1 || at_ms < blind->at_ms))
		set_timer(blind, at_ms);
}

/* -- life -- */

struct blind *
blind_new(const struct blind_tools *tools)
{
	struct blind *blind = mem_zalloc(sizeof(*blind));

	blind->tools = *tools;
	blind->at_ms = -1;
	blind->timer = clock_timer_new(tools->clock, on_timer, blind);
	return blind;
}

void
blind_free(struct blind *blind)
{
	if (blind == NULL)
		return;
	clock_timer_free(blind->timer);
	free(blind);
}
