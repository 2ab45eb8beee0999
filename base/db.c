/*
 * The connection, its lock, and transactions in groups.
 *
 * A group is one SQLite transaction, each of the callers' transactions a savepoint in it.
 * SQLite may undo the whole of it by itself (disk full, I/O error): that is looked for
 * after every failed statement. Calls then fail until the callers' transactions have
 * ended, so that the rest of them is not written by itself.
 */
#include "base/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/db_private.h"
#include "base/error.h"
#include "base/mem.h"

#define BUSY_MS 5000 /* readers beside us hold locks for moments only */

static const char in_memory[] = ":memory:";

bool
db_fail(struct db *db, struct error *err, const char *what)
{
	int code = sqlite3_extended_errcode(db->handle);

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return error_set(err, ERROR_FORMAT, db->path, "not a database");
	case SQLITE_CORRUPT:
		return error_set(err, ERROR_FORMAT, db->path, "%s: %s", what,
		    sqlite3_errmsg(db->handle));
	case SQLITE_IOERR: /* the number says of which call; errno is not kept for us */
		return error_set(err, ERROR_SYSTEM, db->path, "%s: %s (SQLite %d)", what,
		    sqlite3_errmsg(db->handle), code);
	default:
		return error_set(err, ERROR_SYSTEM, db->path, "%s: %s", what,
		    sqlite3_errmsg(db->handle));
	}
}

bool
db_script(struct db *db, const char *sql, struct error *err)
{
	struct error own;

	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	if (err == NULL)
		err = &own;
	(void)db_fail(db, err, "cannot be changed");
	db_check_group(db, err);
	return false;
}

bool
db_is_usable(struct db *db, struct error *err)
{
	if (!db->is_undone && !db->is_unsafe)
		return true;
	if (err != NULL)
		*err = db->why;
	return false;
}

/* -- groups -- */

static void
group_over(struct db *db)
{
	db->is_group = false;
	db->wants_now = false;
	if (db->timer != NULL)
		clock_timer_cancel(db->timer);
}

/* When nothing is open any more: forget the failure, and say what it cost. */
static void
settle(struct db *db)
{
	size_t lost = db->counted;

	if (db->depth > 0 || db->is_group)
		return;
	db->is_undone = false;
	db->counted = 0;
	if (lost > 0 && db->on_lost != NULL)
		db->on_lost(db->on_lost_ctx, &db->why);
}

void
db_check_group(struct db *db, const struct error *why)
{
	if (!db->is_group || sqlite3_get_autocommit(db->handle) == 0)
		return;
	group_over(db);
	db->why = *why;
	db->is_undone = db->depth > 0;
	settle(db);
}

/* Undo all of the group. */
static void
group_undo(struct db *db, const struct error *why)
{
	db->why = *why;
	group_over(db);
	if (sqlite3_get_autocommit(db->handle) == 0)
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	db->is_undone = db->depth > 0;
}

static bool
group_begin(struct db *db, struct error *err)
{
	const char *begin = db->is_read_only ? "BEGIN" : "BEGIN IMMEDIATE";

	if (sqlite3_exec(db->handle, begin, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "no transaction");
	db->is_group = true;
	return true;
}

/*
 * Make what COMMIT wrote survive a power cut. PRAGMA synchronous cannot be changed inside a
 * transaction, and the group was begun before anybody said NOW; so the connection commits
 * with NORMAL, and the sync that FULL would do is done here. In WAL mode the journal is the
 * WAL. The first sync of a new WAL syncs its folder too.
 */
static bool
sync_wal(struct db *db, struct error *err)
{
	sqlite3_file *wal = NULL;

	if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) !=
	    SQLITE_OK)
		return db_fail(db, err, "no WAL to sync");
	if (wal == NULL ||
	    wal->pMethods == NULL) /* in memory, or nothing was written yet */
		return true;
	if (wal->pMethods->xSync(wal, SQLITE_SYNC_FULL) != SQLITE_OK)
		return error_system(
		    err, errno, db->path, "committed, but not safe on the disk");
	return true;
}

static void
become_unsafe(struct db *db, const struct error *why)
{
	db->is_unsafe = true;
	db->why = *why;
	db->counted = 0; /* told here, with or without others in the group */
	if (db->on_lost != NULL)
		db->on_lost(db->on_lost_ctx, &db->why);
}

/* On failure everything of the group is undone; settle() has to follow. */
static bool
group_commit(struct db *db, bool is_now, struct error *err)
{
	crash_point("before-commit");
	if (sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		(void)db_fail(db, err, "commit");
		group_undo(db, err);
		return false;
	}
	group_over(db);
	if (is_now && !sync_wal(db, err)) {
		become_unsafe(db, err);
		return false;
	}
	db->counted = 0;
	crash_point("after-commit");
	return true;
}

static void
on_group_timer(void *ctx, int64_t now_ms)
{
	struct db *db = ctx;
	struct error err;

	if (!db_is_pending(db) ||
	    db->depth > 0) /* then the transaction's end sets it anew */
		return;
	crash_point("group-commit");
	if (!group_commit(db, false, &err))
		settle(db);
}

bool
db_flush(struct db *db, struct error *err)
{
	struct error own;

	assert(db->depth == 0);
	if (!db->is_group)
		return db_is_usable(db, err);
	if (group_commit(db, false, err == NULL ? &own : err))
		return true;
	settle(db);
	return false;
}

bool
db_is_pending(const struct db *db)
{
	return db->is_group && db->counted > 0;
}

bool
db_is_unsafe(const struct db *db)
{
	return db->is_unsafe;
}

void
db_on_lost(struct db *db, void (*fn)(void *ctx, const struct error *why), void *ctx)
{
	db->on_lost = fn;
	db->on_lost_ctx = ctx;
}

