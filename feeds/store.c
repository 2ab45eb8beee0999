/*
 * SQL of feeds/.
 *
 * A key is the row id of entry_key: a digest over feed id, kind and value. One whose entry
 * is 0 is shared, and stays so. Validators are bytes and go into BLOBs: servers send what
 * they like, and it is sent back as it came (MANNERS 1.2).
 */
#include "feeds/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/db.h"
#include "base/error.h"
#include "base/wire.h"
#include "feeds/entry.h"
#include "feeds/feeds.h"

static const char *const steps[] = {
	"CREATE TABLE feed("
	" id TEXT PRIMARY KEY, url TEXT, etag BLOB, last_modified BLOB,"
	" due_ms INTEGER NOT NULL DEFAULT 0, why INTEGER NOT NULL DEFAULT 0,"
	" pause_ms INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
	" failure TEXT, last_attempt_ms INTEGER NOT NULL DEFAULT 0,"
	" first_success_ms INTEGER NOT NULL DEFAULT 0,"
	" last_success_ms INTEGER NOT NULL DEFAULT 0,"
	" last_new_ms INTEGER NOT NULL DEFAULT 0,"
	" guids_distrusted INTEGER NOT NULL DEFAULT 0,"
	" links_distrusted INTEGER NOT NULL DEFAULT 0,"
	" entries INTEGER NOT NULL DEFAULT 0,"
	/* ids of the last good reading's entries: u64 each, ascending */
	" present BLOB) STRICT, WITHOUT ROWID;"
	/* AUTOINCREMENT: an id is never given again */
	"CREATE TABLE entry("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, feed TEXT NOT NULL,"
	" seen_ms INTEGER NOT NULL, left_ms INTEGER,"
	" guid_key INTEGER NOT NULL, link_key INTEGER NOT NULL, title_key INTEGER NOT NULL,"
	" digest_key INTEGER NOT NULL,"
	" published_s INTEGER NOT NULL, updated_s INTEGER NOT NULL,"
	" guid TEXT, title TEXT NOT NULL, link TEXT, summary TEXT, content TEXT,"
	" language TEXT, lists BLOB) STRICT;"
	"CREATE TABLE entry_key("
	" key INTEGER PRIMARY KEY, entry INTEGER NOT NULL) STRICT;",
	/* when its texts were deleted, all but the title */
	"ALTER TABLE entry ADD COLUMN forgotten_ms INTEGER;"
	"CREATE INDEX entry_forgotten ON entry(left_ms) WHERE forgotten_ms NOTNULL;",
	/* struct condition_state */
	"ALTER TABLE feed ADD COLUMN down INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN down_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN down_episode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN silent_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN silent_episode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN gap_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN gap_told_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN gap_episode INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN known_new_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN window_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN longest_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN before_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE feed ADD COLUMN absent_ms INTEGER NOT NULL DEFAULT 0;",
	NULL,
};
const struct db_schema feeds_schema = { "feeds", steps };

/* A query has ended: well, unless it left an error. */
static bool
ended_well(struct error *own, struct error *err)
{
	if (own->text[0] == '\0')
		return true;
	if (err != NULL)
		*err = *own;
	return false;
}

/* -- feed -- */

void
feed_record_clear(struct feed_record *record)
{
	free(record->request);
	free(record->failure);
	*record = (struct feed_record){ .trust = { true, true } };
}

/* The columns from the given one on. */
static void
take_condition(struct db_query *row, int column, struct condition_state *condition)
{
	int64_t down = db_int(row, column);

	condition->down = down >= CONDITION_NONE && down <= CONDITION_GONE
			      ? (enum condition)down
			      : CONDITION_DOWN;
	condition->down_ms = db_int(row, column + 1);
	condition->down_episode = db_int(row, column + 2);
	condition->silent_ms = db_int(row, column + 3);
	condition->silent_episode = db_int(row, column + 4);
	condition->gap_ms = db_int(row, column + 5);
	condition->gap_told_ms = db_int(row, column + 6);
	condition->gap_episode = db_int(row, column + 7);
	condition->new_ms = db_int(row, column + 8);
	condition->window_ms = db_int(row, column + 9);
	condition->longest_ms = db_int(row, column + 10);
	condition->before_ms = db_int(row, column + 11);
	condition->absent_ms = db_int(row, column + 12);
}

