/*
 * SQL of alerts/. Times come in as parameters; nothing here commits.
 */
#include "alerts/store.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/alerts.h"
#include "alerts/record.h"
#include "base/db.h"

static const char *const steps[] = {
	"CREATE TABLE alert("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,"
	" subject TEXT NOT NULL, episode INTEGER NOT NULL, severity INTEGER NOT NULL,"
	" time_ms INTEGER NOT NULL, entry INTEGER, record TEXT NOT NULL) STRICT;"
	"CREATE INDEX alert_subject ON alert(subject, episode);"
	/* what is published, in the order of cursors */
	"CREATE TABLE event("
	" event INTEGER PRIMARY KEY AUTOINCREMENT, alert INTEGER NOT NULL REFERENCES alert(seq),"
	" what TEXT NOT NULL, time_ms INTEGER NOT NULL) STRICT;"
	"CREATE INDEX event_alert ON event(alert);"
	"CREATE TABLE attached("
	" alert INTEGER NOT NULL REFERENCES alert(seq), entry INTEGER NOT NULL,"
	" feed TEXT NOT NULL, publisher TEXT NOT NULL, link TEXT, seen_ms INTEGER NOT NULL,"
	" PRIMARY KEY(alert, entry)) STRICT, WITHOUT ROWID;"
	/* the outbox of the log sink: finished lines with their places */
	"CREATE TABLE log_line("
	" event INTEGER PRIMARY KEY REFERENCES event(event), text TEXT NOT NULL,"
	" sha TEXT NOT NULL, device INTEGER, inode INTEGER, offset INTEGER,"
	" state INTEGER NOT NULL) STRICT;"
	"CREATE INDEX log_line_open ON log_line(event) WHERE state < 2;",
	/* where the file stood when it was promised: the setting may change before the mark
	 */
	"ALTER TABLE log_line ADD COLUMN path TEXT;",
	/* what goes to push sinks; the log has its lines */
	"CREATE TABLE outbox("
	" sink TEXT NOT NULL, event INTEGER NOT NULL REFERENCES event(event),"
	" state INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
	" first_ms INTEGER NOT NULL DEFAULT 0, not_before_ms INTEGER NOT NULL DEFAULT 0,"
	" changed_ms INTEGER NOT NULL, reason TEXT, PRIMARY KEY(sink, event))"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX outbox_event ON outbox(event);"
	"CREATE INDEX outbox_open ON outbox(sink, event, state) WHERE state < 2;",
	/* event numbers begin anew in a store that took the place of another: its name
	   tells */
	"CREATE TABLE event_store(store TEXT NOT NULL) STRICT;"
	"INSERT INTO event_store VALUES(lower(hex(randomblob(8))));",
	"CREATE INDEX outbox_dead ON outbox(event) WHERE state = 3;",
	"CREATE TABLE silence("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL,"
	" since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, comment TEXT,"
	" uid INTEGER NOT NULL) STRICT;"
	/* alerts that began silenced: desktops are not handed them */
	"CREATE TABLE silenced("
	" alert INTEGER PRIMARY KEY REFERENCES alert(seq), silence INTEGER NOT NULL"
	" REFERENCES silence(id)) STRICT;",
	NULL,
};
const struct db_schema alerts_schema = { "alerts", steps };

int64_t
alert_find(struct db *db, const char *id, struct error *err)
{
	int64_t seq;

	if (!db_read_int(db, err, &seq, 0, "SELECT seq FROM alert WHERE id = ?", "t", id))
		return -1;
	return seq;
}

/* The record has the seq of its row, so it is printed after that is made. */
bool
alert_publish(struct db *db, int64_t seq, const char *record, int64_t now_ms,
    int64_t *event, struct error *err)
{
	if (!db_exec(
		db, err, "UPDATE alert SET record = ? WHERE seq = ?", "ti", record, seq) ||
	    !db_exec(db, err,
		"INSERT INTO event(alert, what, time_ms) VALUES(?, 'released', ?)", "ii",
		seq, now_ms))
		return false;
	*event = db_last_id(db);
	return true;
}

bool
alert_insert(struct db *db, const struct match *match, const struct stored_entry *stored,
    int64_t *event, char **record, struct error *err)
{
	char id[RECORD_ID_BYTES];
	int64_t seq;

	record_id(match, id);
	if (!db_exec(db, err,
		"INSERT INTO alert(id, kind, subject, episode, severity, time_ms, entry, record)"
		" VALUES(?, ?, ?, ?, ?, ?, nullif(?, 0), '')",
		"tttiiii", id, record_kind(match->kind), match->subject, match->episode,
		(int64_t)match->severity, stored->now_ms, stored->id))
		return false;
	seq = db_last_id(db);
	*record = record_print(match, stored, id, seq, stored->now_ms);
	return alert_publish(db, seq, *record, stored->now_ms, event, err);
}

