/*
 * Sentences for the administrator.
 */
#include "watch/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "feeds/feeds.h"

#define NAMED_MAX 10 /* the rest is counted */

void
source_mood_init(struct source_mood *mood, const struct feeds *feeds, const char *id)
{
	struct feed_status status;

	*mood = (struct source_mood){ .id = mem_strdup(id) };
	if (!feeds_status_find(feeds, id, &status))
		return;
	mood->failures = status.failures;
	mood->failure = mem_strdup(status.failure);
}

void
source_mood_clear(struct source_mood *mood)
{
	free(mood->id);
	free(mood->failure);
	*mood = (struct source_mood){ 0 };
}

/* In minutes from two on: nobody reads 1859s. */
static void
format_wait(int64_t wait_ms, char text[32])
{
	int64_t wait_s = wait_ms < 0 ? 0 : (wait_ms + 999) / 1000;

	if (wait_s >= 120)
		wait_s = (wait_s + 59) / 60 * 60;
	conf_format_duration(wait_s, text);
}

static bool
is_same_failure(const struct source_mood *mood, const struct feed_status *status)
{
	return mood->failures > 0 && mood->failure != NULL &&
	       strcmp(mood->failure, status->failure) == 0;
}

char *
source_mood_change(
    const struct source_mood *mood, const struct feeds *feeds, int64_t now_ms)
{
	struct feed_status status;
	char when[CLOCK_TEXT_BYTES], wait[32];

	if (!feeds_status_find(feeds, mood->id, &status))
		return NULL;
	if (status.failures == 0)
		return mood->failures == 0
			   ? NULL
			   : mem_printf("%s: works again after %d failure%s", mood->id,
				 mood->failures, mood->failures == 1 ? "" : "s");
	if (status.failure == NULL || is_same_failure(mood, &status))
		return NULL;
	if (status.next_poll_ms == 0)
		return mem_printf("%s: %s", mood->id, status.failure);
	clock_format_s(status.next_poll_ms / 1000, when);
	format_wait(status.next_poll_ms - now_ms, wait);
	return mem_printf(
	    "%s: %s; tried again in %s, at %s", mood->id, status.failure, wait, when);
}

char *
sources_failing(const struct feeds *feeds)
{
	AUTO_BUF struct buf names = BUF_EMPTY;
	size_t count = 0;

	for (size_t i = 0; i < feeds_count(feeds); i++) {
		struct feed_status status = feeds_status(feeds, i);

		if (!status.feed->is_enabled || status.failures == 0)
			continue;
		if (count++ < NAMED_MAX)
			buf_printf(&names, "%s%s (%s)", names.len > 0 ? ", " : "",
			    status.feed->id,
			    status.failure == NULL ? "unknown" : status.failure);
	}
	if (count == 0)
		return NULL;
	if (count > NAMED_MAX)
		buf_printf(&names, " and %zu more", count - NAMED_MAX);
	return mem_printf("%zu source%s already failing: %s", count,
	    count == 1 ? " is" : "s are", buf_text(&names));
}
