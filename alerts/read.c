/*
 * What is published, in the order of events; and whose events they are.
 */
#include "alerts/alerts.h"

#include <stdio.h>

#include "base/db.h"

/* The outer order is that of cursors. */
#define SELECT(order)                                                                       \
	"SELECT event, text FROM (SELECT event.event AS event,"                             \
	" substr(alert.record, 1, length(alert.record) - 1)"                                \
	" || ',\"event\":' || event.event || '}' AS text"                                   \
	" FROM event JOIN alert ON alert.seq = event.alert"                                 \
	" WHERE event.event > ? AND alert.severity >= ?"                                    \
	" AND (? = 0 OR alert.seq NOT IN (SELECT alert FROM silenced))"                     \
	" AND (? IS NULL OR alert.record ->> 'story' = ?)"                                  \
	" AND (? IS NULL OR alert.record ->> 'rule' = ?) AND (? IS NULL OR alert.kind = ?)" \
	" ORDER BY event.event " order " LIMIT ?) ORDER BY event"

bool
alerts_select(struct db *db, const struct alerts_range *range, alerts_event_fn *fn,
    void *ctx, struct error *err)
{
	AUTO(db_query)
	query = db_query(db, range->is_last ? SELECT("DESC") : SELECT("ASC"), "iiitttttti",
	    range->after, (int64_t)range->min_severity, (int64_t)range->is_unsilenced,
	    range->story, range->story, range->rule, range->rule, range->kind, range->kind,
	    (int64_t)range->limit);

	while (db_step(query, err))
		fn(ctx, db_int(query, 0), db_text(query, 1));
	return err->text[0] == '\0';
}

bool
alerts_read(struct db *db, int64_t after, int limit, alerts_event_fn *fn, void *ctx,
    struct error *err)
{
	struct alerts_range range = {
		.after = after, .min_severity = SEVERITY_INFO, .limit = limit
	};

	return alerts_select(db, &range, fn, ctx, err);
}

bool
alerts_event_range(struct db *db, int64_t *first, int64_t *last, struct error *err)
{
	return db_read_int(db, err, first, 0, "SELECT min(event) FROM event", "") &&
	       db_read_int(db, err, last, 0, "SELECT max(event) FROM event", "");
}

bool
alerts_store(struct db *db, char store[ALERTS_STORE_BYTES], struct error *err)
{
	AUTO(db_query) query = db_query(db, "SELECT store FROM event_store", "");

	store[0] = '\0';
	if (!db_step(query, err))
		return err->text[0] == '\0';
	(void)snprintf(store, ALERTS_STORE_BYTES, "%s", db_text(query, 0));
	return true;
}