bool
alert_insert_feed(struct db *db, const struct feed_alert *feed, int64_t *event,
    char **record, struct error *err)
{
	char id[RECORD_ID_BYTES];
	int64_t seq;

	record_feed_id(feed, id);
	if (!db_exec(db, err,
		"INSERT INTO alert(id, kind, subject, episode, severity, time_ms, record)"
		" VALUES(?, 'feed', ?, ?, ?, ?, '')",
		"ttiii", id, feed->subject, feed->episode, (int64_t)feed->severity,
		feed->time_ms))
		return false;
	seq = db_last_id(db);
	*record = record_print_feed(feed, id, seq);
	return alert_publish(db, seq, *record, feed->time_ms, event, err);
}

bool
alert_insert_test(struct db *db, struct record_test *test, int64_t *event, char **record,
    struct error *err)
{
	const char *subject = test->sink != NULL ? test->sink : "";

	if (!db_read_int(db, err, &test->episode, 1,
		"SELECT max(episode) + 1 FROM alert WHERE kind = 'test' AND subject = ?",
		"t", subject))
		return false;
	record_test_id(test);
	if (!db_exec(db, err,
		"INSERT INTO alert(id, kind, subject, episode, severity, time_ms, record)"
		" VALUES(?, 'test', ?, ?, ?, ?, '')",
		"ttiii", test->id, subject, test->episode, (int64_t)test->severity,
		test->time_ms))
		return false;
	test->seq = db_last_id(db);
	*record = record_print_test(test);
	return alert_publish(db, test->seq, *record, test->time_ms, event, err);
}

bool
alert_attach(struct db *db, const struct match *match, const struct stored_entry *stored,
    struct error *err)
{
	return db_exec(db, err,
	    "INSERT OR IGNORE INTO attached(alert, entry, feed, publisher, link, seen_ms)"
	    " SELECT seq, ?, ?, ?, ?, ? FROM alert WHERE subject = ? AND episode = ?"
	    " ORDER BY seq DESC LIMIT 1",
	    "itttiti", stored->id, stored->source->feed, stored->source->publisher,
	    stored->entry == NULL ? NULL : stored->entry->link, stored->seen_ms,
	    match->subject, match->episode);
}

void
log_line_clear(struct log_line *line)
{
	free(line->text);
	free(line->path);
	*line = (struct log_line){ 0 };
}

bool
log_end_read(struct db *db, bool is_placed_only, struct log_end *end, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT event, sha, device, inode, offset + length(CAST(text AS BLOB)) + 1, state"
	    " FROM log_line WHERE state >= ? ORDER BY event DESC LIMIT 1",
	    "i", (int64_t)(is_placed_only ? LINE_PLACED : LINE_WAITING));

	*end = (struct log_end){ 0 };
	if (!db_step(query, err))
		return err->text[0] == '\0';
	end->event = db_int(query, 0);
	memcpy(end->sha, db_text(query, 1), DIGEST_HEX_BYTES);
	end->device = db_int(query, 2);
	end->inode = db_int(query, 3);
	end->offset = db_int(query, 4);
	end->is_placed = db_int(query, 5) != LINE_WAITING;
	end->is_done = db_int(query, 5) == LINE_DONE;
	return true;
}

bool
log_line_insert(struct db *db, const struct log_line *line, struct error *err)
{
	char sha[DIGEST_HEX_BYTES];

	digest_hex(line->text, line->len, sha);
	return db_exec(db, err,
	    "INSERT INTO log_line(event, text, sha, path, device, inode, offset, state)"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	    "itttiiii", line->event, line->text, sha, line->path, line->device, line->inode,
	    line->offset, (int64_t)line->state);
}

bool
log_line_next(struct db *db, int64_t after, struct log_line *line, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT event, text, device, inode, offset, state, path FROM log_line"
	    " WHERE state < 2 AND event > ? ORDER BY event LIMIT 1",
	    "i", after);

	*line = (struct log_line){ 0 };
	if (!db_step(query, err))
		return false;
	line->event = db_int(query, 0);
	line->text = mem_strdup(db_text(query, 1));
	line->len = strlen(line->text);
	line->device = db_int(query, 2);
	line->inode = db_int(query, 3);
	line->offset = db_int(query, 4);
	line->state = (enum line_state)db_int(query, 5);
	if (!db_is_null(query, 6))
		line->path = mem_strdup(db_text(query, 6));
	return true;
}

bool
log_line_place(struct db *db, const struct log_line *line, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE log_line SET path = ?, device = ?, inode = ?, offset = ?, state = 1"
	    " WHERE event = ?",
	    "tiiii", line->path, line->device, line->inode, line->offset, line->event);
}

bool
log_line_unplace(struct db *db, int64_t from_event, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE log_line SET state = 0 WHERE state = 1 AND event >= ?", "i",
	    from_event);
}

bool
log_line_done(struct db *db, int64_t last_event, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE log_line SET state = 2 WHERE state = 1 AND event <= ?", "i",
	    last_event);
}
