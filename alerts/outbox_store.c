/*
 * SQL of the outbox. Times come in as parameters.
 */
#include "alerts/outbox_store.h"

#include <stdlib.h>

#include "base/db.h"
#include "base/error.h"
#include "base/mem.h"

#define ABSENT "no sink of this name is configured"

const char *const outbox_state_names[] = { "waiting", "held", "delivered", "dead", NULL };

void
outbox_row_clear(struct outbox_row *row)
{
	free(row->id);
	free(row->kind);
	free(row->record);
	*row = (struct outbox_row){ 0 };
}

bool
outbox_add(
    struct db *db, const char *sink, int64_t event, int64_t now_ms, struct error *err)
{
	return db_exec(db, err,
	    "INSERT INTO outbox(sink, event, state, changed_ms) VALUES(?, ?, 0, ?)", "tii",
	    sink, event, now_ms);
}

bool
outbox_hold(
    struct db *db, const char *sink, int64_t event, const char *reason, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE outbox SET state = 1, reason = ? WHERE sink = ? AND event = ?", "tti",
	    reason, sink, event);
}

bool
outbox_first(struct db *db, const char *sink, struct outbox_row *row, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT outbox.event, alert.id, alert.kind, alert.record, alert.severity,"
	    " outbox.attempts, outbox.first_ms, outbox.not_before_ms, outbox.changed_ms"
	    " FROM outbox JOIN event ON event.event = outbox.event"
	    " JOIN alert ON alert.seq = event.alert"
	    " WHERE outbox.state < 2 AND outbox.state = 0 AND outbox.sink = ? ORDER BY outbox.event LIMIT 1",
	    "t", sink);

	*row = (struct outbox_row){ 0 };
	if (!db_step(query, err))
		return false;
	row->event = db_int(query, 0);
	row->id = mem_strdup(db_text(query, 1));
	row->kind = mem_strdup(db_text(query, 2));
	row->record = mem_strdup(db_text(query, 3));
	row->severity = (int)db_int(query, 4);
	row->attempts = db_int(query, 5);
	row->first_ms = db_int(query, 6);
	row->not_before_ms = db_int(query, 7);
	row->released_ms = db_int(query, 8);
	return true;
}

static bool
end(struct db *db, bool is_good, struct error *err)
{
	if (is_good)
		return db_commit(db, DB_GROUPED, err);
	db_rollback(db);
	return false;
}

bool
outbox_mark(struct db *db, const struct outbox_mark *mark, struct error *err)
{
	if (!db_begin(db, err))
		return false;
	return end(db,
	    db_exec(db, err,
		"UPDATE outbox SET state = ?, attempts = attempts + 1, changed_ms = ?,"
		" first_ms = CASE first_ms WHEN 0 THEN ? ELSE first_ms END,"
		" not_before_ms = ?, reason = ? WHERE sink = ? AND event = ?",
		"iiiitti", (int64_t)mark->state, mark->now_ms, mark->now_ms,
		mark->not_before_ms, mark->reason, mark->sink, mark->event),
	    err);
}

/* The sinks that have open rows. */
static bool
read_open(struct db *db, struct list *sinks, struct error *err)
{
	AUTO(db_query)
	query = db_query(db, "SELECT DISTINCT sink FROM outbox WHERE state < 2", "");

	while (db_step(query, err))
		list_add(sinks, db_text(query, 0));
	return err->text[0] == '\0';
}

static bool
hold(struct db *db, const char *sink, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE outbox SET state = 1, reason = '" ABSENT "'"
	    " WHERE sink = ? AND state = 0",
	    "t", sink);
}

static bool
let_go(struct db *db, const char *sink, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE outbox SET state = 0, reason = NULL, first_ms = 0, not_before_ms = 0"
	    " WHERE sink = ? AND state = 1 AND reason = '" ABSENT "'",
	    "t", sink);
}

bool
outbox_hold_absent(struct db *db, const struct list *present, struct error *err)
{
	struct list open = { 0 };
	bool is_good = db_begin(db, err);

	if (!is_good)
		return false;
	is_good = read_open(db, &open, err);
	for (size_t i = 0; is_good && i < open.count; i++)
		is_good = list_has(present, open.items[i]) ? let_go(db, open.items[i], err)
							   : hold(db, open.items[i], err);
	list_clear(&open);
	return end(db, is_good, err);
}
