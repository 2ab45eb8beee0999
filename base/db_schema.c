/*
 * The rooms' tables and their versions.
 */
#include "base/db.h"
#include "base/db_private.h"
#include "base/error.h"
#include "base/mem.h"

#define APPLICATION_ID 1146573652 /* "DWST" as a number: file(1) shows it */

static size_t
count_steps(const struct db_schema *schema)
{
	size_t count = 0;

	while (schema->steps[count] != NULL)
		count++;
	return count;
}

bool
db_is_ours(struct db *db, struct error *err)
{
	int64_t id;

	if (!db_read_int(db, err, &id, 0, "PRAGMA application_id", ""))
		return false;
	if (id == APPLICATION_ID)
		return true;
	return error_set(
	    err, ERROR_FORMAT, db->path, "a database, but not one that dealwatch made");
}

/* An empty file becomes ours; one with tables must have been ours before. */
static bool
claim_file(struct db *db, struct error *err)
{
	AUTO_FREE char *sql = mem_printf("PRAGMA application_id = %d;"
					 "CREATE TABLE schema_version("
					 "room TEXT NOT NULL PRIMARY KEY,"
					 "version INTEGER NOT NULL) STRICT",
	    APPLICATION_ID);
	int64_t tables;

	if (!db_read_int(db, err, &tables, 0, "SELECT count(*) FROM sqlite_schema", ""))
		return false;
	return tables > 0 ? db_is_ours(db, err) : db_script(db, sql, err);
}

static bool
run_steps(struct db *db, const struct db_schema *schema, size_t from, struct error *err)
{
	for (size_t i = from; schema->steps[i] != NULL; i++)
		if (!db_script(db, schema->steps[i], err))
			return error_prefix(err, "tables of %s, step %zu", schema->room, i);
	return true;
}

static bool
migrate_room(struct db *db, const struct db_schema *schema, struct error *err)
{
	size_t known = count_steps(schema);
	int64_t version;

	if (!db_read_int(db, err, &version, 0,
		"SELECT version FROM schema_version WHERE room = ?", "t", schema->room))
		return false;
	if (version == (int64_t)known)
		return true;
	if (version < 0 || version > (int64_t)known)
		return error_set(err, ERROR_FORMAT, db->path,
		    "made by a newer dealwatch (%s %lld, this one knows %zu)", schema->room,
		    (long long)version, known);
	return run_steps(db, schema, (size_t)version, err) &&
	       db_exec(db, err, "INSERT OR REPLACE INTO schema_version VALUES (?, ?)", "ti",
		   schema->room, (int64_t)known);
}

bool
db_migrate(struct db *db, const struct db_schema *const *schemas, struct error *err)
{
	bool is_done;

	if (!db_begin(db, err))
		return false;
	is_done = claim_file(db, err);
	for (size_t i = 0; is_done && schemas[i] != NULL; i++)
		is_done = migrate_room(db, schemas[i], err);
	if (is_done)
		return db_commit(db, DB_NOW, err);
	db_rollback(db);
	return false;
}
