/*
 * The sandbox: what it prevents, each thing tried inside and, where anybody may do it,
 * outside; kernels that can do less; what a worker is told about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/sandbox.h"
#include "base/sandbox_private.h"
#include "feeds/confine.h"
#include "feeds/confinement.h"
#include "feeds/trial.h"

/* What the kernel says of Landlock, if not the truth; 0: the truth, -1: there is none. */
static long said_abi;

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names that
 * the linker's --wrap gives */
long __wrap_syscall(long number, long a, long b, long c, long d);
long __real_syscall(long number, long a, long b, long c, long d);

long
__wrap_syscall(long number, long a, long b, long c, long d)
{
	if (number == SYS_landlock_create_ruleset && said_abi < 0) {
		errno = ENOSYS;
		return -1;
	}
	if (number == SYS_landlock_create_ruleset && c == 1 && said_abi > 0)
		return said_abi;
	return __real_syscall(number, a, b, c, d);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

/* -- trials -- */

static int
attempt_in(const struct trial *trial, bool is_shut_in)
{
	struct confinement confinement = { 0 };
	struct error err = { 0 };
	unsigned parts = 0;

	confinement_add_usual(&confinement);
	if (is_shut_in && !confine_worker(&confinement, &parts, &err))
		return ENOTRECOVERABLE;
	return trial->attempt();
}

/* In a process of its own, since there is no way out. @return what attempt() said */
static int
attempt(const struct trial *trial, bool is_shut_in)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(attempt_in(trial, is_shut_in));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
denied_inside(void **state)
{
	int failed = attempt(*state, true);

	assert_true(failed == EACCES || failed == EPERM);
}

/* Else the row above would say nothing. */
static void
open_outside(void **state)
{
	assert_int_equal(attempt(*state, false), 0);
}

/* -- kernels -- */

struct kernel {
	const char *name;
	long abi;
	bool is_best_effort, is_good;
	unsigned parts;
};

static const struct kernel kernels[] = {
	{ "all parts", 0, false, true, SANDBOX_REQUIRED | SANDBOX_PORTS },
	{ "Landlock of Linux 6.1 has no ports", 2, false, true, SANDBOX_REQUIRED },
	{ "that of 6.2 neither", 3, false, true, SANDBOX_REQUIRED },
	{ "that of 6.7 has", 4, false, true, SANDBOX_REQUIRED | SANDBOX_PORTS },
	{ "without Landlock a worker does not start", -1, false, false, SANDBOX_CALLS },
	{ "unless that is allowed", -1, true, true, SANDBOX_CALLS },
};

/* @return 0, or what is not as the row says */
static int
shut_in(const struct kernel *kernel)
{
	struct confinement confinement = { .is_best_effort = kernel->is_best_effort };
	struct error err = { 0 };
	unsigned parts = 0;

	said_abi = kernel->abi;
	if (confine_worker(&confinement, &parts, &err) != kernel->is_good)
		return 1;
	if (parts != kernel->parts)
		return 2;
	if (!kernel->is_good && strstr(err.text, "Landlock") == NULL)
		return 3;
	return 0;
}

static void
check_kernel(void **state)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(shut_in(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- what a worker is told -- */

struct url {
	const char *name, *url;
	uint16_t port;
};

static const struct url urls[] = {
	{ "the port of http", "http://example.org/feed", 80 },
	{ "that of https", "https://example.org", 443 },
	{ "one that is written", "http://example.org:8080/a:9?b=:7", 8080 },
	{ "behind an IPv6 address", "https://[2001:db8::1]:8443/", 8443 },
	{ "an IPv6 address without one", "http://[2001:db8::1]/x:1", 80 },
	{ "before a query", "http://example.org:81?x", 81 },
	{ "an empty one is the scheme's", "https://example.org:/", 443 },
};

static void
check_url(void **state)
{
	const struct url *row = *state;
	struct confinement confinement = { 0 };

	assert_true(confinement_add_url(&confinement, row->url));
	assert_int_equal(confinement.port_count, 1);
	assert_int_equal(confinement.ports[0], row->port);
}

static void
arguments_are_read_as_written(void **state)
{
	struct confinement written = { .is_best_effort = true }, read;
	struct list arguments = { 0 };
	struct error err = { 0 };

	confinement_add_usual(&written);
	assert_true(confinement_add_port(&written, 65535));
	assert_true(confinement_add_port(&written, 80)); /* is there */
	list_add(&arguments, "dealwatch-feeds");
	confinement_write(&written, &arguments);
	assert_true(confinement_read(&read, (int)arguments.count, arguments.items, &err));
	assert_memory_equal(&read, &written, sizeof(read));
	list_clear(&arguments);
}

static void
other_arguments_are_refused(void **state)
{
	char *argv[] = { (char *)"dealwatch-feeds", (char *)"0" };
	struct confinement confinement;
	struct error err = { 0 };

	assert_false(confinement_read(&confinement, 2, argv, &err));
	assert_non_null(strstr(err.text, "\"0\""));
}

static void
there_is_a_limit(void **state)
{
	struct confinement confinement = { 0 };

	for (uint16_t port = 1; port <= CONFINEMENT_PORTS_MAX; port++)
		assert_true(confinement_add_port(&confinement, port));
	assert_false(confinement_add_port(&confinement, CONFINEMENT_PORTS_MAX + 1));
	assert_true(confinement_add_port(&confinement, 1));
}

static void
more_needs_a_new_worker(void **state)
{
	struct confinement have = { .is_best_effort = true }, want = { 0 };

	confinement_add_usual(&have);
	assert_false(confinement_covers(&have, &want)); /* is to be held now */
	have.is_best_effort = false;
	assert_true(confinement_covers(&have, &want));
	want.is_best_effort = true;
	assert_true(confinement_covers(&have, &want));
	assert_true(confinement_add_port(&want, 8080));
	assert_false(confinement_covers(&have, &want));
}

/* What a sanitizer does itself when it looks for leaks. */
static bool
is_sanitizers(const struct trial *trial)
{
	return SANDBOX_IS_SANITIZED && (strcmp(trial->name, "make a process") == 0 ||
					   strcmp(trial->name, "be traced (ptrace)") == 0);
}

static size_t
add_trials(struct CMUnitTest *tests, size_t count)
{
	static char names[64][64];

	for (const struct trial *trial = trials; trial->name != NULL; trial++) {
		if (is_sanitizers(trial))
			continue;
		tests[count++] = (struct CMUnitTest){ .name = trial->name,
			.test_func = denied_inside,
			.initial_state = (void *)trial };
		if (!trial->is_plain)
			continue;
		(void)snprintf(names[count], sizeof(names[0]), "%s, outside", trial->name);
		tests[count] = (struct CMUnitTest){ .name = names[count],
			.test_func = open_outside,
			.initial_state = (void *)trial };
		count++;
	}
	return count;
}

int
main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(arguments_are_read_as_written),
		cmocka_unit_test(other_arguments_are_refused),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(more_needs_a_new_worker),
	};
	struct CMUnitTest tests[128];
	size_t count = add_trials(tests, 0);

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		tests[count++] = (struct CMUnitTest){ .name = kernels[i].name,
			.test_func = check_kernel,
			.initial_state = (void *)&kernels[i] };
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		tests[count++] = (struct CMUnitTest){ .name = urls[i].name,
			.test_func = check_url,
			.initial_state = (void *)&urls[i] };
	memcpy(tests + count, plain, sizeof(plain));
	count += sizeof(plain) / sizeof(plain[0]);
	return _cmocka_run_group_tests("sandbox", tests, count, NULL, NULL);
}