/* -- the callers' transactions -- */

bool
db_begin(struct db *db, struct error *err)
{
	if (!db_is_usable(db, err) || (!db->is_group && !group_begin(db, err)))
		return false;
	if (!db_exec(db, err, "SAVEPOINT t", "")) {
		if (db->is_group && db->depth == 0 && db->counted == 0)
			group_undo(db, &db->why);
		return false;
	}
	db->depth++;
	return true;
}

/* Take back the innermost savepoint; what else is in the group stays. */
static void
undo_savepoint(struct db *db)
{
	struct error err;

	if (db->is_undone)
		return;
	if (!db_exec(db, &err, "ROLLBACK TO t", "") || !db_exec(db, &err, "RELEASE t", ""))
		if (db->is_group)
			group_undo(db, &err);
}

void
db_rollback(struct db *db)
{
	assert(db->depth > 0);
	undo_savepoint(db);
	db->depth--;
	if (db->depth == 0)
		db->wants_now = false;
	if (db->depth == 0 && db->is_group && db->counted == 0)
		group_undo(db, &db->why); /* nothing is left in it */
	settle(db);
}

/* The outermost transaction has ended well. */
static bool
end_outermost(struct db *db, struct error *err)
{
	if (db->wants_now || db->clock == NULL)
		return group_commit(db, db->wants_now, err);
	db->counted++;
	if (!clock_timer_is_set(db->timer))
		clock_timer_after(db->timer, DB_GROUP_MS);
	return true;
}

bool
db_commit(struct db *db, enum db_when when, struct error *err)
{
	struct error own;

	assert(db->depth > 0);
	if (err == NULL)
		err = &own;
	if (!db_is_usable(db, err) || !db_exec(db, err, "RELEASE t", "")) {
		db_rollback(db);
		return false;
	}
	db->depth--;
	if (when == DB_NOW)
		db->wants_now = true;
	if (db->depth > 0 || end_outermost(db, err))
		return true;
	settle(db);
	return false;
}

/* Where they fail, so do the queries, or each takes its own lock. */
void
db_read_begin(struct db *db)
{
	(void)db_exec(db, NULL, "SAVEPOINT reading", "");
}

void
db_read_end(struct db *db)
{
	(void)db_exec(db, NULL, "RELEASE reading", "");
}

/* -- opening -- */

/* The lock is a file beside the database: SQLite's own locks must not be touched. */
static bool
take_lock(struct db *db, struct error *err)
{
	AUTO_FREE char *path = mem_printf("%s.lock", db->path);

	db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (db->lock_fd < 0)
		return error_system(err, errno, path, "cannot be made");
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return error_set(
		    err, ERROR_SYSTEM, db->path, "in use by another dealwatch process");
	return error_system(err, errno, path, "cannot be locked");
}

static bool
connect_file(struct db *db, int flags, struct error *err)
{
	/* the file may have been made by somebody else: nothing in it is run on our behalf
	 */
	static const char settings[] = "PRAGMA trusted_schema = OFF;"
				       "PRAGMA cell_size_check = ON;"
				       "PRAGMA foreign_keys = ON;";

	if (sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		if (db->handle == NULL)
			return error_set(err, ERROR_SYSTEM, db->path, "no memory");
		return error_system(err, sqlite3_system_errno(db->handle), db->path, "%s",
		    sqlite3_errmsg(db->handle));
	}
	/* these fail for bad arguments only */
	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, BUSY_MS);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	return db_script(db, settings, err);
}

static bool
prepare_writer(struct db *db, const struct db_schema *const *schemas, struct error *err)
{
	AUTO(db_query) query = db_query(db, "PRAGMA journal_mode = WAL", "");
	struct error own = { 0 };

	if (!db_step(query, &own)) {
		if (err != NULL)
			*err = own;
		return false;
	}
	if (strcmp(db_text(query, 0), "wal") != 0 && strcmp(db->path, in_memory) != 0)
		return error_set(
		    err, ERROR_SYSTEM, db->path, "this file system cannot hold a WAL");
	db_done(query);
	query = NULL;
	return db_script(db, "PRAGMA synchronous = NORMAL", err) &&
	       db_migrate(db, schemas, err);
}

static struct db *
new_db(const char *path)
{
	struct db *db = mem_zalloc(sizeof(*db));

	db->path = mem_strdup(path);
	db->lock_fd = -1;
	return db;
}

struct db *
db_open(const char *path, const struct db_schema *const *schemas, struct clock *clock,
    struct error *err)
{
	struct db *db = new_db(path);

	if ((strcmp(path, in_memory) != 0 && !take_lock(db, err)) ||
	    !connect_file(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) ||
	    !prepare_writer(db, schemas, err)) {
		db_close(db);
		return NULL;
	}
	db->clock = clock;
	if (clock != NULL)
		db->timer = clock_timer_new(clock, on_group_timer, db);
	return db;
}

struct db *
db_open_read(const char *path, struct error *err)
{
	struct db *db = new_db(path);

	db->is_read_only = true;
	if (!connect_file(db, SQLITE_OPEN_READONLY, err) || !db_is_ours(db, err)) {
		db_close(db);
		return NULL;
	}
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db->on_lost = NULL; /* who asked may be on the way out too */
	while (db->depth > 0)
		db_rollback(db);
	(void)db_flush(db, NULL); /* documented: db_flush() before it tells */
	db_free_statements(db);
	if (sqlite3_close(db->handle) != SQLITE_OK)
		assert(!"a statement was left open");
	clock_timer_free(db->timer);
	if (db->lock_fd >= 0)
		(void)close(db->lock_fd);
	free(db->path);
	free(db);
}
