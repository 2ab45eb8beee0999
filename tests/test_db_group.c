/*
 * The store: groups, undoing, and what survives a full disk and a killed process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "tests/shelf.h"

static bool
add(struct shelf *shelf, const char *text, struct error *err)
{
	return db_exec(shelf->db, err, "INSERT INTO note(text) VALUES (?)", "t", text);
}

static void
reopen(struct shelf *shelf)
{
	db_close(shelf->db);
	shelf_open(shelf);
}

/* -- groups -- */

static void
a_group_waits_50_ms(void **state)
{
	struct shelf *shelf = *state;

	shelf_add_alone(shelf, "one", DB_GROUPED);
	clock_move_to(shelf->clock, 1030);
	shelf_add_alone(shelf, "two", DB_GROUPED);
	assert_true(db_is_pending(shelf->db));
	assert_int_equal(shelf_count(shelf->db), 2); /* we see our own */
	assert_int_equal(shelf_count_outside(shelf), 0);
	clock_move_to(shelf->clock, 1000 + DB_GROUP_MS - 1);
	assert_int_equal(shelf_count_outside(shelf), 0);
	clock_move_to(shelf->clock, 1000 + DB_GROUP_MS); /* counted from the first */
	assert_int_equal(shelf_count_outside(shelf), 2);
	assert_false(db_is_pending(shelf->db));
	assert_int_equal(clock_next_ms(shelf->clock), -1);
	assert_int_equal(shelf->lost, 0);
}

static void
now_takes_the_group_along(void **state)
{
	struct shelf *shelf = *state;

	shelf_add_alone(shelf, "one", DB_GROUPED);
	shelf_add_alone(shelf, "two", DB_NOW);
	assert_int_equal(shelf_count_outside(shelf), 2);
	assert_false(db_is_pending(shelf->db));
	assert_int_equal(clock_next_ms(shelf->clock), -1);
}

static void
flush_and_close_commit_the_group(void **state)
{
	struct shelf *shelf = *state;

	assert_true(db_flush(shelf->db, NULL)); /* there is none */
	shelf_add_alone(shelf, "one", DB_GROUPED);
	assert_true(db_flush(shelf->db, NULL));
	assert_int_equal(shelf_count_outside(shelf), 1);
	shelf_add_alone(shelf, "two", DB_GROUPED);
	reopen(shelf);
	assert_int_equal(shelf_count(shelf->db), 2);
	shelf_begin(shelf);
	shelf_add(shelf, "three");
	reopen(shelf); /* an open transaction is undone */
	assert_int_equal(shelf_count(shelf->db), 2);
}

static void
a_rollback_leaves_the_others_of_the_group(void **state)
{
	struct shelf *shelf = *state;

	shelf_add_alone(shelf, "one", DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "two");
	db_rollback(shelf->db);
	assert_true(db_is_pending(shelf->db));
	shelf_add_alone(shelf, "three", DB_GROUPED);
	clock_move_to(shelf->clock, 2000);
	assert_int_equal(shelf_count_outside(shelf), 2);
	assert_true(shelf_has(shelf, "one") && shelf_has(shelf, "three"));
}

static void
a_rollback_alone_leaves_no_group(void **state)
{
	struct shelf *shelf = *state;

	shelf_begin(shelf);
	shelf_add(shelf, "one");
	db_rollback(shelf->db);
	assert_false(db_is_pending(shelf->db));
	assert_int_equal(shelf_count(shelf->db), 0);
	assert_int_equal(clock_next_ms(shelf->clock), -1);
	shelf_begin(shelf); /* reads only */
	assert_int_equal(shelf_count(shelf->db), 0);
	shelf_commit(shelf, DB_NOW);
}

static void
transactions_nest(void **state)
{
	struct shelf *shelf = *state;

	shelf_begin(shelf);
	shelf_add(shelf, "outer");
	shelf_begin(shelf);
	shelf_add(shelf, "inner kept");
	shelf_commit(shelf, DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "inner undone");
	db_rollback(shelf->db);
	assert_false(db_is_pending(shelf->db)); /* it is open, it does not wait */
	shelf_commit(shelf, DB_GROUPED);
	assert_true(db_is_pending(shelf->db));
	assert_int_equal(shelf_count(shelf->db), 2);

	shelf_begin(shelf);
	shelf_begin(shelf);
	shelf_add(shelf, "undone with the outer");
	shelf_commit(shelf, DB_NOW); /* cannot be made before the outer ends */
	assert_int_equal(shelf_count_outside(shelf), 0);
	db_rollback(shelf->db);
	assert_int_equal(shelf_count(shelf->db), 2);

	shelf_begin(shelf);
	shelf_begin(shelf);
	shelf_add(shelf, "now");
	shelf_commit(shelf, DB_NOW);
	shelf_commit(shelf, DB_GROUPED);
	assert_int_equal(shelf_count_outside(shelf), 3);
}

