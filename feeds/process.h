/*
 * One worker process: started with its channel and its board and nothing else of ours,
 * ended for sure.
 */
#ifndef FEEDS_PROCESS_H
#define FEEDS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct job_board;
struct list;

struct process {
	pid_t pid;
	struct job_board *board; /* shared with it; owned */
	int board_fd;
};

/**
 * Start a program.
 *
 * @param arguments   behind its name
 * @param channel_fd  out: our end of the channel, the caller's to close
 * @return false with err set (SYSTEM) when it could not be started
 */
bool process_start(struct process *process, const char *program,
    const struct list *arguments, int *channel_fd, struct error *err);
/** A worker's argv; the texts are borrowed. @return the caller's to free() */
char **process_argv(const struct list *arguments);
/** Kill it; process_end() learns how it ended. */
void process_kill(const struct process *process);
/** Kill it if it still runs, and wait for its end. @return its status as of waitpid(2) */
int process_end(struct process *process);
/** Forget what was on the board. After process_end(). */
void process_clear(struct process *process);

#endif
