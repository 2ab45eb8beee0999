/*
 * Somebody asks for sources out of their turn, and hears why some are not read.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "feeds/feeds_private.h"

/* Its server was asked less than the floor ago; a clock that was set back since tells
 * nothing. */
static bool
is_recent(const struct feeds *feeds, const struct state *state, int64_t now_ms)
{
	int64_t last_ms = state->record.last_attempt_ms;

	return last_ms != 0 && last_ms <= now_ms &&
	       feeds_plan_of(feeds, state).why != PLAN_NEW &&
	       now_ms - last_ms < feeds->polling.floor_s * 1000;
}

/* What to count it under. */
static int *
judge(const struct feeds *feeds, const struct state *state, bool is_forced,
    struct feeds_polled *polled)
{
	int64_t now_ms = clock_now_ms(feeds->clock);

	if (!state->feed->is_enabled)
		return &polled->disabled;
	if (state_is_running(state))
		return &polled->running;
	if (is_forced || state->is_asked)
		return &polled->due;
	if (feeds_plan_of(feeds, state).pause_ms > now_ms)
		return &polled->paused;
	return is_recent(feeds, state, now_ms) ? &polled->recent : &polled->due;
}

static void
poll_state(
    struct feeds *feeds, struct state *state, bool is_forced, struct feeds_polled *polled)
{
	int *count = judge(feeds, state, is_forced, polled);

	(*count)++;
	if (count != &polled->due || state->is_asked)
		return;
	state->is_asked = true;
	schedule_plan(feeds->schedule, &state->item, clock_now_ms(feeds->clock));
}

bool
feeds_poll(struct feeds *feeds, const char *id, bool is_forced, struct feeds_polled *polled)
{
	struct state *state = id == NULL ? NULL : feeds_find_state(feeds, id);

	*polled = (struct feeds_polled){ .floor_s = feeds->polling.floor_s };
	if (id != NULL && state == NULL)
		return false;
	if (state != NULL)
		poll_state(feeds, state, is_forced, polled);
	for (size_t i = 0; id == NULL && i < feeds->count; i++)
		poll_state(feeds, feeds->states[i], is_forced, polled);
	feeds_arm(feeds);
	return true;
}

static void
add_reason(struct buf *text, int count, const char *why)
{
	if (count == 0)
		return;
	buf_printf(text, "%s%d %s", text->len > 0 ? ", " : "", count, why);
}

char *
feeds_polled_reason(const struct feeds_polled *polled)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_FREE char *recent = NULL;
	char floor[32];

	conf_format_duration(polled->floor_s, floor);
	recent = mem_printf("asked less than %s ago (--force asks all the same)", floor);
	add_reason(&text, polled->running, "being read already");
	add_reason(&text, polled->disabled, "disabled");
	add_reason(&text, polled->paused,
	    "paused by a server's wish or after failures (--force asks all the same)");
	add_reason(&text, polled->recent, recent);
	if (text.len == 0)
		return polled->due > 0 ? NULL : mem_strdup("no source is watched");
	return mem_strdup(buf_text(&text));
}
