/*
 * A worker that cannot be given its files: the message names the cause, whatever was done
 * to clean up after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "feeds/process.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names that
 * the linker's --wrap gives */
int __wrap_close(int fd);
int __real_close(int fd);

/* As a close() may: errno is not what it was. */
int
__wrap_close(int fd)
{
	int result = __real_close(fd);

	errno = EDOM;
	return result;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

struct row {
	const char *name;
	rlim_t files; /* so many more may be open */
	int cause;
	const char *what;
};

static const struct row rows[] = {
	{ "no number for the board", 0, EMFILE, "no board for the worker" },
	{ "no number for the channel", 1, EMFILE, "no channel for the worker" },
	{ "one number for two ends of the channel", 2, EMFILE,
	    "no channel for the worker" },
	{ "no number for the worker's own", 3, EINVAL,
	    "the feeds' worker: /bin/true: cannot be started" },
};

/* The first number that is free. */
static rlim_t
count_open(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	assert_int_equal(__real_close(fd), 0);
	return (rlim_t)fd;
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct rlimit old, low;
	struct process process;
	struct error err = { 0 };
	const struct list none = { 0 };
	int fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){ count_open() + row->files, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_false(process_start(&process, "/bin/true", &none, &fd, &err));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_non_null(strstr(err.text, row->what));
	if (strstr(err.text, strerror(row->cause)) == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(process.pid, 0);
}

int
main(void)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest tests[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = check_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
