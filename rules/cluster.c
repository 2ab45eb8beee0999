/*
 * Clusters in the store. Keys are 64-bit digests, used as row ids.
 */
#include "rules/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"

#define CLUSTER_NAME_DIGITS 32

/* The keys an entry is found by. */
struct keys {
	int64_t items[2]; /* link first: the more trusted one */
	size_t count;
};

static void
make_keys(const struct entry *entry, const char *link, struct keys *keys)
{
	AUTO_BUF struct buf title = BUF_EMPTY;

	keys->count = 0;
	if (link != NULL)
		keys->items[keys->count++] = digest_key("link", link, NULL);
	text_fold(&title, entry->title, strlen(entry->title));
	if (title.len > 0)
		keys->items[keys->count++] = digest_key("title", buf_text(&title), NULL);
}

static bool
find_open(struct db *db, const struct keys *keys, int64_t oldest_ms,
    struct cluster *cluster, struct error *err)
{
	for (size_t i = 0; i < keys->count && cluster->id == 0; i++) {
		AUTO(db_query)
		query = db_query(db,
		    "SELECT cluster.id, name FROM cluster_key JOIN cluster ON "
		    "cluster.id = cluster_key.cluster WHERE key = ? AND last_s >= ?",
		    "ii", keys->items[i], oldest_ms / 1000);

		if (db_step(query, err)) {
			cluster->id = db_int(query, 0);
			cluster->name = mem_strdup(db_text(query, 1));
		} else if (err->text[0] != '\0') {
			return false;
		}
	}
	return true;
}

static char *
make_name(const struct stored_entry *stored, const char *link)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	char hex[DIGEST_HEX_BYTES];

	if (link != NULL)
		return mem_strdup(link);
	buf_printf(&text, "%s\n%s", stored->source->feed, stored->entry->title);
	digest_hex(text.data, text.len, hex);
	return mem_printf("entry:%.*s", CLUSTER_NAME_DIGITS, hex);
}

static bool
begin(struct db *db, const struct stored_entry *stored, const char *link,
    struct cluster *cluster, struct error *err)
{
	cluster->name = make_name(stored, link);
	if (!db_exec(db, err, "INSERT INTO cluster (name, last_s) VALUES (?, ?)", "ti",
		cluster->name, stored->now_ms / 1000))
		return false;
	cluster->id = db_last_id(db);
	return true;
}

/* A key belongs to the open cluster that had it first; a closed one loses it. */
static bool
add_keys(struct db *db, const struct keys *keys, const struct cluster *cluster,
    int64_t oldest_ms, struct error *err)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (!db_exec(db, err,
			"INSERT INTO cluster_key (key, cluster) VALUES (?, ?) ON CONFLICT (key) "
			"DO UPDATE SET cluster = excluded.cluster WHERE NOT EXISTS (SELECT 1 "
			"FROM cluster WHERE id = cluster_key.cluster AND last_s >= ?)",
			"iii", keys->items[i], cluster->id, oldest_ms / 1000))
			return false;
	}
	return true;
}

bool
cluster_join(struct db *db, const struct stored_entry *stored, struct cluster *cluster,
    struct error *err)
{
	AUTO_FREE char *link = entry_canonical_link(stored->entry->link);
	int64_t oldest_ms = stored->now_ms - CLUSTER_OPEN_S * 1000;
	struct keys keys;

	*cluster = (struct cluster){ 0, NULL };
	make_keys(stored->entry, link, &keys);
	if (!find_open(db, &keys, oldest_ms, cluster, err))
		return false;
	if (cluster->id == 0) {
		if (!begin(db, stored, link, cluster, err))
			return false;
	} else if (!db_exec(db, err,
		       "UPDATE cluster SET last_s = MAX(last_s, ?) WHERE id = ?", "ii",
		       stored->now_ms / 1000, cluster->id)) {
		return false;
	}
	return add_keys(db, &keys, cluster, oldest_ms, err);
}

void
cluster_clear(struct cluster *cluster)
{
	free(cluster->name);
	*cluster = (struct cluster){ 0, NULL };
}

bool
cluster_told(struct db *db, const struct cluster *cluster, const char *rule,
    int64_t *episode, struct error *err)
{
	return db_read_int(db, err, episode, 0,
	    "SELECT episode FROM cluster_told WHERE cluster = ? AND rule = ?", "ii",
	    cluster->id, digest_key("rule", rule, NULL));
}

bool
cluster_tell(struct db *db, const struct cluster *cluster, const char *rule,
    int64_t episode, struct error *err)
{
	return db_exec(db, err,
	    "INSERT INTO cluster_told (cluster, rule, episode) VALUES (?, ?, ?)", "iii",
	    cluster->id, digest_key("rule", rule, NULL), episode);
}

bool
cluster_expire(struct db *db, int64_t now_ms, struct error *err)
{
	int64_t oldest_s = now_ms / 1000 - CLUSTER_OPEN_S, count = 0;

	if (!db_read_int(db, err, &count, 0,
		"SELECT EXISTS (SELECT 1 FROM cluster WHERE last_s < ?)", "i", oldest_s))
		return false;
	return count == 0 ||
	       (db_exec(db, err,
		    "DELETE FROM cluster_key WHERE cluster IN (SELECT id FROM cluster WHERE "
		    "last_s < ?)",
		    "i", oldest_s) &&
		   db_exec(db, err,
		       "DELETE FROM cluster_told WHERE cluster IN (SELECT id FROM cluster WHERE "
		       "last_s < ?)",
		       "i", oldest_s) &&
		   db_exec(db, err, "DELETE FROM cluster WHERE last_s < ?", "i", oldest_s));
}