static void
take_record(struct db_query *row, struct feed_record *record)
{
	int64_t why = db_int(row, 2);

	record->request = mem_strdup(db_text(row, 0));
	record->plan.due_ms = db_int(row, 1);
	record->plan.why =
	    why >= PLAN_NEW && why <= PLAN_GONE ? (enum plan_why)why : PLAN_INTERVAL;
	record->plan.pause_ms = db_int(row, 3);
	record->plan.failures = db_int(row, 4);
	record->failure = mem_strdup(db_text(row, 5));
	record->last_attempt_ms = db_int(row, 6);
	record->first_success_ms = db_int(row, 7);
	record->last_success_ms = db_int(row, 8);
	record->last_new_ms = db_int(row, 9);
	record->trust.guids = db_int(row, 10) == 0;
	record->trust.links = db_int(row, 11) == 0;
	record->entries = db_int(row, 12);
	take_condition(row, 13, &record->condition);
}

bool
store_read_feed(
    struct db *db, const char *feed, struct feed_record *record, struct error *err)
{
	AUTO(db_query)
	row = db_query(db,
	    "SELECT url, due_ms, why, pause_ms, failures, failure, last_attempt_ms,"
	    " first_success_ms, last_success_ms, last_new_ms, guids_distrusted,"
	    " links_distrusted, entries, down, down_ms, down_episode, silent_ms,"
	    " silent_episode, gap_ms, gap_told_ms, gap_episode, known_new_ms, window_ms,"
	    " longest_ms, before_ms, absent_ms FROM feed WHERE id = ?",
	    "t", feed);
	struct error own = { 0 };

	feed_record_clear(record);
	if (!db_step(row, &own))
		return ended_well(&own, err);
	take_record(row, record);
	return true;
}

static bool
make_row(struct db *db, const char *feed, struct error *err)
{
	return db_exec(
	    db, err, "INSERT INTO feed(id) VALUES(?) ON CONFLICT DO NOTHING", "t", feed);
}

bool
store_write_feed(
    struct db *db, const char *feed, const struct feed_record *record, struct error *err)
{
	const struct plan *plan = &record->plan;

	return make_row(db, feed, err) &&
	       db_exec(db, err,
		   "UPDATE feed SET url = ?, due_ms = ?, why = ?, pause_ms = ?,"
		   " failures = ?, failure = ?, last_attempt_ms = ?, first_success_ms = ?,"
		   " last_success_ms = ?, entries = ? WHERE id = ?",
		   "tiiiitiiiit", record->request, plan->due_ms, (int64_t)plan->why,
		   plan->pause_ms, plan->failures, record->failure, record->last_attempt_ms,
		   record->first_success_ms, record->last_success_ms, record->entries,
		   feed);
}

bool
store_write_condition(struct db *db, const char *feed,
    const struct condition_state *condition, struct error *err)
{
	return make_row(db, feed, err) &&
	       db_exec(db, err,
		   "UPDATE feed SET down = ?, down_ms = ?, down_episode = ?,"
		   " silent_ms = ?, silent_episode = ?, gap_ms = ?, gap_told_ms = ?,"
		   " gap_episode = ?, known_new_ms = ?, window_ms = ?, longest_ms = ?,"
		   " before_ms = ?, absent_ms = ? WHERE id = ?",
		   "iiiiiiiiiiiiit", (int64_t)condition->down, condition->down_ms,
		   condition->down_episode, condition->silent_ms, condition->silent_episode,
		   condition->gap_ms, condition->gap_told_ms, condition->gap_episode,
		   condition->new_ms, condition->window_ms, condition->longest_ms,
		   condition->before_ms, condition->absent_ms, feed);
}

bool
store_write_trust(
    struct db *db, const char *feed, const struct identity_trust *trust, struct error *err)
{
	return make_row(db, feed, err) &&
	       db_exec(db, err,
		   "UPDATE feed SET guids_distrusted = ?, links_distrusted = ? WHERE id = ?",
		   "iit", (int64_t)!trust->guids, (int64_t)!trust->links, feed);
}

bool
store_write_last_new(
    struct db *db, const char *feed, int64_t last_new_ms, struct error *err)
{
	return make_row(db, feed, err) &&
	       db_exec(db, err, "UPDATE feed SET last_new_ms = ? WHERE id = ?", "it",
		   last_new_ms, feed);
}

/* -- validators -- */

static char *
take_bytes(struct db_query *row, int column)
{
	size_t len;
	const void *bytes = db_blob(row, column, &len);

	return len == 0 ? NULL : mem_strndup(bytes, len);
}

