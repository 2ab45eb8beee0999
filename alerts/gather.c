/*
 * Waiting alerts into one.
 */
#include "alerts/gather.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/outbox_store.h"
#include "alerts/record.h"
#include "alerts/store.h"
#include "base/db.h"
#include "base/error.h"
#include "base/mem.h"

#define UNGATHERED "'digest', 'test'"

/* What it says of each alert. */
static const char *const members[] = { "id", "time", "kind", "severity", "story", "stage",
	"state", "now", "rule", "condition", "title", "link", "excerpt", "feed",
	"publisher", "official", "published", NULL };

struct gathering {
	json_t *alerts; /* owned */
	int severity;
	int64_t last; /* event */
};

bool
gather_takes(const char *kind)
{
	return strcmp(kind, "digest") != 0 && strcmp(kind, "test") != 0;
}

static void
add_alert(struct gathering *gathering, const char *record, int severity)
{
	json_t *whole = json_loads(record, 0, NULL), *alert = json_object();

	for (size_t i = 0; members[i] != NULL; i++) {
		json_t *value = json_object_get(whole, members[i]);

		if (value != NULL)
			(void)json_object_set(alert, members[i], value);
	}
	(void)json_array_append_new(gathering->alerts, alert);
	json_decref(whole);
	if (severity > gathering->severity)
		gathering->severity = severity;
}

static bool
read_waiting(
    struct db *db, const char *sink, struct gathering *gathering, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT outbox.event, alert.record, alert.severity FROM outbox"
	    " JOIN event ON event.event = outbox.event"
	    " JOIN alert ON alert.seq = event.alert"
	    " WHERE outbox.state < 2 AND outbox.state = 0 AND outbox.sink = ?"
	    " AND outbox.attempts = 0 AND alert.kind NOT IN (" UNGATHERED ")"
	    " ORDER BY outbox.event LIMIT ?",
	    "ti", sink, (int64_t)GATHER_MAX);

	while (db_step(query, err)) {
		gathering->last = db_int(query, 0);
		add_alert(gathering, db_text(query, 1), (int)db_int(query, 2));
	}
	return err->text[0] == '\0';
}

/* Desktops have seen them one by one: in its row, not in its record, it is but info. */
static bool
insert_digest(struct db *db, struct record_test *digest, struct gathering *gathering,
    int64_t *event, struct error *err)
{
	AUTO_FREE char *record = NULL;

	if (!db_read_int(db, err, &digest->episode, 1,
		"SELECT max(episode) + 1 FROM alert WHERE kind = 'digest' AND subject = ?",
		"t", digest->sink))
		return false;
	record_digest_id(digest);
	if (!db_exec(db, err,
		"INSERT INTO alert(id, kind, subject, episode, severity, time_ms, record)"
		" VALUES(?, 'digest', ?, ?, ?, ?, '')",
		"ttiii", digest->id, digest->sink, digest->episode, (int64_t)SEVERITY_INFO,
		digest->time_ms))
		return false;
	digest->seq = db_last_id(db);
	record = record_print_digest(digest, gathering->alerts);
	return alert_publish(db, digest->seq, record, digest->time_ms, event, err);
}

static bool
take_over(struct db *db, const struct record_test *digest, int64_t last, int64_t event,
    struct error *err)
{
	AUTO_FREE char *reason = mem_printf("in the digest %s", digest->id);

	return db_exec(db, err,
		   "UPDATE outbox SET state = 2, changed_ms = ?, reason = ?"
		   " WHERE sink = ? AND state = 0 AND attempts = 0 AND event <= ?"
		   " AND event IN (SELECT event.event FROM event JOIN alert"
		   " ON alert.seq = event.alert WHERE alert.kind NOT IN (" UNGATHERED "))",
		   "itti", digest->time_ms, reason, digest->sink, last) &&
	       outbox_add(db, digest->sink, event, digest->time_ms, err);
}

static bool
gather(struct db *db, const char *sink, int64_t now_ms, struct gathering *gathering,
    struct error *err)
{
	struct record_test digest = { .sink = sink, .time_ms = now_ms };
	int64_t event;

	if (!read_waiting(db, sink, gathering, err))
		return false;
	if (json_array_size(gathering->alerts) < 2)
		return true;
	digest.severity = (enum severity)gathering->severity;
	return insert_digest(db, &digest, gathering, &event, err) &&
	       take_over(db, &digest, gathering->last, event, err);
}

bool
gather_waiting(
    struct db *db, const char *sink, int64_t now_ms, size_t *count, struct error *err)
{
	struct gathering gathering = { 0 };
	bool is_good;

	if (!db_begin(db, err))
		return false;
	gathering.alerts = json_array();
	is_good = gather(db, sink, now_ms, &gathering, err);
	*count = json_array_size(gathering.alerts);
	json_decref(gathering.alerts);
	if (is_good)
		return db_commit(db, DB_NOW, err);
	db_rollback(db);
	return false;
}
