/*
 * The rows of the outbox: which alert goes to which sink, and how far it is.
 */
#ifndef ALERTS_OUTBOX_STORE_H
#define ALERTS_OUTBOX_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct db;
struct error;
struct sink_status;

/* As they stand in the store; "open" is less than OUTBOX_DELIVERED. */
enum outbox_state { OUTBOX_WAITING, OUTBOX_HELD, OUTBOX_DELIVERED, OUTBOX_DEAD };
extern const char *const outbox_state_names[];

/* What is next for a sink. Owns its strings. */
struct outbox_row {
	int64_t event;
	char *id, *kind, *record;
	int severity;
	int64_t attempts;
	int64_t first_ms;      /* the first try; 0: none yet */
	int64_t not_before_ms; /* the peer asked for it; 0: it did not */
	int64_t released_ms;   /* without attempts */
};
void outbox_row_clear(struct outbox_row *row);

/* How a try ended. */
struct outbox_mark {
	const char *sink;
	int64_t event;
	enum outbox_state state;
	int64_t now_ms, not_before_ms;
	const char *reason; /* or NULL */
};

/** Inside the transaction that releases an event. */
bool outbox_add(
    struct db *db, const char *sink, int64_t event, int64_t now_ms, struct error *err);
/** Hold a row that waits, inside the same transaction. */
bool outbox_hold(
    struct db *db, const char *sink, int64_t event, const char *reason, struct error *err);
/** The first waiting row of a sink. @return false without err->text: there is none */
bool outbox_first(
    struct db *db, const char *sink, struct outbox_row *row, struct error *err);
/** Write down how a try ended, in a transaction of its own. */
bool outbox_mark(struct db *db, const struct outbox_mark *mark, struct error *err);
/**
 * Hold the rows of all sinks but these, and let go what was held for that reason, in a
 * transaction of its own. Time spent away does not count against a row.
 */
bool outbox_hold_absent(struct db *db, const struct list *present, struct error *err);
/** Append the names of all sinks that have rows. */
bool outbox_list_all(struct db *db, struct list *sinks, struct error *err);
/** Count the rows of a sink, "log" too: waiting, held, delivered and dead. */
bool outbox_count(
    struct db *db, const char *sink, struct sink_status *status, struct error *err);

#endif
