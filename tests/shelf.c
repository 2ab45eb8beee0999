/*
 * A store in a folder of its own.
 */
#include "tests/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

static const char *const steps[] = {
	"CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, more BLOB) STRICT;"
	"CREATE TABLE page(note INTEGER NOT NULL REFERENCES note(id), number REAL) STRICT",
	NULL,
};
static const struct db_schema schema = { "notes", steps };
const struct db_schema *const shelf_schemas[] = { &schema, NULL };

static void
on_lost(void *ctx, const struct error *why)
{
	struct shelf *shelf = ctx;

	shelf->lost++;
	shelf->why = *why;
}

void
shelf_open(struct shelf *shelf)
{
	struct error err = { 0 };

	shelf->db = db_open(shelf->path, shelf_schemas, shelf->clock, &err);
	assert_string_equal(err.text, "");
	assert_non_null(shelf->db);
	db_on_lost(shelf->db, on_lost, shelf);
}

int
shelf_set_up(void **state)
{
	struct shelf *shelf = mem_zalloc(sizeof(*shelf));

	strcpy(shelf->folder, "/tmp/test_db.XXXXXX");
	assert_non_null(mkdtemp(shelf->folder));
	(void)snprintf(shelf->path, sizeof(shelf->path), "%s/state.db", shelf->folder);
	shelf->clock = clock_open_virtual(1000);
	shelf_open(shelf);
	*state = shelf;
	return 0;
}

int
shelf_tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
	struct shelf *shelf = *state;
	char path[128];

	db_close(shelf->db);
	clock_close(shelf->clock);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", shelf->path, ends[i]);
		(void)unlink(path); /* not all of them are there */
	}
	assert_int_equal(rmdir(shelf->folder), 0);
	free(shelf);
	return 0;
}

void
shelf_begin(struct shelf *shelf)
{
	struct error err = { 0 };

	if (!db_begin(shelf->db, &err))
		fail_msg("%s", err.text);
}

void
shelf_add(struct shelf *shelf, const char *text)
{
	struct error err = { 0 };

	if (!db_exec(shelf->db, &err, "INSERT INTO note(text) VALUES (?)", "t", text))
		fail_msg("%s", err.text);
}

void
shelf_commit(struct shelf *shelf, enum db_when when)
{
	struct error err = { 0 };

	if (!db_commit(shelf->db, when, &err))
		fail_msg("%s", err.text);
}

void
shelf_add_alone(struct shelf *shelf, const char *text, enum db_when when)
{
	shelf_begin(shelf);
	shelf_add(shelf, text);
	shelf_commit(shelf, when);
}

int64_t
shelf_count(struct db *db)
{
	struct error err = { 0 };
	int64_t value = -1;

	if (!db_read_int(db, &err, &value, -1, "SELECT count(*) FROM note", ""))
		fail_msg("%s", err.text);
	return value;
}

bool
shelf_has(struct shelf *shelf, const char *text)
{
	int64_t value;

	assert_true(db_read_int(shelf->db, NULL, &value, 0,
	    "SELECT count(*) FROM note WHERE text = ?", "t", text));
	return value == 1;
}

int64_t
shelf_count_outside(struct shelf *shelf)
{
	struct error err = { 0 };
	struct db *db = db_open_read(shelf->path, &err);
	int64_t value;

	assert_non_null(db);
	value = shelf_count(db);
	db_close(db);
	return value;
}
