/*
 * Crash points, and what the store holds after each of its own. Only in builds that have
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/db.h"
#include "tests/shelf.h"

/* Runs in a child; how many passes of "test" it survived is its exit status. */
static int
pass_three_times(struct shelf *shelf)
{
	for (int i = 0; i < 3; i++) {
		crash_point("other");
		crash_point("test");
	}
	return 3;
}

static int
count_flags(struct shelf *shelf)
{
	int raised = 0;

	for (int i = 0; i < 5; i++)
		raised += crash_flag("test") ? 10 + i : 0;
	return raised;
}

static int
commit_now(struct shelf *shelf)
{
	shelf_open(shelf);
	shelf_add_alone(shelf, "one", DB_NOW);
	return 0;
}

static int
commit_by_timer(struct shelf *shelf)
{
	shelf_open(shelf);
	shelf_add_alone(shelf, "one", DB_GROUPED);
	clock_move_to(shelf->clock, 2000);
	return 0;
}

struct row {
	const char *plan; /* NULL: no such file */
	int (*run)(struct shelf *shelf);
	int64_t notes; /* in the store after it */
	int status;    /* when it is not killed */
	bool is_killed;
	bool is_spent; /* the file is gone */
};

static const struct row rows[] = {
	{ NULL, pass_three_times, 0, 3, false, true },
	{ "test 1", pass_three_times, 0, 0, true, true },
	{ "test 3\n", pass_three_times, 0, 0, true, true },
	{ "test 4", pass_three_times, 0, 3, false, false },
	{ "test 0", pass_three_times, 0, 3, false, false },
	{ "nothing 1", pass_three_times, 0, 3, false, false },
	{ "test", pass_three_times, 0, 3, false, false },
	{ "", pass_three_times, 0, 3, false, false },
	{ "test 2", count_flags, 0, 11, false, true },
	{ "test 9", count_flags, 0, 0, false, false },
	/* the first commit of a process is that of the migration */
	{ "before-commit 2", commit_now, 0, 0, true, true },
	{ "after-commit 2", commit_now, 1, 0, true, true },
	{ "before-commit 2", commit_by_timer, 0, 0, true, true },
	{ "group-commit 1", commit_by_timer, 0, 0, true, true },
	{ "after-commit 2", commit_by_timer, 1, 0, true, true },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
write_plan(const char *path, const char *plan)
{
	FILE *file;

	if (plan == NULL)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(plan, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The plan is read once a process, so every row is a child. */
static void
check_row(void **state)
{
	const struct row *row = *state;
	struct shelf *shelf;
	char path[128];
	void *fresh;
	pid_t child;
	int status;

	shelf_set_up(&fresh);
	shelf = fresh;
	db_close(shelf->db);
	shelf->db = NULL;
	(void)snprintf(path, sizeof(path), "%s.plan", shelf->path);
	write_plan(path, row->plan);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setenv("DEALWATCH_CRASH", path, 1) != 0)
			_exit(99);
		_exit(row->run(shelf));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(
	    WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, row->is_killed);
	if (!row->is_killed)
		assert_int_equal(WEXITSTATUS(status), row->status);
	assert_int_equal(access(path, F_OK) != 0, row->is_spent);
	(void)unlink(path); /* where it is not spent */
	shelf_open(shelf);
	assert_int_equal(shelf_count(shelf->db), row->notes);
	shelf_tear_down(&fresh);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS];
	char names[ROWS][64];

	for (size_t i = 0; i < ROWS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "row %zu: %s", i,
		    rows[i].plan == NULL ? "no file" : rows[i].plan);
		names[i][strcspn(names[i], "\n")] = '\0';
		tests[i] = (struct CMUnitTest){ .name = names[i],
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
