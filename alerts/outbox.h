/*
 * The outbox: brings each alert to each push sink that wants it, and lets none get lost.
 *
 * A row is delivered, held with a reason, or in the dead-letter list. Every sink has a lane
 * of its own: one delivery at a time, in the order of events; a failure makes its lane
 * wait, and no other. What was under way when we died is delivered again, with the same id.
 */
#ifndef ALERTS_OUTBOX_H
#define ALERTS_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "base/mem.h"

struct outbox;

#define OUTBOX_GIVE_UP_MS (INT64_C(24) * 3600 * 1000) /* from an alert's first try on */

struct outbox_options {
	struct event_base *base; /* borrowed, as the next two */
	struct clock *clock;
	struct db *db;
	void (*on_notice)(void *ctx, const char *text);
	void *ctx;
};

struct outbox *outbox_open(const struct outbox_options *options);
/** What is under way is broken off; it stays waiting. */
void outbox_close(struct outbox *outbox);
MEM_AUTO(outbox, outbox_close);

/**
 * Take the sinks of settings. A delivery under way ends with the old ones; rows of sinks
 * that are no longer there are held.
 *
 * @return false with err set when a sink cannot be used; the old ones stay in force then
 */
bool outbox_configure(
    struct outbox *outbox, const struct alert_settings *settings, struct error *err);
struct outbox_release {
	int64_t event;
	int severity;
	int64_t now_ms;
	const char *hold; /* why it is held, or NULL; the journal never holds */
};
/** Inside the transaction that releases an event: a row for each sink that wants it. */
bool outbox_release(
    struct outbox *outbox, const struct outbox_release *release, struct error *err);
/** The same for one sink, whatever it wants. */
bool outbox_release_to(struct outbox *outbox, const char *sink, int64_t event,
    int64_t now_ms, struct error *err);
/** Whether a sink is configured. */
bool outbox_has(const struct outbox *outbox, const char *sink);
/** Append the names of the sinks that are configured. */
void outbox_list(const struct outbox *outbox, struct list *names);
/** Begin what can be begun; from the loop, outside of transactions. */
void outbox_kick(struct outbox *outbox);
/** Rows were changed by others: hold those of absent sinks, and begin the rest. */
void outbox_look(struct outbox *outbox);
/** Whether a delivery is under way. */
bool outbox_is_busy(const struct outbox *outbox);
/** What a lane says of itself: kind, failure and next_ms of a sink's status. */
void outbox_describe(
    const struct outbox *outbox, const char *sink, struct sink_status *status);

#endif
