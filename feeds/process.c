/*
 * A program of its own with a socket pair and a sealed memfd.
 */
#include "feeds/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "feeds/job.h"

/* A page that the child can neither shrink nor let grow under our eyes. */
static bool
make_board(struct process *process, struct error *err)
{
	int fd = memfd_create("dealwatch-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
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

char **
process_argv(const struct list *arguments)
{
	char **argv = mem_array(arguments->count + 2, sizeof(*argv));

	argv[0] = (char *)"dealwatch-feeds";
	for (size_t i = 0; i < arguments->count; i++)
		argv[i + 1] = arguments->items[i];
	return argv;
}

/* What of ours the worker has: where it may write to, its channel and its board. */
static bool
spawn(struct process *process, const char *program, char **argv, int channel_fd,
    struct error *err)
{
	int files[] = { -1, STDOUT_FILENO, STDERR_FILENO, [JOB_CHANNEL_FD] = channel_fd,
		[JOB_BOARD_FD] = process->board_fd };
	struct spawn spawn = { .program = program,
		.argv = argv,
		.environment = environ,
		.files = files,
		.file_count = sizeof(files) / sizeof(*files) };

	for (int i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) < 0)
			files[i] = -1;
	}
	return spawn_start(&spawn, &process->pid, err);
}

bool
process_start(struct process *process, const char *program, const struct list *arguments,
    int *channel_fd, struct error *err)
{
	AUTO_FREE char **argv = process_argv(arguments);
	int ends[2] = { -1, -1 };
	bool is_good;

	*process = (struct process){ .board_fd = -1 };
	if (!make_board(process, err)) {
		process_clear(process);
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		(void)error_system(err, errno, "feeds", "no channel for the worker");
		process_clear(process);
		return false;
	}
	is_good = spawn(process, program, argv, ends[1], err);
	(void)close(ends[1]); /* the child's */
	if (is_good) {
		*channel_fd = ends[0];
		return true;
	}
	(void)close(ends[0]); /* nothing was written */
	process->pid = 0;     /* undefined after a failure */
	process_clear(process);
	return error_prefix(err, "the feeds' worker");
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
