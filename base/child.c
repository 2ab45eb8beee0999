/*
 * Fork, read with a deadline, wait.
 */
#include "base/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

#define READ_BYTES 65536

/* In the child. */
static void
settle_down(pid_t parent, unsigned cpu_s)
{
	struct rlimit cpu = { cpu_s, cpu_s };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL); /* those that cannot be set need not be */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setrlimit(RLIMIT_CPU, &cpu); /* less than allowed: cannot fail */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before that */
		_exit(1);
}

pid_t
child_fork(unsigned cpu_s)
{
	pid_t parent = getpid(), child;
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0)
		settle_down(parent, cpu_s);
	else
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return child;
}

static int64_t
running_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* @return what poll() does, without its interruptions */
static int
wait_readable(int fd, int64_t end_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int64_t left_ms;
	int result;

	do {
		left_ms = end_ms - running_ms();
		result = poll(&ready, 1, left_ms < 0 ? 0 : (int)left_ms);
	} while (result < 0 && errno == EINTR);
	return result;
}

bool
child_read(int fd, const char *what, int64_t limit_ms, size_t max_bytes, struct buf *out,
    struct error *err)
{
	int64_t end_ms = running_ms() + limit_ms;
	ssize_t got;

	while (wait_readable(fd, end_ms) > 0) {
		got = read(fd, buf_reserve(out, READ_BYTES), READ_BYTES);
		if (got == 0)
			return true;
		if (got < 0 && errno != EINTR)
			return error_system(err, errno, what, "cannot read the answer");
		out->len += got > 0 ? (size_t)got : 0;
		if (out->len > max_bytes)
			return error_set(err, ERROR_LIMIT, what,
			    "an answer of more than %zu bytes", max_bytes);
	}
	return error_set(err, ERROR_LIMIT, what, "not done after %lld.%lld s",
	    (long long)(limit_ms / 1000), (long long)(limit_ms % 1000 / 100));
}

int
child_end(pid_t pid, bool is_killed)
{
	int status = 0;

	if (is_killed)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}
