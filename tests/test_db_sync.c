/*
 * The store: what is on the disk when a commit returns. A layer under SQLite counts the
 * syncs of the WAL, and lets them fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "tests/shelf.h"
#include "tests/sync_layer.h"

static int
set_up(void **state)
{
	sync_layer_begin();
	return shelf_set_up(state);
}

static int
tear_down(void **state)
{
	sync_layer_fail(false);
	assert_int_equal(shelf_tear_down(state), 0);
	sync_layer_end();
	return 0;
}

static void
now_syncs_the_wal_before_it_returns(void **state)
{
	struct shelf *shelf = *state;
	int before = sync_layer_count();

	shelf_add_alone(shelf, "one", DB_NOW);
	assert_int_equal(sync_layer_count(), before + 1);
	shelf_add_alone(shelf, "two", DB_GROUPED);
	shelf_add_alone(shelf, "three", DB_NOW);
	assert_int_equal(sync_layer_count(), before + 2);
}

static void
a_group_is_not_synced(void **state)
{
	struct shelf *shelf = *state;
	int before;

	shelf_add_alone(shelf, "one", DB_NOW);
	before = sync_layer_count();
	for (int i = 0; i < 10; i++) {
		shelf_begin(shelf);
		assert_true(db_exec(shelf->db, NULL,
		    "INSERT INTO note(text) VALUES (CAST(? AS TEXT))", "i", (int64_t)i));
		shelf_commit(shelf, DB_GROUPED);
		clock_move_to(shelf->clock, clock_now_ms(shelf->clock) + DB_GROUP_MS);
	}
	assert_int_equal(shelf_count_outside(shelf), 11);
	assert_int_equal(sync_layer_count(), before);
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
	sync_layer_fail(true);
	assert_false(db_commit(shelf->db, DB_NOW, &err));
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_non_null(
	    strstr(err.text, "committed, but not safe on the disk: Input/output error"));
	assert_int_equal(shelf->lost, 1);

	sync_layer_fail(false); /* a second sync would lie */
	assert_false(db_begin(shelf->db, &err));
	assert_non_null(strstr(err.text, "not safe on the disk"));
	assert_false(db_flush(shelf->db, &err));
	assert_false(db_exec(shelf->db, &err, "INSERT INTO note(text) VALUES ('x')", ""));
	assert_false(db_read_int(shelf->db, &err, &value, 0, "SELECT 1", ""));
	db_close(shelf->db);
	shelf_open(shelf);
	assert_int_equal(shelf_count(shelf->db), 2);
}

/* Nothing is lost with it; but memory may be ahead of what the disk holds. */
static void
a_failed_sync_of_one_alone_is_told(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	shelf_begin(shelf);
	shelf_add(shelf, "now");
	sync_layer_fail(true);
	assert_false(db_commit(shelf->db, DB_NOW, &err));
	assert_true(db_is_unsafe(shelf->db));
	assert_int_equal(shelf->lost, 1);
	assert_string_equal(shelf->why.text, err.text);
}

#define LAYER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LAYER(now_syncs_the_wal_before_it_returns),
		LAYER(a_group_is_not_synced),
		LAYER(after_a_failed_sync_nothing_goes_on),
		LAYER(a_failed_sync_of_one_alone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
