/*
 * The line is made anew a second after something happened, never by looking around.
 */
#include "daemon/herald.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/notify.h"
#include "watch/watch.h"

#define HERALD_WAIT_MS 1000
#define HERALD_NAMED_MAX 3 /* sources that fail, by name */

struct herald {
	struct watch *watch;          /* borrowed */
	struct clock_timer *changed;  /* owned */
	struct clock_timer *watchdog; /* owned */
	int64_t watchdog_ms;          /* half of what systemd allows; 0: none */
	uint64_t progress;            /* as the watchdog saw it last */
	char *said;                   /* owned; the last line, or NULL */
	bool is_refused;              /* the last reload */
};

/* -- the line -- */

/* All sources, counted. */
struct count {
	size_t heard, failing, unheard;
	int64_t next_ms; /* the first poll planned, or 0 */
	struct buf named;
};

static void
count_source(struct count *count, const struct feed_status *status)
{
	if (strcmp(status->state, "disabled") == 0)
		return;
	if (status->next_poll_ms != 0 &&
	    (count->next_ms == 0 || status->next_poll_ms < count->next_ms))
		count->next_ms = status->next_poll_ms;
	if (status->failures == 0) {
		count->heard += status->last_success_ms != 0;
		count->unheard += status->last_success_ms == 0;
		return;
	}
	if (count->failing < HERALD_NAMED_MAX)
		buf_printf(&count->named, "%s%s", count->failing > 0 ? ", " : "",
		    feed_source(status->feed).feed);
	if (count->failing++ == HERALD_NAMED_MAX)
		buf_add_text(&count->named, ", ...");
}

static void
add_sources(struct buf *line, struct feeds *feeds, int64_t *next_ms)
{
	struct count count = { 0 };

	for (size_t i = 0; i < feeds_count(feeds); i++) {
		struct feed_status status = feeds_status(feeds, i);

		count_source(&count, &status);
	}
	if (count.heard > 0)
		buf_printf(line, "; %zu heard", count.heard);
	if (count.failing > 0)
		buf_printf(
		    line, "; %zu failing (%s)", count.failing, buf_text(&count.named));
	if (count.unheard > 0)
		buf_printf(line, "; %zu not heard yet", count.unheard);
	*next_ms = count.next_ms;
	buf_clear(&count.named);
}

static void
add_time(struct buf *line, const char *what, int64_t at_ms)
{
	char text[CLOCK_TEXT_BYTES];

	if (at_ms == 0)
		return;
	clock_format_s(at_ms / 1000, text);
	buf_printf(line, "; %s %s", what, text);
}

/* @return the caller's to free() */
static char *
make_line(const struct herald *herald)
{
	struct feeds *feeds = watch_feeds(herald->watch);
	struct alerts_status alerts = alerts_status(watch_alerts(herald->watch));
	AUTO_BUF struct buf line = BUF_EMPTY;
	int64_t next_ms;

	buf_printf(&line, "%zu sources, %zu rules", feeds_count(feeds),
	    ruleset_rule_count(watch_rules(herald->watch)));
	if (herald->is_refused)
		buf_add_text(
		    &line, "; the configuration has mistakes, the old one is in force");
	if (alerts.failure != NULL)
		buf_add_text(&line, "; the alert log fails");
	add_sources(&line, feeds, &next_ms);
	add_time(&line, "last alert", alerts.last_ms);
	add_time(&line, "next poll", next_ms);
	buf_add(&line, "", 0);
	return buf_take(&line);
}

static void
say_line(struct herald *herald, const char *before)
{
	AUTO_FREE char *line = make_line(herald);
	AUTO_FREE char *message = NULL;

	clock_timer_cancel(herald->changed);
	if (before[0] == '\0' && herald->said != NULL && strcmp(herald->said, line) == 0)
		return;
	message = mem_printf("%sSTATUS=%s", before, line);
	notify_send(message);
	free(herald->said);
	herald->said = line;
	line = NULL;
}

static void
on_changed(void *ctx, int64_t now_ms)
{
	say_line(ctx, "");
}

/* -- the watchdog -- */

/*
 * systemd hears from us only while the pipeline gets on, or has nothing to apply. A job
 * under way is no proof of anything, and no failing either: it has a deadline of its own.
 */
static void
on_watchdog(void *ctx, int64_t now_ms)
{
	struct herald *herald = ctx;
	uint64_t progress = watch_progress(herald->watch);

	if (progress != herald->progress || !watch_has_work(herald->watch))
		notify_send("WATCHDOG=1");
	herald->progress = progress;
	clock_timer_after(herald->watchdog, herald->watchdog_ms);
}

/* -- what happens -- */

void
herald_ready(struct herald *herald)
{
	say_line(herald, "READY=1\n");
	if (herald->watchdog_ms > 0)
		clock_timer_after(herald->watchdog, herald->watchdog_ms);
}

void
herald_reload_begins(void)
{
	struct timespec now = { 0 };
	AUTO_FREE char *lines = NULL;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	lines = mem_printf("RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify_send(lines);
}

void
herald_reload_ends(struct herald *herald, bool is_refused)
{
	herald->is_refused = is_refused;
	say_line(herald, "READY=1\n");
}

void
herald_stopping(void)
{
	notify_send("STOPPING=1");
}

void
herald_changed(struct herald *herald)
{
	if (!clock_timer_is_set(herald->changed))
		clock_timer_after(herald->changed, HERALD_WAIT_MS);
}

/* -- life -- */

struct herald *
herald_new(struct clock *clock, struct watch *watch)
{
	struct herald *herald = mem_zalloc(sizeof(*herald));

	herald->watch = watch;
	herald->changed = clock_timer_new(clock, on_changed, herald);
	herald->watchdog = clock_timer_new(clock, on_watchdog, herald);
	herald->watchdog_ms = (int64_t)(notify_watchdog_us() / 2000);
	return herald;
}

void
herald_free(struct herald *herald)
{
	if (herald == NULL)
		return;
	clock_timer_free(herald->changed);
	clock_timer_free(herald->watchdog);
	free(herald->said);
	free(herald);
}