static void
the_timer_does_not_cut_a_transaction(void **state)
{
	struct shelf *shelf = *state;

	shelf_add_alone(shelf, "one", DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "two");
	clock_move_to(shelf->clock, 2000);
	assert_int_equal(shelf_count_outside(shelf), 0);
	shelf_commit(shelf, DB_GROUPED);
	clock_move_to(shelf->clock, 2000 + DB_GROUP_MS);
	assert_int_equal(shelf_count_outside(shelf), 2);
}

static void
without_a_clock_every_commit_is_made_at_once(void **state)
{
	struct shelf *shelf = *state;

	db_close(shelf->db);
	shelf->db = db_open(shelf->path, shelf_schemas, NULL, NULL);
	assert_non_null(shelf->db);
	shelf_add_alone(shelf, "one", DB_GROUPED);
	assert_int_equal(shelf_count_outside(shelf), 1);
}

static void
a_query_may_be_open_over_a_commit(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };
	struct db_query *query;

	shelf_add_alone(shelf, "one", DB_GROUPED);
	shelf_add_alone(shelf, "two", DB_GROUPED);
	query = db_query(shelf->db, "SELECT text FROM note ORDER BY id", "");
	assert_true(db_step(query, &err));
	clock_move_to(shelf->clock, 2000);
	shelf_add_alone(shelf, "three", DB_NOW);
	assert_true(db_step(query, &err));
	assert_string_equal(db_text(query, 0), "two");
	db_done(query);
	assert_int_equal(shelf_count_outside(shelf), 3);
}

/* -- failures -- */

static const char big[] = "INSERT INTO note(text, more) VALUES (?, zeroblob(1000000))";

static void
let_the_file_grow_no_more(struct shelf *shelf)
{
	int64_t pages;

	assert_true(
	    db_read_int(shelf->db, NULL, &pages, 0, "PRAGMA max_page_count = 20", ""));
	assert_int_equal(pages, 20);
}

static void
a_full_store_undoes_the_group_and_says_so(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	let_the_file_grow_no_more(shelf);
	shelf_add_alone(shelf, "first", DB_NOW);
	shelf_add_alone(shelf, "counted", DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "two");
	assert_false(db_exec(shelf->db, &err, big, "t", "big"));
	assert_non_null(strstr(err.text, "full"));
	assert_int_equal(shelf->lost, 0); /* not while a transaction is open */

	/* the rest of the transaction goes nowhere, and says the same */
	assert_false(add(shelf, "three", &err));
	assert_non_null(strstr(err.text, "full"));
	assert_false(db_begin(shelf->db, &err));
	err.text[0] = '\0';
	assert_false(db_commit(shelf->db, DB_NOW, &err));
	assert_non_null(strstr(err.text, "full"));
	assert_int_equal(shelf->lost, 1);
	assert_non_null(strstr(shelf->why.text, "full"));
	assert_false(db_is_pending(shelf->db));
	assert_int_equal(clock_next_ms(shelf->clock), -1);

	/* and afterwards it goes on */
	assert_int_equal(shelf_count(shelf->db), 1);
	shelf_add_alone(shelf, "after", DB_GROUPED);
	clock_move_to(shelf->clock, 2000);
	assert_int_equal(shelf_count_outside(shelf), 2);
	assert_int_equal(shelf->lost, 1);
}

static void
a_full_store_in_a_nested_transaction(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	let_the_file_grow_no_more(shelf);
	shelf_begin(shelf);
	shelf_add(shelf, "outer");
	shelf_begin(shelf);
	assert_false(db_exec(shelf->db, &err, big, "t", "big"));
	db_rollback(shelf->db);
	assert_false(add(shelf, "still outer", &err)); /* not by itself */
	assert_false(db_commit(shelf->db, DB_GROUPED, &err));
	assert_non_null(strstr(err.text, "full"));
	assert_int_equal(shelf->lost, 0); /* nothing was counted as done */
	assert_int_equal(shelf_count(shelf->db), 0);
	shelf_add_alone(shelf, "after", DB_NOW);
	assert_int_equal(shelf_count_outside(shelf), 1);
}

static void
a_full_store_outside_of_transactions(void **state)
{
	struct shelf *shelf = *state;
	struct error err = { 0 };

	let_the_file_grow_no_more(shelf);
	shelf_add_alone(shelf, "counted", DB_GROUPED);
	assert_false(db_exec(shelf->db, &err, big, "t", "big"));
	assert_int_equal(shelf->lost, 1);
	assert_int_equal(shelf_count(shelf->db), 0);
}

