/*
 * What there is to know of one alert, and how far alerts are on their way.
 */
#include "alerts/alerts.h"
#include "alerts/outbox_store.h"
#include "base/db.h"

#include <string.h>

/* What a record is printed as: with the event that published it last. */
#define RECORD                                                     \
	"SELECT substr(alert.record, 1, length(alert.record) - 1)" \
	" || ',\"event\":' || max(event.event) || '}'"             \
	" FROM alert JOIN event ON event.alert = alert.seq WHERE "
#define LAST " GROUP BY alert.seq ORDER BY alert.seq DESC LIMIT 1"

static bool
take_record(struct db_query *query, char **json, struct error *err)
{
	*json = NULL;
	if (db_step(query, err))
		*json = mem_strdup(db_text(query, 0));
	return err->text[0] == '\0';
}

bool
alerts_read_one(struct db *db, const char *id, char **json, struct error *err)
{
	AUTO(db_query) query = db_query(db, RECORD "alert.id = ?" LAST, "t", id);

	return take_record(query, json, err);
}

bool
alerts_read_stage(
    struct db *db, const char *stage, int64_t episode, char **json, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    RECORD "alert.subject = ? AND alert.episode = ? AND alert.kind = 'stage'" LAST,
	    "ti", stage, episode);

	return take_record(query, json, err);
}

bool
alerts_read_attached(
    struct db *db, const char *id, alerts_attached_fn *fn, void *ctx, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT attached.feed, attached.publisher, attached.link, attached.seen_ms"
	    " FROM alert JOIN attached ON attached.alert = alert.seq WHERE alert.id = ?"
	    " ORDER BY attached.seen_ms, attached.entry",
	    "t", id);

	while (db_step(query, err)) {
		struct alert_attached attached = { db_text(query, 0), db_text(query, 1),
			db_text(query, 2), db_int(query, 3) };

		fn(ctx, &attached);
	}
	return err->text[0] == '\0';
}

/* The log has lines instead of rows: 2 is whole and synced. */
static bool
tell_log(
    struct db *db, const char *id, alerts_delivery_fn *fn, void *ctx, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT log_line.state FROM alert JOIN event ON event.alert = alert.seq"
	    " JOIN log_line ON log_line.event = event.event WHERE alert.id = ?"
	    " ORDER BY event.event",
	    "t", id);

	while (db_step(query, err)) {
		enum outbox_state state =
		    db_int(query, 0) == 2 ? OUTBOX_DELIVERED : OUTBOX_WAITING;
		struct alert_delivery delivery = { .sink = "log",
			.state = outbox_state_names[state] };

		fn(ctx, &delivery);
	}
	return err->text[0] == '\0';
}

bool
alerts_read_delivery(
    struct db *db, const char *id, alerts_delivery_fn *fn, void *ctx, struct error *err)
{
	AUTO(db_query) query = NULL;

	if (!tell_log(db, id, fn, ctx, err))
		return false;
	query = db_query(db,
	    "SELECT outbox.sink, outbox.state, outbox.attempts, outbox.changed_ms,"
	    " outbox.not_before_ms, outbox.reason FROM alert"
	    " JOIN event ON event.alert = alert.seq"
	    " JOIN outbox ON outbox.event = event.event WHERE alert.id = ?"
	    " ORDER BY event.event, outbox.sink",
	    "t", id);
	while (db_step(query, err)) {
		struct alert_delivery delivery = { .sink = db_text(query, 0),
			.state = outbox_state_names[db_int(query, 1)],
			.attempts = db_int(query, 2),
			.changed_ms = db_int(query, 3),
			.next_ms = db_int(query, 4),
			.reason = db_text(query, 5) };

		fn(ctx, &delivery);
	}
	return err->text[0] == '\0';
}

bool
outbox_list_all(struct db *db, struct list *sinks, struct error *err)
{
	AUTO(db_query) query = db_query(db, "SELECT DISTINCT sink FROM outbox", "");

	while (db_step(query, err))
		list_add(sinks, db_text(query, 0));
	return err->text[0] == '\0';
}

static bool
count_lines(struct db *db, struct sink_status *status, struct error *err)
{
	return db_read_int(db, err, &status->waiting, 0,
		   "SELECT count(*) FROM log_line WHERE state < 2", "") &&
	       db_read_int(db, err, &status->delivered, 0,
		   "SELECT count(*) FROM log_line WHERE state = 2", "");
}

bool
outbox_count(struct db *db, const char *sink, struct sink_status *status, struct error *err)
{
	int64_t *counts[] = { &status->waiting, &status->held, &status->delivered,
		&status->dead };
	AUTO(db_query) query = NULL;

	if (strcmp(sink, "log") == 0)
		return count_lines(db, status, err);
	query = db_query(db,
	    "SELECT state, count(*) FROM outbox WHERE sink = ? GROUP BY state", "t", sink);
	while (db_step(query, err))
		*counts[db_int(query, 0)] = db_int(query, 1);
	return err->text[0] == '\0';
}
