/*
 * Lanes. Each delivery is one turn of the loop: a lane's timer is armed for now, for the
 * next try, or not at all.
 */
#include "alerts/lane.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/gather.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/error.h"

static void notice(struct lane *lane, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
notice(struct lane *lane, const char *format, ...)
{
	const struct outbox_options *options = lane->options;
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
void
lane_turn_hatch(struct lane *lane)
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
	if (outbox_mark(lane->options->db, &mark, &err)) {
		tell(lane, mark.state);
	} else {
		retry_back_off(&lane->retry, spread(lane), 0, now_ms);
		verdict_set(&lane->verdict, VERDICT_LATER, "%s", err.text);
		note_failure(lane, lane->verdict.reason);
	}
	lane->has_verdict = false;
	lane->is_flying = false;
	outbox_row_clear(&lane->row);
	lane_turn_hatch(lane);
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

static void
wait_for_store(struct lane *lane, int64_t now_ms)
{
	retry_back_off(&lane->retry, spread(lane), 0, now_ms);
	note_failure(lane, "the store cannot be read");
	clock_timer_at(lane->timer, lane->retry.next_ms);
}

/*
 * A row that is to go with others waits for them; then they become one.
 *
 * @return whether there is nothing to launch now: the timer is set
 */
static bool
gathers(struct lane *lane, int64_t now_ms)
{
	int64_t due_ms = lane->row.released_ms + lane->now.digest_ms;
	struct error err = { 0 };
	size_t count = 0;

	if (lane->now.digest_ms == 0 || lane->row.attempts > 0 ||
	    !gather_takes(lane->row.kind))
		return false;
	/* a clock that was set back makes nobody wait longer than that */
	if (now_ms < due_ms && due_ms - now_ms <= lane->now.digest_ms)
		clock_timer_at(lane->timer, due_ms);
	else if (!gather_waiting(lane->options->db, lane->name, now_ms, &count, &err))
		wait_for_store(lane, now_ms);
	else if (count > 1)
		clock_timer_after(lane->timer, 0);
	else
		return false;
	outbox_row_clear(&lane->row);
	return true;
}

/* Take the next row, if there is one and its time has come. */
static void
take_next(struct lane *lane, int64_t now_ms)
{
	struct error err = { 0 };

	if (!outbox_first(lane->options->db, lane->name, &lane->row, &err)) {
		if (err.text[0] != '\0')
			wait_for_store(lane, now_ms);
		return;
	}
	if (lane->retry.next_ms < lane->row.not_before_ms)
		lane->retry.next_ms = lane->row.not_before_ms;
	if (now_ms >= lane->retry.next_ms) {
		if (gathers(lane, now_ms))
			return;
		launch(lane, now_ms);
		return;
	}
	outbox_row_clear(&lane->row);
	clock_timer_at(lane->timer, lane->retry.next_ms);
}

void
lane_free(struct lane *lane)
{
	clock_timer_free(lane->timer);
	hatch_close(&lane->now);
	hatch_close(&lane->next);
	outbox_row_clear(&lane->row);
	free(lane->name);
	free(lane);
}

static void
on_turn(void *ctx, int64_t now_ms)
{
	struct lane *lane = ctx;

	if (lane->has_verdict)
		settle(lane, now_ms);
	if (lane->is_leaving && !lane->is_flying)
		lane->on_left(lane->ctx);
	else if (!lane->is_flying)
		take_next(lane, now_ms);
}

/* -- life -- */

struct lane *
lane_new(const struct outbox_options *options, const char *name, void (*on_left)(void *ctx),
    void *ctx)
{
	struct lane *lane = mem_zalloc(sizeof(*lane));

	lane->options = options;
	lane->name = mem_strdup(name);
	lane->timer = clock_timer_new(options->clock, on_turn, lane);
	lane->house = (struct sink_house){ .base = options->base,
		.clock = options->clock,
		.on_done = on_done,
		.ctx = lane };
	lane->is_leaving = true; /* until all sinks are open */
	lane->on_left = on_left;
	lane->ctx = ctx;
	return lane;
}

bool
lane_open_next(struct lane *lane, const struct sink_settings *settings, struct error *err)
{
	hatch_close(&lane->next);
	lane->next.sink = settings->kind->open(&lane->house, settings, err);
	if (lane->next.sink == NULL)
		return error_prefix(err, "sink %s", settings->name);
	lane->next.kind = settings->kind;
	lane->next.min_severity = settings->min_severity;
	lane->next.digest_ms = settings->digest_s * 1000;
	return true;
}

void
lane_drop_next(struct lane *lane)
{
	hatch_close(&lane->next);
}
