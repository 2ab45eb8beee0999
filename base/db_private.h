/*
 * What db.c, db_query.c and db_schema.c share; nobody else includes it.
 */
#ifndef BASE_DB_PRIVATE_H
#define BASE_DB_PRIVATE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct clock_timer;
struct db_schema;
struct sqlite3;
struct sqlite3_stmt;

#define DB_BUCKETS 256 /* a daemon has about a hundred statements */

/* A prepared statement; while it is open, the query that runs it. */
struct db_query {
	struct db *db;             /* borrowed */
	struct db_query *next;     /* owned: of the same bucket */
	const char *sql;           /* borrowed: the key */
	struct sqlite3_stmt *stmt; /* owned; NULL when it could not be prepared */
	bool is_open;
	bool has_failed; /* before its first step, with err */
	struct error err;
};

struct db {
	char *path; /* owned */
	struct sqlite3 *handle;
	int lock_fd;
	bool is_read_only;
	struct db_query *buckets[DB_BUCKETS]; /* owned */

	struct clock *clock; /* borrowed; NULL: no grouping */
	struct clock_timer *timer;
	bool is_group;  /* BEGIN was done */
	size_t depth;   /* transactions of the caller that have not ended */
	size_t counted; /* transactions of the group that were told to be done */
	bool wants_now; /* one of the open transactions' members said DB_NOW */
	bool is_undone; /* SQLite undid the group under the open transactions: why */
	bool is_unsafe; /* a sync failed: why */
	struct error why;
	void (*on_lost)(void *ctx, const struct error *why);
	void *on_lost_ctx;
};

/** Set an error from what SQLite says of the last call. @return false */
bool db_fail(struct db *db, struct error *err, const char *what);
/** After a failed statement: see whether SQLite undid the whole group. */
void db_check_group(struct db *db, const struct error *why);
/** Whether statements may run now; err says why not. */
bool db_is_usable(struct db *db, struct error *err);
/** Run several statements in one text, not kept. */
bool db_script(struct db *db, const char *sql, struct error *err);
void db_free_statements(struct db *db);
/** Whether the file says that dealwatch made it; err says it does not. */
bool db_is_ours(struct db *db, struct error *err);
/** Bring the rooms' tables to the versions their schemas know, in one transaction. */
bool db_migrate(struct db *db, const struct db_schema *const *schemas, struct error *err);

#endif
