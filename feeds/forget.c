/*
 * Deleting what is old. Entries that stand in their feed's last good reading stay whole: a
 * feed may show the same ones for months, and they would be new texts again.
 */
#include <stdlib.h>

#include "base/db.h"
#include "base/error.h"
#include "feeds/feeds.h"

bool
feeds_list_old(struct db *db, int64_t after, int64_t before_ms, struct old_entries *old,
    struct error *err)
{
	AUTO(db_query)
	query = db_query(db,
	    "SELECT id, seen_ms FROM entry WHERE id > ? AND forgotten_ms ISNULL"
	    " AND left_ms NOTNULL AND seen_ms < ? ORDER BY id LIMIT ?",
	    "iii", after, before_ms, (int64_t)OLD_ENTRIES_MAX);
	struct error own = { 0 };

	old->count = 0;
	while (old->count < OLD_ENTRIES_MAX && db_step(query, &own)) {
		old->items[old->count].id = db_int(query, 0);
		old->items[old->count++].seen_ms = db_int(query, 1);
	}
	if (own.text[0] == '\0')
		return true;
	*err = own;
	return false;
}

bool
feeds_forget_texts(struct db *db, int64_t id, int64_t now_ms, struct error *err)
{
	return db_exec(db, err,
	    "UPDATE entry SET summary = NULL, content = NULL, lists = NULL, forgotten_ms = ?"
	    " WHERE id = ?",
	    "ii", now_ms, id);
}

bool
feeds_forget_keys(
    struct db *db, int64_t before_ms, int limit, int64_t *count, struct error *err)
{
	/* the same entries in both: nothing comes between */
	if (!db_exec(db, err,
		"DELETE FROM entry_key WHERE (key, entry) IN (SELECT key, id FROM"
		" (SELECT id, guid_key, link_key, digest_key FROM entry WHERE"
		" forgotten_ms NOTNULL AND left_ms < ? ORDER BY left_ms, id LIMIT ?) AS old"
		" JOIN entry_key ON key IN (guid_key, link_key, digest_key))",
		"ii", before_ms, (int64_t)limit))
		return false;
	if (!db_exec(db, err,
		"DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE"
		" forgotten_ms NOTNULL AND left_ms < ? ORDER BY left_ms, id LIMIT ?)",
		"ii", before_ms, (int64_t)limit))
		return false;
	*count = db_changes(db);
	return true;
}
