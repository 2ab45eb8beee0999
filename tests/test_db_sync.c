/*
 * The store: what is on the disk when a commit returns. A layer under SQLite counts the
 * syncs of the WAL, and lets one fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "tests/shelf.h"

struct layer {
	sqlite3_vfs vfs; /* ours: the real one but for xOpen */
	sqlite3_vfs *real;
	sqlite3_io_methods wal; /* the real ones but for xSync */
	const sqlite3_io_methods *real_wal;
	int syncs;
	bool is_failing;
};

static struct layer *
the_layer(void)
{
	static struct layer layer;

	return &layer;
}

static int
on_sync(sqlite3_file *file, int flags)
{
	struct layer *layer = the_layer();

	layer->syncs++;
	if (layer->is_failing) {
		errno = EIO;
		return SQLITE_IOERR_FSYNC;
	}
	return layer->real_wal->xSync(file, flags);
}

static int
on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
	struct layer *layer = the_layer();
	int code = layer->real->xOpen(layer->real, name, file, flags, flags_out);

	if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
		layer->real_wal = file->pMethods;
		layer->wal = *file->pMethods;
		layer->wal.xSync = on_sync;
		file->pMethods = &layer->wal;
	}
	return code;
}

static int
set_up(void **state)
{
	struct layer *layer = the_layer();

	*layer = (struct layer){ .real = sqlite3_vfs_find("unix") };
	layer->vfs = *layer->real;
	layer->vfs.zName = "layer";
	layer->vfs.xOpen = on_open;
	assert_int_equal(sqlite3_vfs_register(&layer->vfs, 1), SQLITE_OK);
	return shelf_set_up(state);
}

static int
tear_down(void **state)
{
	the_layer()->is_failing = false;
	assert_int_equal(shelf_tear_down(state), 0);
	return sqlite3_vfs_unregister(&the_layer()->vfs);
}

static void
now_syncs_the_wal_before_it_returns(void **state)
{
	struct shelf *shelf = *state;
	int before = the_layer()->syncs;

	shelf_add_alone(shelf, "one", DB_NOW);
	assert_int_equal(the_layer()->syncs, before + 1);
	shelf_add_alone(shelf, "two", DB_GROUPED);
	shelf_add_alone(shelf, "three", DB_NOW);
	assert_int_equal(the_layer()->syncs, before + 2);
}

static void
a_group_is_not_synced(void **state)
{
	struct shelf *shelf = *state;
	int before;

	shelf_add_alone(shelf, "one", DB_NOW);
	before = the_layer()->syncs;
	for (int i = 0; i < 10; i++) {
		shelf_begin(shelf);
		assert_true(db_exec(shelf->db, NULL,
		    "INSERT INTO note(text) VALUES (CAST(? AS TEXT))", "i", (int64_t)i));
		shelf_commit(shelf, DB_GROUPED);
		clock_move_to(shelf->clock, clock_now_ms(shelf->clock) + DB_GROUP_MS);
	}
	assert_int_equal(shelf_count_outside(shelf), 11);
	assert_int_equal(the_layer()->syncs, before);
}

static void
after_a_failed_sync_nothing_goes_on(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	int64_t value;

	shelf_add_alone(shelf, "counted", DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "now");
	the_layer()->is_failing = true;
	assert_false(db_commit(shelf->db, DB_NOW, &err));
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_non_null(
	    strstr(err.text, "committed, but not safe on the disk: Input/output error"));
	assert_int_equal(shelf->lost, 1);

	the_layer()->is_failing = false; /* a second sync would lie */
	assert_false(db_begin(shelf->db, &err));
	assert_non_null(strstr(err.text, "not safe on the disk"));
	assert_false(db_flush(shelf->db, &err));
	assert_false(db_exec(shelf->db, &err, "INSERT INTO note(text) VALUES ('x')", ""));
	assert_false(db_read_int(shelf->db, &err, &value, 0, "SELECT 1", ""));
	db_close(shelf->db);
	shelf_open(shelf);
	assert_int_equal(shelf_count(shelf->db), 2);
}

#define LAYER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LAYER(now_syncs_the_wal_before_it_returns),
		LAYER(a_group_is_not_synced),
		LAYER(after_a_failed_sync_nothing_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
