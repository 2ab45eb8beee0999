/*
 * The store: one SQLite file in WAL mode, written by one connection.
 *
 * Rooms own tables and give their migrations. Transactions: db_begin() ... db_commit() nest
 * in an open group; a commit either waits up to 50 ms for others (GROUPED,
 * synchronous=NORMAL: what it holds can be fetched again) or is made durable at once
 * together with the group (NOW: the WAL is synced before it returns, as synchronous=FULL
 * does). NOW inside another transaction makes the outermost one NOW.
 *
 * When the WAL cannot be synced after a commit, nobody knows what the disk holds: from then
 * on every call fails, and the process should start anew.
 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct clock;
struct db;
struct db_query;
struct error;

/* A room's tables: steps[i] is SQL that brings version i to i + 1; ends with NULL. */
struct db_schema {
	const char *room;
	const char *const *steps;
};

#define DB_GROUP_MS 50

enum db_when { DB_GROUPED, DB_NOW };

/**
 * Open or create. Runs the migrations in one transaction; refuses a file of a newer version
 * than the steps know, a file that is no database, and one that another process has locked
 * (an flock on PATH.lock is held while open).
 *
 * @param path   ":memory:" for a store of its own without a file
 * @param schemas ends with NULL; borrowed for life
 * @param clock  for the group's 50 ms; NULL: every commit is made at once
 */
struct db *db_open(const char *path, const struct db_schema *const *schemas,
    struct clock *clock, struct error *err);
/** Open for reading only, beside a running writer. No migrations, no lock. */
struct db *db_open_read(const char *path, struct error *err);
/** Commits the open group; db_flush() before it to learn of a failure. Open transactions
 * are undone. */
void db_close(struct db *db);
MEM_AUTO(db, db_close);

bool db_begin(struct db *db, struct error *err) __attribute__((warn_unused_result));
/** On failure all of the transaction is undone, with NOW or a failed group the whole group.
 */
bool db_commit(struct db *db, enum db_when when, struct error *err)
    __attribute__((warn_unused_result));
/** Undo this transaction; the others of the group stay. */
void db_rollback(struct db *db);
/**
 * Queries between these two see one state and share one lock, which costs less than one for
 * each. Nothing is written between, and no transaction begun.
 */
void db_read_begin(struct db *db);
void db_read_end(struct db *db);
/** Commit the open group now. True when there was none. Not inside a transaction. */
bool db_flush(struct db *db, struct error *err);
/** Whether a group waits for its commit. */
bool db_is_pending(const struct db *db);
/**
 * Whether a commit reached the file, but not surely the disk: every call fails from then
 * on, and only a new process can know again what is stored.
 */
bool db_is_unsafe(const struct db *db);
/**
 * Be told when transactions that were already counted as done are lost: the commit of the
 * timer failed, or a later member's failure took the whole group with it; and when the
 * store becomes unsafe. What was read from the store since may be ahead of it. Called when
 * no transaction is open, but maybe in the middle of a query: fn takes note, and uses the
 * store later.
 */
void db_on_lost(struct db *db, void (*fn)(void *ctx, const struct error *why), void *ctx);

/**
 * Run one statement to its end. sql must be a string literal or live as long as the db:
 * prepared statements are kept by its address.
 *
 * @param types  one letter a parameter: 'i' int64_t, 't' const char * (NULL is NULL),
 *               'b' const void *, size_t, 'r' double
 */
bool db_exec(struct db *db, struct error *err, const char *sql, const char *types, ...);
/**
 * Begin a query; step it to its rows. Never NULL: an error shows at the first step.
 * One query per sql text may be open at a time (assert).
 */
struct db_query *db_query(struct db *db, const char *sql, const char *types, ...)
    __attribute__((warn_unused_result));
/** @return true for a row; false at the end or with err set (err->text is emptied at the
 * end) */
bool db_step(struct db_query *query, struct error *err);
int64_t db_int(struct db_query *query, int column);
/** Borrowed until the next step; NULL for NULL. */
const char *db_text(struct db_query *query, int column);
const void *db_blob(struct db_query *query, int column, size_t *len);
bool db_is_null(struct db_query *query, int column);
/** End a query; NULL is fine. */
void db_done(struct db_query *query);
MEM_AUTO(db_query, db_done);

/** One integer, or missing when there is no row or it is NULL. */
bool db_read_int(struct db *db, struct error *err, int64_t *value, int64_t missing,
    const char *sql, const char *types, ...);
/** Row id of the last insert. */
int64_t db_last_id(struct db *db);
/** Rows touched by the last statement. */
int64_t db_changes(struct db *db);

#endif
