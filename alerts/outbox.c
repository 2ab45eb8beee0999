/*
 * Lanes. Each delivery is one turn of the loop: a lane's timer is armed for now, for the
 * next try, or not at all.
 */
#include "alerts/outbox.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/outbox_store.h"
#include "alerts/retry.h"
#include "alerts/sink.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/error.h"

/* A sink as it was opened; a lane lives longer than one. */
struct hatch {
	const struct sink_kind *kind;
	void *sink; /* owned */
	int min_severity;
};

struct lane {
	struct outbox *outbox; /* borrowed */
	char *name;            /* owned */
	struct sink_house house;
	struct hatch now;          /* in use; kind NULL: the sink is gone */
	struct hatch next;         /* when the delivery under way is over; or kind NULL */
	bool is_leaving;           /* no longer configured: ends with that delivery */
	struct clock_timer *timer; /* owned */
	struct outbox_row row;     /* under way */
	bool is_flying;            /* row is with the sink, or */
	bool has_verdict;          /* back from it */
	struct verdict verdict;
	struct retry retry;
	char failure[VERDICT_REASON_BYTES];
};

struct outbox {
	struct outbox_options options;
	struct lane **lanes; /* owned, each too */
	size_t count, cap;
	bool is_started;
};

static void notice(struct lane *lane, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
notice(struct lane *lane, const char *format, ...)
{
	const struct outbox_options *options = &lane->outbox->options;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *line = NULL;
	va_list args;

	va_start(args, format);
	text = mem_vprintf(format, args);
	va_end(args);
	line = mem_printf("sink %s: %s", lane->name, text);
	if (options->on_notice != NULL)
		options->on_notice(options->ctx, line);
}

/* -- the end of a delivery -- */

/* Sinks of one host part ways. */
static uint64_t
spread(const struct lane *lane)
{
	return (uint64_t)digest_key(lane->name, lane->row.id, NULL);
}

/* A sink that fails is told when it begins, when its cause changes, and when it ends. */
static void
note_failure(struct lane *lane, const char *reason)
{
	bool is_told = strcmp(lane->failure, reason) == 0;

	memcpy(lane->failure, reason, strlen(reason) + 1);
	if (!is_told)
		notice(lane, "%s; tried again later", reason);
}

static void
note_success(struct lane *lane)
{
	lane->retry = (struct retry){ 0 };
	if (lane->failure[0] != '\0')
		notice(lane, "works again");
	lane->failure[0] = '\0';
}

/* What becomes of a row after a try that did not succeed. */
static enum outbox_state
judge_failure(struct lane *lane, int64_t now_ms)
{
	int64_t first_ms = lane->row.first_ms != 0 ? lane->row.first_ms : now_ms;

	if (lane->verdict.kind == VERDICT_REFUSED)
		return OUTBOX_DEAD;
	return now_ms - first_ms >= OUTBOX_GIVE_UP_MS ? OUTBOX_DEAD : OUTBOX_WAITING;
}

static struct outbox_mark
judge(struct lane *lane, int64_t now_ms)
{
	struct outbox_mark mark = { .sink = lane->name,
		.event = lane->row.event,
		.state = OUTBOX_DELIVERED,
		.now_ms = now_ms };

	if (lane->verdict.kind == VERDICT_DELIVERED)
		return mark;
	mark.state = judge_failure(lane, now_ms);
	mark.reason = lane->verdict.reason;
	if (lane->verdict.kind == VERDICT_LATER)
		retry_back_off(&lane->retry, spread(lane), lane->verdict.wait_ms, now_ms);
	if (lane->verdict.wait_ms > 0)
		mark.not_before_ms = lane->retry.next_ms;
	return mark;
}

static void
tell(struct lane *lane, enum outbox_state state)
{
	switch (lane->verdict.kind) {
	case VERDICT_DELIVERED:
		note_success(lane);
		break;
	case VERDICT_LATER:
		note_failure(lane, lane->verdict.reason);
		break;
	case VERDICT_REFUSED: /* the sink works: it has answered */
		note_success(lane);
		break;
	}
	if (state == OUTBOX_DEAD)
		notice(lane, "alert %s is not delivered and goes to the dead letters: %s",
		    lane->row.id, lane->verdict.reason);
}

static void
hatch_close(struct hatch *hatch)
{
	if (hatch->kind != NULL)
		hatch->kind->close(hatch->sink);
	*hatch = (struct hatch){ 0 };
}

/* The new settings of a sink come into force between two deliveries. */
static void
turn_hatch(struct lane *lane)
{
	if (lane->next.kind == NULL)
		return;
	hatch_close(&lane->now);
	lane->now = lane->next;
	lane->next = (struct hatch){ 0 };
	lane->retry = (struct retry){ 0 };
}

/* Write down how it ended. When that fails the row is still waiting, and tried again. */
static void
settle(struct lane *lane, int64_t now_ms)
{
	struct outbox_mark mark = judge(lane, now_ms);
	struct error err = { 0 };

	crash_point("sink-before-mark");
	if (outbox_mark(lane->outbox->options.db, &mark, &err)) {
		tell(lane, mark.state);
	} else {
		retry_back_off(&lane->retry, spread(lane), 0, now_ms);
		verdict_set(&lane->verdict, VERDICT_LATER, "%s", err.text);
		note_failure(lane, lane->verdict.reason);
	}
	lane->has_verdict = false;
	lane->is_flying = false;
	outbox_row_clear(&lane->row);
	turn_hatch(lane);
}

static void
on_done(void *ctx, const struct verdict *verdict)
{
	struct lane *lane = ctx;

	lane->verdict = *verdict;
	lane->has_verdict = true;
	clock_timer_after(lane->timer, 0); /* the sink's own code still runs */
}

/* -- the begin of one -- */

static void
launch(struct lane *lane, int64_t now_ms)
{
	struct parcel parcel = { .sink = lane->name,
		.event = lane->row.event,
		.id = lane->row.id,
		.kind = lane->row.kind,
		.record = lane->row.record,
		.len = strlen(lane->row.record),
		.severity = lane->row.severity,
		.now_ms = now_ms };
	struct verdict verdict = { 0 };

	crash_point("sink-before-deliver");
	lane->is_flying = true;
	if (lane->now.kind->deliver(lane->now.sink, &parcel, &verdict))
		on_done(lane, &verdict);
}

/* Take the next row, if there is one and its time has come. */
static void
take_next(struct lane *lane, int64_t now_ms)
{
	struct error err = { 0 };

	if (!outbox_first(lane->outbox->options.db, lane->name, &lane->row, &err)) {
		if (err.text[0] != '\0') {
			retry_back_off(&lane->retry, spread(lane), 0, now_ms);
			note_failure(lane, "the store cannot be read");
			clock_timer_at(lane->timer, lane->retry.next_ms);
		}
		return;
	}
	if (lane->retry.next_ms < lane->row.not_before_ms)
		lane->retry.next_ms = lane->row.not_before_ms;
	if (now_ms >= lane->retry.next_ms) {
		launch(lane, now_ms);
		return;
	}
	outbox_row_clear(&lane->row);
	clock_timer_at(lane->timer, lane->retry.next_ms);
}

static void
lane_free(struct lane *lane)
{
	clock_timer_free(lane->timer);
	hatch_close(&lane->now);
	hatch_close(&lane->next);
	outbox_row_clear(&lane->row);
	free(lane->name);
	free(lane);
}

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
leave(struct outbox *outbox)
{
	sweep(outbox);
	hold_absent(outbox);
}

static void
on_turn(void *ctx, int64_t now_ms)
{
	struct lane *lane = ctx;

	if (lane->has_verdict)
		settle(lane, now_ms);
	if (lane->is_leaving && !lane->is_flying)
		leave(lane->outbox);
	else if (!lane->is_flying)
		take_next(lane, now_ms);
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
	struct lane *lane = mem_zalloc(sizeof(*lane));

	lane->outbox = outbox;
	lane->name = mem_strdup(name);
	lane->timer = clock_timer_new(outbox->options.clock, on_turn, lane);
	lane->house = (struct sink_house){ .base = outbox->options.base,
		.clock = outbox->options.clock,
		.on_done = on_done,
		.ctx = lane };
	lane->is_leaving = true; /* until all sinks are open */
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
	hatch_close(&lane->next);
	lane->next.sink = settings->kind->open(&lane->house, settings, err);
	if (lane->next.sink == NULL)
		return error_prefix(err, "sink %s", settings->name);
	lane->next.kind = settings->kind;
	lane->next.min_severity = settings->min_severity;
	return true;
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
			hatch_close(&lane->next);
			continue;
		}
		lane->is_leaving = lane->next.kind == NULL;
		if (!lane->is_flying)
			turn_hatch(lane);
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
    struct outbox *outbox, int64_t event, int severity, int64_t now_ms, struct error *err)
{
	for (size_t i = 0; i < outbox->count; i++) {
		const struct lane *lane = outbox->lanes[i];
		const struct hatch *hatch =
		    lane->next.kind != NULL ? &lane->next : &lane->now;

		if (lane->is_leaving || severity < hatch->min_severity)
			continue;
		if (!outbox_add(outbox->options.db, lane->name, event, now_ms, err))
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
