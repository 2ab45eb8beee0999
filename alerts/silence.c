/*
 * SQL of silences. One that is over stays in the store: it says why something was held.
 */
#include "alerts/silence.h"

#include <stdlib.h>

#include "alerts/alerts.h"
#include "base/clock.h"
#include "base/db.h"

const char *const silence_kinds[] = { "story", "rule", "feed", NULL };

static char *
make_reason(int64_t id, int64_t until_ms, const char *comment)
{
	char until[CLOCK_TEXT_BYTES];
	bool has_comment = comment != NULL && comment[0] != '\0';

	clock_format_s(until_ms / 1000, until);
	return mem_printf("silence %lld until %s%s%s", (long long)id, until,
	    has_comment ? ": " : "", has_comment ? comment : "");
}

bool
silence_hold(struct db *db, int64_t event, const struct silence_subject *subject,
    int64_t now_ms, char **reason, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT id, until_ms, comment FROM silence WHERE since_ms <= ? AND until_ms > ?"
	    " AND ((kind = 'story' AND name = ?) OR (kind = 'rule' AND name = ?)"
	    " OR (kind = 'feed' AND name = ?)) ORDER BY until_ms DESC LIMIT 1",
	    "iittt", now_ms, now_ms, subject->story, subject->rule, subject->feed);
	int64_t id;

	*reason = NULL;
	if (!db_step(query, err))
		return err->text[0] == '\0';
	id = db_int(query, 0);
	*reason = make_reason(id, db_int(query, 1), db_text(query, 2));
	return db_exec(db, err,
	    "INSERT OR IGNORE INTO silenced(alert, silence)"
	    " SELECT alert, ? FROM event WHERE event = ?",
	    "ii", id, event);
}

/* -- what people ask for -- */

static bool
insert(struct db *db, struct silence *silence, struct error *err)
{
	if (!db_exec(db, err,
		"INSERT INTO silence(kind, name, since_ms, until_ms, comment, uid)"
		" VALUES(?, ?, ?, ?, ?, ?)",
		"ttiiti", silence->kind, silence->name, silence->since_ms,
		silence->until_ms, silence->comment, silence->uid))
		return false;
	silence->id = db_last_id(db);
	return true;
}

static bool
finish(struct db *db, bool is_good, struct error *err)
{
	if (is_good)
		return db_commit(db, DB_NOW, err);
	db_rollback(db);
	return false;
}

bool
alerts_silence(struct db *db, struct silence *silence, struct error *err)
{
	return db_begin(db, err) && finish(db, insert(db, silence, err), err);
}

bool
alerts_silence_end(
    struct db *db, int64_t id, int64_t now_ms, bool *is_ended, struct error *err)
{
	int64_t count = 0;
	bool is_good;

	if (!db_begin(db, err))
		return false;
	is_good = db_exec(db, err,
		      "UPDATE silence SET until_ms = ? WHERE id = ? AND until_ms > ?",
		      "iii", now_ms, id, now_ms) &&
		  db_read_int(db, err, &count, 0, "SELECT changes()", "");
	*is_ended = count > 0;
	return finish(db, is_good, err);
}

bool
alerts_read_silences(
    struct db *db, int64_t now_ms, silence_fn *fn, void *ctx, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT id, kind, name, since_ms, until_ms, comment, uid FROM silence"
	    " WHERE until_ms > ? ORDER BY id",
	    "i", now_ms);

	while (db_step(query, err)) {
		struct silence silence = { .id = db_int(query, 0),
			.kind = db_text(query, 1),
			.name = db_text(query, 2),
			.since_ms = db_int(query, 3),
			.until_ms = db_int(query, 4),
			.comment = db_text(query, 5),
			.uid = db_int(query, 6) };

		fn(ctx, &silence);
	}
	return err->text[0] == '\0';
}
