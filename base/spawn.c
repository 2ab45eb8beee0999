/*
 * posix_spawn(): nothing of our memory is copied, and a program that is missing shows at
 * once.
 */
#include "base/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int failed;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	failed = posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	if (failed == 0)
		failed = posix_spawnattr_setsigdefault(attributes, &all);
	if (failed == 0)
		failed = posix_spawnattr_setsigmask(attributes, &none);
	return failed;
}

/* Copies lie above the child's numbers, so that none is overwritten before it is used. */
static int
set_files(posix_spawn_file_actions_t *actions, const int *copies, int count)
{
	int failed = posix_spawn_file_actions_addchdir_np(actions, "/");

	for (int i = 0; failed == 0 && i < count; i++)
		failed = copies[i] < 0
			     ? posix_spawn_file_actions_addopen(
				   actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0)
			     : posix_spawn_file_actions_adddup2(actions, copies[i], i);
	return failed != 0 ? failed
			   : posix_spawn_file_actions_addclosefrom_np(actions, count);
}

/* @return an errno value */
static int
start(const struct spawn *spawn, const int *copies, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed != 0)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed == 0) {
		failed = set_attributes(&attributes);
		if (failed == 0)
			failed = set_files(&actions, copies, spawn->file_count);
		if (failed == 0)
			failed = posix_spawn(pid, spawn->program, &actions, &attributes,
			    spawn->argv, spawn->environment);
		(void)posix_spawnattr_destroy(&attributes); /* these two free memory */
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed;
}

bool
spawn_start(const struct spawn *spawn, pid_t *pid, struct error *err)
{
	int copies[SPAWN_FILES_MAX];
	int failed = 0;

	assert(spawn->file_count <= SPAWN_FILES_MAX);
	for (int i = 0; i < spawn->file_count; i++) {
		copies[i] = -1;
		if (spawn->files[i] < 0)
			continue;
		copies[i] = fcntl(spawn->files[i], F_DUPFD_CLOEXEC, SPAWN_FILES_MAX);
		if (copies[i] < 0)
			failed = errno;
	}
	if (failed == 0)
		failed = start(spawn, copies, pid);
	for (int i = 0; i < spawn->file_count; i++)
		if (copies[i] >= 0)
			(void)close(copies[i]); /* nothing was written by us */
	if (failed == 0)
		return true;
	return error_system(err, failed, spawn->program, "cannot be started");
}

int
spawn_watch(pid_t pid)
{
	/* the kernel gives it close-on-exec */
	return (int)syscall(SYS_pidfd_open, pid, 0);
}
