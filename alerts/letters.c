/*
 * Letters that were not delivered: the dead ones, which can be sent again, and those that
 * are held.
 */
#include "alerts/alerts.h"

#include "alerts/letters.h"
#include "alerts/outbox_store.h"
#include "base/db.h"

/* Whole events only: a page ends between two. */
#define PAGE                                                              \
	"SELECT DISTINCT event FROM outbox WHERE state = ? AND event > ?" \
	" AND (? IS NULL OR sink = ?) ORDER BY event LIMIT ?"

bool
alerts_read_letters(struct db *db, const struct letter_range *range, letter_fn *fn,
    void *ctx, struct error *err)
{
	enum outbox_state state = range->is_held ? OUTBOX_HELD : OUTBOX_DEAD;
	AUTO(db_query)
	query = db_query(db,
	    "SELECT outbox.event, outbox.sink, outbox.attempts, outbox.changed_ms,"
	    " outbox.reason, alert.record FROM outbox"
	    " JOIN event ON event.event = outbox.event"
	    " JOIN alert ON alert.seq = event.alert"
	    " WHERE outbox.state = ? AND (? IS NULL OR outbox.sink = ?)"
	    " AND outbox.event IN (" PAGE ") ORDER BY outbox.event, outbox.sink",
	    "ittiitti", (int64_t)state, range->sink, range->sink, (int64_t)state,
	    range->after, range->sink, range->sink, (int64_t)range->limit);

	while (db_step(query, err)) {
		struct letter letter = { .event = db_int(query, 0),
			.delivery = { .sink = db_text(query, 1),
			    .state = outbox_state_names[state],
			    .attempts = db_int(query, 2),
			    .changed_ms = db_int(query, 3),
			    .reason = db_text(query, 4) },
			.record = db_text(query, 5) };

		fn(ctx, &letter);
	}
	return err->text[0] == '\0';
}

bool
letters_revive(struct db *db, const struct letter_choice *choice, int64_t now_ms,
    int64_t *count, struct error *err)
{
	return db_exec(db, err,
		   "UPDATE outbox SET state = 0, reason = NULL, first_ms = 0,"
		   " not_before_ms = 0, changed_ms = ? WHERE state = 3"
		   " AND (? IS NULL OR sink = ?) AND (? IS NULL OR event IN"
		   " (SELECT event.event FROM alert JOIN event ON event.alert = alert.seq"
		   " WHERE alert.id = ?))",
		   "itttt", now_ms, choice->sink, choice->sink, choice->id, choice->id) &&
	       db_read_int(db, err, count, 0, "SELECT changes()", "");
}
