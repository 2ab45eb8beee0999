/*
 * The lanes together: who has one, and who gets a row.
 */
#include "alerts/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/lane.h"
#include "alerts/outbox_store.h"
#include "alerts/sink.h"
#include "base/clock.h"
#include "base/error.h"

struct outbox {
	struct outbox_options options;
	struct lane **lanes; /* owned, each too */
	size_t count, cap;
	bool is_started;
};

/* Let lanes go that nothing is under way in. */
static void
sweep(struct outbox *outbox)
{
	size_t kept = 0;

	for (size_t i = 0; i < outbox->count; i++) {
		struct lane *lane = outbox->lanes[i];

		if (lane->is_leaving && !lane->is_flying)
			lane_free(lane);
		else
			outbox->lanes[kept++] = lane;
	}
	outbox->count = kept;
}

/* Rows of sinks that are no longer there wait for their return. */
static void
hold_absent(struct outbox *outbox)
{
	struct list present = { 0 };
	struct error err = { 0 };

	outbox_list(outbox, &present);
	/* what is not held now is held at the next change: nothing else reads it */
	if (!outbox_hold_absent(outbox->options.db, &present, &err) &&
	    outbox->options.on_notice != NULL)
		outbox->options.on_notice(outbox->options.ctx, err.text);
	list_clear(&present);
}

/* The delivery that kept a lane is over. */
static void
leave(void *ctx)
{
	struct outbox *outbox = ctx;

	sweep(outbox);
	hold_absent(outbox);
}

void
outbox_kick(struct outbox *outbox)
{
	outbox->is_started = true;
	for (size_t i = 0; i < outbox->count; i++) {
		struct lane *lane = outbox->lanes[i];

		if (!lane->is_flying && !clock_timer_is_set(lane->timer))
			clock_timer_after(lane->timer, 0);
	}
}

void
outbox_look(struct outbox *outbox)
{
	hold_absent(outbox);
	outbox_kick(outbox);
}

/* -- settings -- */

static struct lane *
find_lane(const struct outbox *outbox, const char *name)
{
	for (size_t i = 0; i < outbox->count; i++)
		if (strcmp(outbox->lanes[i]->name, name) == 0)
			return outbox->lanes[i];
	return NULL;
}

static struct lane *
add_lane(struct outbox *outbox, const char *name)
{
	struct lane *lane = lane_new(&outbox->options, name, leave, outbox);

	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(outbox->lanes, outbox->count, outbox->cap);
	outbox->lanes[outbox->count++] = lane;
	return lane;
}

/* Open a sink beside the one that is in use. */
static bool
open_next(struct outbox *outbox, const struct sink_settings *settings, struct error *err)
{
	struct lane *lane = find_lane(outbox, settings->name);

	if (lane == NULL)
		lane = add_lane(outbox, settings->name);
	return lane_open_next(lane, settings, err);
}

static bool
open_all(struct outbox *outbox, const struct alert_settings *settings, struct error *err)
{
	struct sink_settings journal = { .kind = &sink_journal,
		.name = (char *)"journal",
		.min_severity = settings->journal.min_severity };

	if (settings->journal.is_enabled && !open_next(outbox, &journal, err))
		return false;
	for (size_t i = 0; i < settings->sink_count; i++)
		if (!open_next(outbox, &settings->sinks[i], err))
			return false;
	return true;
}

/* All sinks are open, or none is to be taken. */
static void
take_over(struct outbox *outbox, bool is_good)
{
	for (size_t i = 0; i < outbox->count; i++) {
		struct lane *lane = outbox->lanes[i];

		if (!is_good) {
			lane_drop_next(lane);
			continue;
		}
		lane->is_leaving = lane->next.kind == NULL;
		if (!lane->is_flying)
			lane_turn_hatch(lane);
		if (!lane->is_flying && lane->retry.next_ms == 0)
			clock_timer_cancel(lane->timer);
	}
	sweep(outbox);
}

bool
outbox_configure(
    struct outbox *outbox, const struct alert_settings *settings, struct error *err)
{
	bool is_good = open_all(outbox, settings, err);

	take_over(outbox, is_good);
	if (!is_good)
		return false;
	hold_absent(outbox);
	if (outbox->is_started)
		outbox_kick(outbox);
	return true;
}

bool
outbox_has(const struct outbox *outbox, const char *sink)
{
	const struct lane *lane = find_lane(outbox, sink);

	return lane != NULL && !lane->is_leaving;
}

void
outbox_list(const struct outbox *outbox, struct list *names)
{
	for (size_t i = 0; i < outbox->count; i++)
		if (!outbox->lanes[i]->is_leaving)
			list_add(names, outbox->lanes[i]->name);
}

/* -- the face -- */

struct outbox *
outbox_open(const struct outbox_options *options)
{
	struct outbox *outbox = mem_zalloc(sizeof(*outbox));

	outbox->options = *options;
	return outbox;
}

void
outbox_close(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	for (size_t i = 0; i < outbox->count; i++)
		lane_free(outbox->lanes[i]);
	free((void *)outbox->lanes);
	free(outbox);
}

bool
outbox_release_to(struct outbox *outbox, const char *sink, int64_t event, int64_t now_ms,
    struct error *err)
{
	return outbox_add(outbox->options.db, sink, event, now_ms, err);
}

bool
outbox_release(
    struct outbox *outbox, const struct outbox_release *release, struct error *err)
{
	for (size_t i = 0; i < outbox->count; i++) {
		const struct lane *lane = outbox->lanes[i];
		const struct hatch *hatch =
		    lane->next.kind != NULL ? &lane->next : &lane->now;
		bool is_held = release->hold != NULL && hatch->kind != &sink_journal;

		if (lane->is_leaving || release->severity < hatch->min_severity)
			continue;
		if (!outbox_add(outbox->options.db, lane->name, release->event,
			release->now_ms, err) ||
		    (is_held && !outbox_hold(outbox->options.db, lane->name, release->event,
				    release->hold, err)))
			return false;
	}
	return true;
}

bool
outbox_is_busy(const struct outbox *outbox)
{
	for (size_t i = 0; i < outbox->count; i++)
		if (outbox->lanes[i]->is_flying)
			return true;
	return false;
}

void
outbox_describe(const struct outbox *outbox, const char *sink, struct sink_status *status)
{
	const struct lane *lane = find_lane(outbox, sink);

	if (lane == NULL || lane->is_leaving)
		return;
	status->kind =
	    lane->next.kind != NULL ? lane->next.kind->name : lane->now.kind->name;
	status->failure = lane->failure[0] != '\0' ? lane->failure : NULL;
	status->next_ms = lane->retry.next_ms;
}
