/*
 * posix_spawn() with a socket pair and a sealed memfd: nothing of the daemon's memory is
 * copied, and a program that is missing shows at once.
 */
#include "feeds/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "feeds/job.h"

#define FD_ABOVE 16 /* ours are moved up here, out of the way of the child's numbers */

/* The same file above the child's numbers; the old one is closed. errno is of the cause. */
static int
move_up(int made)
{
	int fd = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, FD_ABOVE);
	int cause = errno;

	if (made >= 0)
		(void)close(made); /* nothing was written to it */
	errno = cause;
	return fd;
}

/* A page that the child can neither shrink nor let grow under our eyes. */
static bool
make_board(struct process *process, struct error *err)
{
	int fd = move_up(memfd_create("dealwatch-board", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	void *page;

	process->board_fd = fd;
	if (fd < 0 || ftruncate(fd, sizeof(struct job_board)) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return error_system(err, errno, "feeds", "no board for the worker");
	page = mmap(NULL, sizeof(struct job_board), PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return error_system(err, errno, "feeds", "no board for the worker");
	process->board = page;
	return true;
}

static bool
make_channel(int ends[2], struct error *err)
{
	int made[2], cause;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) != 0)
		return error_system(err, errno, "feeds", "no channel for the worker");
	ends[0] = move_up(made[0]);
	cause = errno;
	ends[1] = move_up(made[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	error_system(
	    err, ends[0] < 0 ? cause : errno, "feeds", "no channel for the worker");
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			(void)close(ends[i]);
	return false;
}

/* Own process group: a ^C at the terminal is for the daemon alone. */
static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int failed;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	failed = posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	if (failed == 0)
		failed = posix_spawnattr_setsigdefault(attributes, &all);
	if (failed == 0)
		failed = posix_spawnattr_setsigmask(attributes, &none);
	return failed != 0 ? failed : posix_spawnattr_setpgroup(attributes, 0);
}

static int
set_files(posix_spawn_file_actions_t *files, int channel_fd, int board_fd)
{
	int failed =
	    posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	if (failed == 0)
		failed =
		    posix_spawn_file_actions_adddup2(files, channel_fd, JOB_CHANNEL_FD);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(files, board_fd, JOB_BOARD_FD);
	return failed != 0
		   ? failed
		   : posix_spawn_file_actions_addclosefrom_np(files, JOB_BOARD_FD + 1);
}

char **
process_argv(const struct list *arguments)
{
	char **argv = mem_array(arguments->count + 2, sizeof(*argv));

	argv[0] = (char *)"dealwatch-feeds";
	for (size_t i = 0; i < arguments->count; i++)
		argv[i + 1] = arguments->items[i];
	return argv;
}

/* @return an errno value */
static int
spawn(struct process *process, const char *program, char **argv, int channel_fd)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&files);

	if (failed != 0)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed == 0) {
		failed = set_attributes(&attributes);
		if (failed == 0)
			failed = set_files(&files, channel_fd, process->board_fd);
		if (failed == 0)
			failed = posix_spawn(
			    &process->pid, program, &files, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes); /* these two free memory */
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return failed;
}

bool
process_start(struct process *process, const char *program, const struct list *arguments,
    int *channel_fd, struct error *err)
{
	AUTO_FREE char **argv = process_argv(arguments);
	int ends[2] = { -1, -1 };
	int failed;

	*process = (struct process){ .board_fd = -1 };
	if (!make_board(process, err) || !make_channel(ends, err)) {
		process_clear(process);
		return false;
	}
	failed = spawn(process, program, argv, ends[1]);
	(void)close(ends[1]); /* the child's */
	if (failed == 0) {
		*channel_fd = ends[0];
		return true;
	}
	(void)close(ends[0]);
	process->pid = 0; /* undefined after a failure */
	process_clear(process);
	return error_system(err, failed, program, "the feeds' worker cannot be started");
}

void
process_kill(const struct process *process)
{
	if (process->pid > 0)
		(void)kill(process->pid, SIGKILL); /* or it is dead already */
}

int
process_end(struct process *process)
{
	int status = 0;

	if (process->pid <= 0)
		return 0;
	process_kill(process); /* one that is dead already keeps its status */
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	process->pid = 0;
	return status;
}

void
process_clear(struct process *process)
{
	if (process->board != NULL)
		(void)munmap(process->board, sizeof(struct job_board));
	if (process->board_fd >= 0)
		(void)close(process->board_fd);
	*process = (struct process){ .board_fd = -1 };
}
