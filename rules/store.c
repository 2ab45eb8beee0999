/*
 * The tables of rules/. Keys are 64-bit digests used as row ids (LIMITS "SQLite").
 */
#include "rules/store.h"

#include <string.h>

#include "base/db.h"
#include "base/digest.h"
#include "base/mem.h"

static const char *const steps[] = {
	"CREATE TABLE ledger(entry INTEGER PRIMARY KEY, version INTEGER NOT NULL, row BLOB);"
	/* the last episode number of a subject that was told; rows are never deleted */
	"CREATE TABLE episode(key INTEGER PRIMARY KEY, last INTEGER NOT NULL);"
	/* a stage that stands; rows are never deleted, they count its episodes */
	"CREATE TABLE stage(key INTEGER PRIMARY KEY, story TEXT NOT NULL, stage TEXT NOT NULL,"
	" episode INTEGER NOT NULL, opened_ms INTEGER NOT NULL, matched_ms INTEGER NOT NULL,"
	" is_told INTEGER NOT NULL);"
	"CREATE TABLE cluster(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	" last_s INTEGER NOT NULL);"
	"CREATE INDEX cluster_last ON cluster(last_s);"
	"CREATE TABLE cluster_key(key INTEGER PRIMARY KEY, cluster INTEGER NOT NULL);"
	"CREATE TABLE cluster_told(cluster INTEGER NOT NULL, rule INTEGER NOT NULL,"
	" episode INTEGER NOT NULL, PRIMARY KEY(cluster, rule)) WITHOUT ROWID;"
	/* stories that a feed moved silently and that were not said yet */
	"CREATE TABLE silent_move(feed TEXT NOT NULL, story TEXT NOT NULL,"
	" severity INTEGER NOT NULL, PRIMARY KEY(feed, story)) WITHOUT ROWID;",
	"ALTER TABLE stage ADD COLUMN is_reversed INTEGER NOT NULL DEFAULT 0;",
	NULL,
};

const struct db_schema rules_schema = { "rules", steps };

static bool
read_stage(struct db *db, int64_t key, struct stage_state *stage, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT episode, opened_ms, matched_ms, is_told, is_reversed FROM stage "
	    "WHERE key = ?",
	    "i", key);

	*stage = (struct stage_state){ .episode = 0 };
	if (!db_step(query, err))
		return err->text[0] == '\0';
	stage->episode = db_int(query, 0);
	stage->opened_ms = db_int(query, 1);
	stage->matched_ms = db_int(query, 2);
	stage->is_told = db_int(query, 3) != 0;
	stage->is_reversed = db_int(query, 4) != 0;
	return true;
}

static int64_t
stage_key(const struct story *story, size_t i)
{
	return digest_key("stage", story->id, story->stages.items[i], NULL);
}

bool
store_read_stages(
    struct db *db, const struct story *story, struct stage_state *stages, struct error *err)
{
	for (size_t i = 0; i < story->stages.count; i++) {
		if (!read_stage(db, stage_key(story, i), &stages[i], err))
			return false;
	}
	return true;
}

bool
store_write_stages(struct db *db, const struct story *story,
    const struct stage_state *stages, struct error *err)
{
	for (size_t i = 0; i < story->stages.count; i++) {
		const struct stage_state *stage = &stages[i];

		if (!stage->is_changed)
			continue;
		if (!db_exec(db, err,
			"INSERT INTO stage (key, story, stage, episode, opened_ms, matched_ms, "
			"is_told, is_reversed) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
			"episode = excluded.episode, opened_ms = excluded.opened_ms, "
			"matched_ms = excluded.matched_ms, is_told = excluded.is_told, "
			"is_reversed = excluded.is_reversed",
			"ittiiiii", stage_key(story, i), story->id, story->stages.items[i],
			stage->episode, stage->opened_ms, stage->matched_ms,
			(int64_t)stage->is_told, (int64_t)stage->is_reversed))
			return false;
	}
	return true;
}

bool
store_next_episode(struct db *db, const char *kind, const char *subject, int64_t *episode,
    struct error *err)
{
	int64_t key = digest_key(kind, subject, NULL);

	return db_exec(db, err,
		   "INSERT INTO episode (key, last) VALUES (?, 1) ON CONFLICT (key) DO UPDATE "
		   "SET last = last + 1",
		   "i", key) &&
	       db_read_int(
		   db, err, episode, 0, "SELECT last FROM episode WHERE key = ?", "i", key);
}

bool
store_add_silent_move(
    struct db *db, const char *feed, const struct silent_move *move, struct error *err)
{
	return db_exec(db, err,
	    "INSERT INTO silent_move (feed, story, severity) VALUES (?, ?, ?) ON CONFLICT "
	    "(feed, story) DO UPDATE SET severity = MAX(severity, excluded.severity)",
	    "tti", feed, move->story, (int64_t)move->severity);
}

bool
store_first_silent_move(
    struct db *db, const char *feed, struct silent_move *move, struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT story, severity FROM silent_move WHERE feed = ? ORDER BY story LIMIT 1",
	    "t", feed);

	*move = (struct silent_move){ NULL, 0 };
	if (!db_step(query, err))
		return err->text[0] == '\0';
	move->story = mem_strdup(db_text(query, 0));
	move->severity = (int)db_int(query, 1);
	return true;
}

bool
store_delete_silent_move(
    struct db *db, const char *feed, const char *story, struct error *err)
{
	return db_exec(db, err, "DELETE FROM silent_move WHERE feed = ? AND story = ?",
	    "tt", feed, story);
}
