/*
 * The store: values, versions, and files that are none of ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/db.h"
#include "base/error.h"
#include "tests/shelf.h"

static const char *const steps_2[] = {
	"CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, more BLOB) STRICT;"
	"CREATE TABLE page(note INTEGER NOT NULL REFERENCES note(id), number REAL) STRICT",
	"ALTER TABLE note ADD COLUMN seen INTEGER NOT NULL DEFAULT 7;"
	"CREATE INDEX note_seen ON note(seen)",
	NULL,
};
static const char *const steps_broken[] = {
	"CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, more BLOB) STRICT;"
	"CREATE TABLE page(note INTEGER NOT NULL REFERENCES note(id), number REAL) STRICT",
	"CREATE TABLE half(id INTEGER); CREATE TABLE note(id INTEGER)",
	NULL,
};
static const struct db_schema notes_2 = { "notes", steps_2 };
static const struct db_schema notes_broken = { "notes", steps_broken };
static const struct db_schema *const version_2[] = { &notes_2, NULL };
static const struct db_schema *const version_broken[] = { &notes_broken, NULL };

static bool
add(struct shelf *shelf, const char *text, struct error *err)
{
	return db_exec(shelf->db, err, "INSERT INTO note(text) VALUES (?)", "t", text);
}

/* -- values -- */

static void
values_come_back(void **state)
{
	struct db *db = ((struct shelf *)*state)->db;
	struct error err = { 0 };
	struct db_query *query;
	const void *blob;
	size_t len;

	assert_true(db_exec(db, &err, "INSERT INTO note(id, text, more) VALUES (?, ?, ?)",
	    "itb", INT64_C(1) << 40, "ラトニック", "\0\xff", (size_t)2));
	assert_int_equal(db_last_id(db), INT64_C(1) << 40);
	assert_int_equal(db_changes(db), 1);
	assert_true(db_exec(db, &err, "INSERT INTO page(note, number) VALUES (?, ?)", "ir",
	    INT64_C(1) << 40, 0.5));
	assert_true(db_exec(db, &err, "INSERT INTO note(text, more) VALUES (?, ?)", "tb",
	    "empty", "", (size_t)0));

	query = db_query(db,
	    "SELECT id, text, more, number = 0.5, NULL FROM note LEFT JOIN page"
	    " ON note = id WHERE id >= ? ORDER BY id",
	    "i", INT64_C(1));
	assert_true(db_step(query, &err));
	assert_int_equal(db_int(query, 0), INT64_C(1) << 40);
	assert_string_equal(db_text(query, 1), "ラトニック");
	blob = db_blob(query, 2, &len);
	assert_int_equal(len, 2);
	assert_memory_equal(blob, "\0\xff", 2);
	assert_int_equal(db_int(query, 3), 1);
	assert_true(db_is_null(query, 4));
	assert_null(db_text(query, 4));
	assert_true(db_step(query, &err));
	assert_false(db_is_null(query, 2));
	(void)db_blob(query, 2, &len);
	assert_int_equal(len, 0);
	strcpy(err.text, "old");
	assert_false(db_step(query, &err));
	assert_string_equal(err.text, "");
	db_done(query);
}

static void
a_missing_integer_has_its_default(void **state)
{
	struct db *db = ((struct shelf *)*state)->db;
	int64_t value;

	assert_true(db_read_int(db, NULL, &value, 42, "SELECT id FROM note", ""));
	assert_int_equal(value, 42);
	assert_true(db_read_int(db, NULL, &value, 42, "SELECT max(id) FROM note", ""));
	assert_int_equal(value, 42);
}

static void
errors_say_what_and_where(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	struct db_query *query;

	shelf_add(shelf, "one");
	assert_false(add(shelf, "one", &err));
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, shelf->path));
	assert_non_null(strstr(err.text, "UNIQUE constraint failed: note.text"));
	assert_false(db_exec(shelf->db, &err, "INSERT INTO page(note) VALUES (99)", ""));
	assert_non_null(strstr(err.text, "FOREIGN KEY"));
	assert_false(db_exec(shelf->db, &err, "SELECT \"no column\"", ""));

	query = db_query(shelf->db, "SELECT nonsense FROM note", "");
	assert_non_null(query);
	assert_false(db_step(query, &err));
	assert_non_null(strstr(err.text, "no such column: nonsense"));
	db_done(query);
	shelf_add(shelf, "two"); /* it goes on */
	assert_int_equal(shelf_count(shelf->db), 2);
}

