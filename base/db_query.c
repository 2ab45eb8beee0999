/*
 * Statements: prepared once, found again by the address of their text, bound, stepped.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/db_private.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

static struct db_query **
find_bucket(struct db *db, const char *sql)
{
	/* literals lie close together: the low bits differ, the high ones hardly */
	uintptr_t address = (uintptr_t)sql;

	return &db->buckets[(address ^ address >> 8 ^ address >> 16) % DB_BUCKETS];
}

static struct db_query *
find_statement(struct db *db, const char *sql)
{
	struct db_query **bucket = find_bucket(db, sql);
	struct db_query *query = *bucket;

	while (query != NULL && query->sql != sql)
		query = query->next;
	if (query != NULL)
		return query;
	query = mem_zalloc(sizeof(*query));
	query->db = db;
	query->sql = sql;
	query->next = *bucket;
	*bucket = query;
	return query;
}

void
db_free_statements(struct db *db)
{
	struct db_query *query;

	for (size_t i = 0; i < DB_BUCKETS; i++) {
		while ((query = db->buckets[i]) != NULL) {
			db->buckets[i] = query->next;
			(void)sqlite3_finalize(
			    query->stmt); /* says the last step's error */
			free(query);
		}
	}
}

/* The error of a query, and what it means for the open group. */
static bool
query_failed(struct db_query *query, struct error *err)
{
	struct error own;

	if (err == NULL)
		err = &own;
	(void)db_fail(query->db, err, query->sql);
	if (query->stmt != NULL)
		(void)sqlite3_reset(query->stmt); /* the same error again */
	db_check_group(query->db, err);
	return false;
}

static bool
prepare(struct db_query *query, struct error *err)
{
	struct db *db = query->db;

	if (!db_is_usable(db, err))
		return false;
	if (query->stmt == NULL &&
	    sqlite3_prepare_v3(db->handle, query->sql, -1, SQLITE_PREPARE_PERSISTENT,
		&query->stmt, NULL) != SQLITE_OK)
		return query_failed(query, err);
	return true;
}

static int
bind_one(sqlite3_stmt *stmt, int column, char type, va_list *args)
{
	const void *bytes;
	const char *text;

	switch (type) {
	case 'i':
		return sqlite3_bind_int64(stmt, column, va_arg(*args, int64_t));
	case 'r':
		return sqlite3_bind_double(stmt, column, va_arg(*args, double));
	case 't':
		text = va_arg(*args, const char *);
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): SQLite's own constant */
		return sqlite3_bind_text64(stmt, column, text,
		    text == NULL ? 0 : strlen(text), SQLITE_TRANSIENT, SQLITE_UTF8);
	case 'b':
		bytes = va_arg(*args, const void *);
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): SQLite's own constant */
		return sqlite3_bind_blob64(
		    stmt, column, bytes, va_arg(*args, size_t), SQLITE_TRANSIENT);
	default:
		assert(!"a type that is none of i, t, b, r");
		return SQLITE_MISUSE;
	}
}

static bool
bind_all(struct db_query *query, const char *types, va_list *args, struct error *err)
{
	assert((int)strlen(types) == sqlite3_bind_parameter_count(query->stmt));
	for (int i = 0; types[i] != '\0'; i++)
		if (bind_one(query->stmt, i + 1, types[i], args) != SQLITE_OK)
			return query_failed(query, err);
	return true;
}

static struct db_query *
open_query(struct db *db, const char *sql, const char *types, va_list *args)
{
	struct db_query *query = find_statement(db, sql);

	assert(!query->is_open);
	query->is_open = true;
	query->has_failed =
	    !prepare(query, &query->err) || !bind_all(query, types, args, &query->err);
	return query;
}

struct db_query *
db_query(struct db *db, const char *sql, const char *types, ...)
{
	struct db_query *query;
	va_list args;

	va_start(args, types);
	query = open_query(db, sql, types, &args);
	va_end(args);
	return query;
}

/* The file may have been changed by others: no text leaves here that is not UTF-8. */
static bool
has_clean_texts(struct db_query *query)
{
	int columns = sqlite3_column_count(query->stmt);
	const char *text;
	size_t len;

	for (int i = 0; i < columns; i++) {
		if (sqlite3_column_type(query->stmt, i) != SQLITE_TEXT)
			continue;
		text = (const char *)sqlite3_column_text(query->stmt, i);
		len = (size_t)sqlite3_column_bytes(query->stmt, i);
		if (text == NULL || memchr(text, '\0', len) != NULL ||
		    !text_is_utf8(text, len))
			return false;
	}
	return true;
}

bool
db_step(struct db_query *query, struct error *err)
{
	int code;

	assert(query->is_open);
	if (query->has_failed || !db_is_usable(query->db, &query->err)) {
		if (err != NULL)
			*err = query->err;
		return false;
	}
	code = sqlite3_step(query->stmt);
	if (code == SQLITE_ROW && has_clean_texts(query))
		return true;
	if (code == SQLITE_ROW)
		return error_set(err, ERROR_FORMAT, query->db->path,
		    "%s: the store holds a text that is not UTF-8", query->sql);
	if (code != SQLITE_DONE)
		return query_failed(query, err);
	if (err != NULL)
		err->text[0] = '\0';
	return false;
}

int64_t
db_int(struct db_query *query, int column)
{
	return sqlite3_column_int64(query->stmt, column);
}

const char *
db_text(struct db_query *query, int column)
{
	return (const char *)sqlite3_column_text(query->stmt, column);
}

const void *
db_blob(struct db_query *query, int column, size_t *len)
{
	const void *bytes = sqlite3_column_blob(query->stmt, column);

	*len = (size_t)sqlite3_column_bytes(query->stmt, column);
	return bytes;
}

bool
db_is_null(struct db_query *query, int column)
{
	return sqlite3_column_type(query->stmt, column) == SQLITE_NULL;
}

void
db_done(struct db_query *query)
{
	if (query == NULL)
		return;
	assert(query->is_open);
	query->is_open = false;
	if (query->stmt == NULL)
		return;
	(void)sqlite3_reset(query->stmt);          /* the last step told its error */
	(void)sqlite3_clear_bindings(query->stmt); /* cannot fail; drops the copies */
}

bool
db_exec(struct db *db, struct error *err, const char *sql, const char *types, ...)
{
	struct db_query *query;
	struct error own;
	va_list args;

	va_start(args, types);
	query = open_query(db, sql, types, &args);
	va_end(args);
	while (db_step(query, &own))
		;
	db_done(query);
	if (own.text[0] == '\0')
		return true;
	if (err != NULL)
		*err = own;
	return false;
}

bool
db_read_int(struct db *db, struct error *err, int64_t *value, int64_t missing,
    const char *sql, const char *types, ...)
{
	struct db_query *query;
	struct error own;
	va_list args;
	bool has_row;

	va_start(args, types);
	query = open_query(db, sql, types, &args);
	va_end(args);
	has_row = db_step(query, &own);
	if (has_row)
		*value = db_is_null(query, 0) ? missing : db_int(query, 0);
	db_done(query);
	if (has_row)
		return true;
	if (own.text[0] == '\0') {
		*value = missing;
		return true;
	}
	if (err != NULL)
		*err = own;
	return false;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}
