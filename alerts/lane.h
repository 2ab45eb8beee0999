/*
 * A lane of the outbox: one sink's deliveries, one after the other. Only outbox.c looks in.
 */
#ifndef ALERTS_LANE_H
#define ALERTS_LANE_H

#include <stdbool.h>

#include "alerts/outbox.h"
#include "alerts/outbox_store.h"
#include "alerts/retry.h"
#include "alerts/sink.h"

/* A sink as it was opened; a lane lives longer than one. */
struct hatch {
	const struct sink_kind *kind;
	void *sink; /* owned */
	int min_severity;
	int64_t digest_ms; /* gather alerts for so long; 0: do not */
};

struct lane {
	const struct outbox_options *options; /* borrowed */
	char *name;                           /* owned */
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
	void (*on_left)(void *ctx); /* leaving, and nothing is under way any more */
	void *ctx;
};

/**
 * A lane without a sink, that is leaving until it is told to stay.
 *
 * @param on_left  called from the loop when a delivery ended that kept a lane which leaves;
 *                 may free the lane
 */
struct lane *lane_new(const struct outbox_options *options, const char *name,
    void (*on_left)(void *ctx), void *ctx);
void lane_free(struct lane *lane);
/** Open a sink beside the one that is in use. */
bool lane_open_next(
    struct lane *lane, const struct sink_settings *settings, struct error *err);
/** Close that again. */
void lane_drop_next(struct lane *lane);
/** Let it take the place of the one in use; between two deliveries. */
void lane_turn_hatch(struct lane *lane);

#endif
