/*
 * The worker's side of the board.
 */
#include "feeds/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "base/error.h"

struct guard {
	struct job_board *board; /* mapped */
};

struct guard *
guard_open(int board_fd, struct error *err)
{
	struct guard *guard;
	struct stat st;
	void *page;

	if (fstat(board_fd, &st) != 0 || st.st_size < (off_t)sizeof(struct job_board)) {
		error_set(err, ERROR_SYSTEM, "dealwatch-feeds",
		    "file %d is no board: this program is started by dealwatchd", board_fd);
		return NULL;
	}
	page = mmap(NULL, sizeof(struct job_board), PROT_READ | PROT_WRITE, MAP_SHARED,
	    board_fd, 0);
	if (page == MAP_FAILED) {
		error_system(err, errno, "dealwatch-feeds", "the board");
		return NULL;
	}
	guard = mem_zalloc(sizeof(*guard));
	guard->board = page;
	return guard;
}

void
guard_close(struct guard *guard)
{
	if (guard == NULL)
		return;
	(void)munmap(guard->board, sizeof(*guard->board)); /* it is mapped */
	free(guard);
}

void
guard_say_sandbox(struct guard *guard, unsigned parts)
{
	guard->board->sandbox = parts;
}

/* SIGPROF ends the process: its action is the default one. */
static void
limit_cpu(time_t seconds)
{
	struct itimerval limit = { .it_value = { .tv_sec = seconds } };

	(void)setitimer(ITIMER_PROF, &limit, NULL); /* fails for wrong values only */
}

void
guard_begin(struct guard *guard, uint64_t job, enum job_phase phase)
{
	if (guard == NULL)
		return;
	guard->board->phase = phase;
	guard->board->chunk++;
	guard->board->job = job;
	limit_cpu(JOB_CHUNK_CPU_S);
}

void
guard_phase(struct guard *guard, enum job_phase phase)
{
	if (guard != NULL)
		guard->board->phase = phase;
}

void
guard_end(struct guard *guard)
{
	if (guard == NULL)
		return;
	limit_cpu(0);
	guard->board->job = 0;
	guard->board->phase = JOB_PHASE_IDLE;
}