bool
store_read_validators(struct db *db, const char *feed, const char *request, char **etag,
    char **last_modified, struct error *err)
{
	AUTO(db_query)
	row = db_query(db, "SELECT etag, last_modified FROM feed WHERE id = ? AND url = ?",
	    "tt", feed, request);
	struct error own = { 0 };

	*etag = *last_modified = NULL;
	if (!db_step(row, &own))
		return ended_well(&own, err);
	*etag = take_bytes(row, 0);
	*last_modified = take_bytes(row, 1);
	return true;
}

bool
store_write_validators(struct db *db, const char *feed, const char *etag,
    const char *last_modified, struct error *err)
{
	return make_row(db, feed, err) &&
	       db_exec(db, err,
		   "UPDATE feed SET etag = nullif(?, x''), last_modified = nullif(?, x'')"
		   " WHERE id = ?",
		   "bbt", etag == NULL ? "" : etag, etag == NULL ? 0 : strlen(etag),
		   last_modified == NULL ? "" : last_modified,
		   last_modified == NULL ? 0 : strlen(last_modified), feed);
}

/* -- who is there -- */

bool
store_read_present(
    struct db *db, const char *feed, struct id_set *present, struct error *err)
{
	AUTO(db_query)
	row = db_query(db, "SELECT present FROM feed WHERE id = ?", "t", feed);
	struct error own = { 0 };
	struct wire_reader in;
	const void *bytes;
	uint64_t id;
	size_t len;

	if (!db_step(row, &own))
		return ended_well(&own, err);
	bytes = db_blob(row, 0, &len);
	wire_reader_init(&in, bytes, len);
	while (!wire_read_end(&in) && wire_read_u64(&in, &id))
		(void)id_set_add(present, (int64_t)id);
	return !in.is_broken || error_set(err, ERROR_FORMAT, feed,
				    "the store's list of present entries is damaged");
}

static bool
mark_left(struct db *db, const struct id_set *before, const struct id_set *present,
    int64_t at_ms, struct error *err)
{
	for (size_t i = 0; i < before->count; i++) {
		if (id_set_has(present, before->items[i]))
			continue;
		if (!db_exec(db, err, "UPDATE entry SET left_ms = ? WHERE id = ?", "ii",
			at_ms, before->items[i]))
			return false;
	}
	return true;
}

static bool
mark_back(struct db *db, const struct id_set *before, const struct id_set *present,
    struct error *err)
{
	for (size_t i = 0; i < present->count; i++) {
		if (id_set_has(before, present->items[i]))
			continue;
		if (!db_exec(db, err,
			"UPDATE entry SET left_ms = NULL WHERE id = ? AND left_ms NOTNULL",
			"i", present->items[i]))
			return false;
	}
	return true;
}

bool
store_write_present(struct db *db, const char *feed, const struct id_set *present,
    const struct id_set *before, int64_t at_ms, struct error *err)
{
	AUTO_BUF struct buf packed = BUF_EMPTY;

	for (size_t i = 0; i < present->count; i++)
		wire_add_u64(&packed, (uint64_t)present->items[i]);
	return make_row(db, feed, err) && mark_left(db, before, present, at_ms, err) &&
	       mark_back(db, before, present, err) &&
	       db_exec(db, err, "UPDATE feed SET present = ? WHERE id = ?", "bt",
		   buf_text(&packed), packed.len, feed);
}

/* -- keys -- */

bool
store_find_key(void *db, int64_t key, struct identity_match *match, struct error *err)
{
	AUTO(db_query)
	row = db_query(db,
	    "SELECT k.entry, e.guid_key, e.link_key, e.title_key, e.digest_key"
	    " FROM entry_key k LEFT JOIN entry e ON e.id = k.entry"
	    " WHERE k.key = ?",
	    "i", key);
	struct error own = { 0 };

	*match = (struct identity_match){ 0 };
	if (!db_step(row, &own))
		return ended_well(&own, err);
	match->entry = db_int(row, 0);
	match->is_shared = match->entry == 0;
	match->keys = (struct identity){ .guid = db_int(row, 1),
		.link = db_int(row, 2),
		.title = db_int(row, 3),
		.digest = db_int(row, 4) };
	return true;
}

bool
store_share_key(void *db, int64_t key, struct error *err)
{
	return db_exec(db, err,
	    "INSERT INTO entry_key(key, entry) VALUES(?, 0)"
	    " ON CONFLICT DO UPDATE SET entry = 0 WHERE entry <> 0",
	    "i", key);
}

/* The first entry under a key keeps it. */
static bool
add_key(struct db *db, int64_t key, int64_t entry, struct error *err)
{
	return key == 0 || db_exec(db, err,
			       "INSERT INTO entry_key(key, entry) VALUES(?, ?)"
			       " ON CONFLICT DO NOTHING",
			       "ii", key, entry);
}

