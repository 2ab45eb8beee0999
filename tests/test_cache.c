/*
 * Compiling in a child: what the child is, and what becomes of one that does not end. The
 * compiler is replaced by one that does as the row says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <hs.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "rules/cache.h"

#define SHORT_MS 200
#define LONG_MS 60000

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming,
 * readability-function-size): the name that the linker's --wrap gives, the library's
 * arguments */
hs_error_t __real_hs_compile_lit_multi(const char *const *texts, const unsigned *flags,
    const unsigned *ids, const size_t *lens, unsigned count, unsigned mode,
    const hs_platform_info_t *platform, hs_database_t **database, hs_compile_error_t **why);
hs_error_t __wrap_hs_compile_lit_multi(const char *const *texts, const unsigned *flags,
    const unsigned *ids, const size_t *lens, unsigned count, unsigned mode,
    const hs_platform_info_t *platform, hs_database_t **database, hs_compile_error_t **why);

/* The literal says what the compiler does. */
static const char never_ends[] = "never ends";
static const char is_signalled[] = "is signalled";
static const char is_limited[] = "is limited";

static bool
has_cpu_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur <= 60 &&
	       limit.rlim_max <= 60;
}

hs_error_t
__wrap_hs_compile_lit_multi(const char *const *texts, const unsigned *flags,
    const unsigned *ids, const size_t *lens, unsigned count, unsigned mode,
    const hs_platform_info_t *platform, hs_database_t **database, hs_compile_error_t **why)
{
	if (strcmp(texts[0], never_ends) == 0)
		for (;;)
			(void)pause();
	if (strcmp(texts[0], is_signalled) == 0)
		(void)raise(SIGUSR1); /* ends it, unless a handler or mask is ours */
	if (strcmp(texts[0], is_limited) == 0 && !has_cpu_limit())
		_exit(1);
	return __real_hs_compile_lit_multi(
	    texts, flags, ids, lens, count, mode, platform, database, why);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming,
 * readability-function-size) */

static bool
compile(const char *text, int64_t limit_ms, struct error *err)
{
	struct literals literals = { 0 };
	hs_database_t *database = NULL;
	bool ok;

	literals_add(&literals, text, strlen(text));
	ok = cache_open(&literals, NULL, limit_ms, &database, err);
	hs_free_database(database);
	literals_clear(&literals);
	return ok;
}

/* -- rows -- */

static void
one_that_never_ends_is_given_up(void **state)
{
	struct error err = { 0 };

	assert_false(compile(never_ends, SHORT_MS, &err));
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.text, "rules: compiling the terms: not done after 0.2 s");
	/* and ended: nobody is left to wait for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
on_signal(int number)
{
}

static void
our_handlers_are_not_its(void **state)
{
	struct sigaction ours = { .sa_handler = on_signal };
	struct error err = { 0 };
	sigset_t blocked;

	assert_int_equal(sigaction(SIGUSR1, &ours, NULL), 0);
	assert_false(compile(is_signalled, LONG_MS, &err));
	assert_non_null(strstr(err.text, "was killed"));
	/* nor is what we block */
	assert_int_equal(sigemptyset(&blocked), 0);
	assert_int_equal(sigaddset(&blocked, SIGUSR1), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	assert_false(compile(is_signalled, LONG_MS, &err));
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &blocked, NULL), 0);
}

static void
signals_are_ours_again(void **state)
{
	struct error err = { 0 };
	sigset_t now;

	assert_true(compile("a word", LONG_MS, &err));
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGTERM), 0);
	assert_int_equal(sigismember(&now, SIGUSR1), 0);
}

static void
its_time_is_limited(void **state)
{
	struct error err = { 0 };

	assert_true(compile(is_limited, LONG_MS, &err));
	assert_false(has_cpu_limit());
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_never_ends_is_given_up),
		cmocka_unit_test(our_handlers_are_not_its),
		cmocka_unit_test(signals_are_ours_again),
		cmocka_unit_test(its_time_is_limited),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