static void
texts_that_are_not_utf8_do_not_come_out(void **state)
{
	struct db *db = ((struct shelf *)*state)->db;
	struct error err = { 0 };
	struct db_query *query;

	assert_true(
	    db_exec(db, &err, "INSERT INTO note(text) VALUES (CAST(x'61ff' AS TEXT))", ""));
	query = db_query(db, "SELECT text FROM note", "");
	assert_false(db_step(query, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(strstr(err.text, "not UTF-8"));
	db_done(query);
}

/* -- opening -- */

static void
is_set_up_as_the_design_says(void **state)
{
	struct db *db = ((struct shelf *)*state)->db;
	struct db_query *query = db_query(db, "PRAGMA journal_mode", "");
	int64_t value;

	assert_true(db_step(query, NULL));
	assert_string_equal(db_text(query, 0), "wal");
	db_done(query);
	assert_true(db_read_int(db, NULL, &value, -1, "PRAGMA synchronous", ""));
	assert_int_equal(value, 1);
	assert_true(db_read_int(db, NULL, &value, -1, "PRAGMA foreign_keys", ""));
	assert_int_equal(value, 1);
	assert_true(db_read_int(db, NULL, &value, -1, "PRAGMA trusted_schema", ""));
	assert_int_equal(value, 0);
}

static void
is_locked_against_a_second(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	assert_null(db_open(shelf->path, shelf_schemas, NULL, &err));
	assert_non_null(strstr(err.text, "in use by another dealwatch"));
	db_close(shelf->db);
	shelf->db = db_open(shelf->path, shelf_schemas, NULL, &err);
	assert_non_null(shelf->db);
}

static void
older_files_are_brought_up(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	int64_t seen;

	shelf_add(shelf, "old");
	db_close(shelf->db);
	shelf->db = db_open(shelf->path, version_2, NULL, &err);
	assert_non_null(shelf->db);
	assert_true(db_read_int(
	    shelf->db, &err, &seen, -1, "SELECT seen FROM note WHERE text = 'old'", ""));
	assert_int_equal(seen, 7);
}

static void
newer_files_are_refused(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	db_close(shelf->db);
	db_close(db_open(shelf->path, version_2, NULL, &err));
	shelf->db = NULL;
	assert_null(db_open(shelf->path, shelf_schemas, NULL, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(
	    strstr(err.text, "made by a newer dealwatch (notes 2, this one knows 1)"));
}

static void
a_failing_step_changes_nothing(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	int64_t tables;

	db_close(shelf->db);
	shelf->db = NULL;
	assert_null(db_open(shelf->path, version_broken, NULL, &err));
	assert_non_null(strstr(err.text, "tables of notes, step 1"));
	assert_non_null(strstr(err.text, "already exists"));
	shelf_open(shelf);
	assert_true(db_read_int(shelf->db, &err, &tables, 0,
	    "SELECT count(*) FROM sqlite_schema WHERE name = 'half'", ""));
	assert_int_equal(tables, 0);
}

static void
write_file(const char *path, const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
a_file_that_is_no_database_is_refused(void **state)
{
	struct shelf *shelf = *state;
	char noise[5000];
	struct error err = { 0 };

	db_close(shelf->db);
	shelf->db = NULL;
	memset(noise, 'x', sizeof(noise));
	write_file(shelf->path, noise, sizeof(noise));
	assert_null(db_open(shelf->path, shelf_schemas, NULL, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(strstr(err.text, "not a database"));
	assert_null(db_open_read(shelf->path, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
a_database_of_others_is_refused(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	assert_true(db_exec(shelf->db, &err, "PRAGMA application_id = 17", ""));
	db_close(shelf->db);
	shelf->db = NULL;
	assert_null(db_open(shelf->path, shelf_schemas, NULL, &err));
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(strstr(err.text, "not one that dealwatch made"));
	assert_null(db_open_read(shelf->path, &err));
	assert_non_null(strstr(err.text, "not one that dealwatch made"));
}

static void
a_folder_that_is_not_there_is_told(void **state)
{
	struct error err = { 0 };

	assert_null(db_open("/nonexistent/state.db", shelf_schemas, NULL, &err));
	assert_non_null(strstr(err.text, "No such file or directory"));
	assert_null(db_open_read("/nonexistent/state.db", &err));
	assert_non_null(strstr(err.text, "No such file or directory"));
}

static void
a_reader_does_not_write(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	struct db *db = db_open_read(shelf->path, &err);

	assert_non_null(db);
	assert_false(db_exec(db, &err, "INSERT INTO note(text) VALUES ('one')", ""));
	assert_true(db_begin(db, &err));
	assert_int_equal(shelf_count(db), 0);
	shelf_add(shelf, "two");
	assert_int_equal(shelf_count(db), 0); /* one view as long as it lasts */
	assert_true(db_commit(db, DB_GROUPED, &err));
	assert_int_equal(shelf_count(db), 1);
	db_close(db);
}

static void
lives_in_memory_too(void **state)
{
	struct shelf shelf = { .path = ":memory:" };

	shelf_open(&shelf);
	shelf_add_alone(&shelf, "one", DB_NOW);
	shelf_add_alone(&shelf, "two", DB_GROUPED);
	assert_int_equal(shelf_count(shelf.db), 2);
	db_close(shelf.db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHELF(values_come_back),
		SHELF(a_missing_integer_has_its_default),
		SHELF(errors_say_what_and_where),
		SHELF(texts_that_are_not_utf8_do_not_come_out),
		SHELF(is_set_up_as_the_design_says),
		SHELF(is_locked_against_a_second),
		SHELF(older_files_are_brought_up),
		SHELF(newer_files_are_refused),
		SHELF(a_failing_step_changes_nothing),
		SHELF(a_file_that_is_no_database_is_refused),
		SHELF(a_database_of_others_is_refused),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
		SHELF(a_reader_does_not_write),
		cmocka_unit_test(lives_in_memory_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