static bool
add_keys(struct db *db, const struct identity *keys, int64_t entry, struct error *err)
{
	return add_key(db, keys->guid, entry, err) && add_key(db, keys->link, entry, err) &&
	       add_key(db, keys->digest, entry, err);
}

/* A key that is replaced goes, so that links with tokens in them do not pile up. */
static bool
drop_key(struct db *db, int64_t old, int64_t fresh, int64_t entry, struct error *err)
{
	return old == 0 || old == fresh || fresh == 0 ||
	       db_exec(db, err, "DELETE FROM entry_key WHERE key = ? AND entry = ?", "ii",
		   old, entry);
}

bool
store_move_keys(struct db *db, const struct identity_match *match,
    const struct identity *keys, struct error *err)
{
	const struct identity *old = &match->keys;
	int64_t id = match->entry;

	return drop_key(db, old->guid, keys->guid, id, err) &&
	       drop_key(db, old->link, keys->link, id, err) &&
	       drop_key(db, old->digest, keys->digest, id, err) &&
	       add_keys(db, keys, id, err) &&
	       db_exec(db, err,
		   "UPDATE entry SET guid_key = ifnull(nullif(?, 0), guid_key),"
		   " link_key = ifnull(nullif(?, 0), link_key), title_key = ?,"
		   " digest_key = ? WHERE id = ?",
		   "iiiii", keys->guid, keys->link, keys->title, keys->digest, id);
}

/* -- entries -- */

/* Of enclosures their addresses are kept. */
static void
pack_lists(const struct entry *entry, struct buf *out)
{
	struct list urls = { 0 };

	for (size_t i = 0; i < entry->enclosures.count; i++)
		list_add(&urls, entry->enclosures.items[i].url);
	wire_add_list(out, &entry->authors);
	wire_add_list(out, &entry->categories);
	wire_add_list(out, &urls);
	list_clear(&urls);
}

int64_t
store_add_entry(struct db *db, const char *feed, const struct entry *entry,
    const struct identity *keys, int64_t seen_ms, struct error *err)
{
	AUTO_BUF struct buf lists = BUF_EMPTY;
	int64_t id;

	pack_lists(entry, &lists);
	if (!db_exec(db, err,
		"INSERT INTO entry(feed, seen_ms, guid_key, link_key, title_key, digest_key,"
		" published_s, updated_s, guid, title, link, summary, content, language,"
		" lists) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"tiiiiiiittttttb", feed, seen_ms, keys->guid, keys->link, keys->title,
		keys->digest, entry->published_s, entry->updated_s, entry->id,
		entry->title == NULL ? "" : entry->title, entry->link, entry->summary,
		entry->content, entry->language, lists.data, lists.len))
		return 0;
	id = db_last_id(db);
	return add_keys(db, keys, id, err) ? id : 0;
}

static bool
is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

bool
store_compare_entry(struct db *db, int64_t id, const struct entry *entry, bool *is_changed,
    int64_t *seen_ms, struct error *err)
{
	AUTO(db_query)
	row = db_query(db,
	    "SELECT title, summary, content, seen_ms, forgotten_ms FROM entry WHERE id = ?",
	    "i", id);
	struct error own = { 0 };

	if (!db_step(row, &own)) {
		if (!ended_well(&own, err))
			return false;
		return error_set(err, ERROR_FORMAT, "feeds",
		    "the store has a key of an entry that is not there");
	}
	*is_changed =
	    !is_same(db_text(row, 0), entry->title) ||
	    (db_is_null(row, 4) && (!is_same(db_text(row, 1), entry->summary) ||
				       !is_same(db_text(row, 2), entry->content)));
	*seen_ms = db_int(row, 3);
	return true;
}

bool
store_rewrite_entry(struct db *db, int64_t id, const struct entry *entry, struct error *err)
{
	AUTO_BUF struct buf lists = BUF_EMPTY;

	pack_lists(entry, &lists);
	return db_exec(db, err,
	    "UPDATE entry SET published_s = ?, updated_s = ?, guid = ifnull(?, guid),"
	    " title = ?, link = ifnull(?, link), summary = ?, content = ?, language = ?,"
	    " lists = ?, forgotten_ms = NULL WHERE id = ?",
	    "iittttttbi", entry->published_s, entry->updated_s, entry->id,
	    entry->title == NULL ? "" : entry->title, entry->link, entry->summary,
	    entry->content, entry->language, lists.data, lists.len, id);
}