/* Files of this process may not grow past what the WAL needs for a page or two. */
static void
forbid_growth(void)
{
	struct rlimit limit = { 20000, 20000 };

	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* More than that file could hold, in a transaction that stays open. */
static void
fill(struct shelf *shelf, const char *prefix)
{
	char text[1000];
	int len;

	shelf_begin(shelf);
	for (int i = 0; i < 40; i++) {
		memset(text, 'x', sizeof(text));
		len = snprintf(text, 20, "%s%d", prefix, i);
		text[len] = ' ';
		text[sizeof(text) - 1] = '\0';
		shelf_add(shelf, text);
	}
}

/* Runs in a child of its own, which ends with 0 when all is as it should be. */
typedef bool child_fn(struct shelf *shelf);

static bool
in_child(struct shelf *shelf, child_fn *run)
{
	pid_t child;
	int status;

	db_close(shelf->db); /* the lock, and SQLite, do not go through fork() */
	shelf->db = NULL;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		shelf_open(shelf);
		_exit(run(shelf) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	shelf_open(shelf);
	return WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL;
}

static bool
lose_the_group_in_the_timer(struct shelf *shelf)
{
	fill(shelf, "kept");
	shelf_commit(shelf, DB_NOW);
	fill(shelf, "lost");
	shelf_commit(shelf, DB_GROUPED);
	forbid_growth();
	clock_move_to(shelf->clock, 2000);
	return shelf->lost == 1 && strstr(shelf->why.text, "disk I/O error") != NULL &&
	       !db_is_pending(shelf->db) && shelf_count(shelf->db) == 40 &&
	       clock_next_ms(shelf->clock) == -1;
}

static void
a_timer_that_cannot_commit_tells_of_the_loss(void **state)
{
	struct shelf *shelf = *state;

	assert_true(in_child(shelf, lose_the_group_in_the_timer));
	assert_int_equal(shelf_count(shelf->db), 40);
}

static bool
fail_to_commit_now(struct shelf *shelf)
{
	struct error err = { 0 };

	shelf_add_alone(shelf, "counted", DB_GROUPED);
	fill(shelf, "lost");
	forbid_growth();
	return !db_commit(shelf->db, DB_NOW, &err) &&
	       strstr(err.text, "disk I/O error") != NULL && shelf->lost == 1 &&
	       shelf_count(shelf->db) == 0 && !db_is_pending(shelf->db);
}

static void
a_commit_that_fails_undoes_the_group(void **state)
{
	struct shelf *shelf = *state;

	assert_true(in_child(shelf, fail_to_commit_now));
	assert_int_equal(shelf_count(shelf->db), 0);
}

static bool
fail_to_flush(struct shelf *shelf)
{
	struct error err = { 0 };

	fill(shelf, "lost");
	shelf_commit(shelf, DB_GROUPED);
	forbid_growth();
	return !db_flush(shelf->db, &err) && strstr(err.text, "disk I/O error") != NULL &&
	       shelf->lost == 1 && db_flush(shelf->db, &err);
}

static void
a_flush_that_fails_tells_of_the_loss(void **state)
{
	struct shelf *shelf = *state;

	assert_true(in_child(shelf, fail_to_flush));
	assert_int_equal(shelf_count(shelf->db), 0);
}

static bool
commit_and_die(struct shelf *shelf)
{
	shelf_add_alone(shelf, "grouped before", DB_GROUPED);
	shelf_add_alone(shelf, "now", DB_NOW);
	shelf_add_alone(shelf, "grouped after", DB_GROUPED);
	shelf_begin(shelf);
	shelf_add(shelf, "open");
	(void)kill(getpid(), SIGKILL);
	return false;
}

static void
what_was_committed_survives_a_kill(void **state)
{
	struct shelf *shelf = *state;

	assert_true(in_child(shelf, commit_and_die));
	assert_int_equal(shelf_count(shelf->db), 2);
	assert_true(shelf_has(shelf, "grouped before") && shelf_has(shelf, "now"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHELF(a_group_waits_50_ms),
		SHELF(now_takes_the_group_along),
		SHELF(flush_and_close_commit_the_group),
		SHELF(a_rollback_leaves_the_others_of_the_group),
		SHELF(a_rollback_alone_leaves_no_group),
		SHELF(transactions_nest),
		SHELF(the_timer_does_not_cut_a_transaction),
		SHELF(without_a_clock_every_commit_is_made_at_once),
		SHELF(a_query_may_be_open_over_a_commit),
		SHELF(a_full_store_undoes_the_group_and_says_so),
		SHELF(a_full_store_in_a_nested_transaction),
		SHELF(a_full_store_outside_of_transactions),
		SHELF(a_timer_that_cannot_commit_tells_of_the_loss),
		SHELF(a_commit_that_fails_undoes_the_group),
		SHELF(a_flush_that_fails_tells_of_the_loss),
		SHELF(what_was_committed_survives_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
