/*
 * What the worker says before each chunk of a document, so that it may die over it: the job
 * and the phase on the board, and a limit of CPU time (DESIGN 3).
 */
#ifndef FEEDS_GUARD_H
#define FEEDS_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "feeds/job.h"

struct error;
struct guard;

/**
 * @param board_fd  of the shared page
 * @return NULL with err set when it is none
 */
struct guard *guard_open(int board_fd, struct error *err);
void guard_close(struct guard *guard);
MEM_AUTO(guard, guard_close);

/** Say which parts of the sandbox hold. */
void guard_say_sandbox(struct guard *guard, unsigned parts);
/** Over a chunk that takes JOB_CHUNK_CPU_S of CPU the process ends. NULL: nobody watches.
 */
void guard_begin(struct guard *guard, uint64_t job, enum job_phase phase);
/** The same chunk, another phase. */
void guard_phase(struct guard *guard, enum job_phase phase);
void guard_end(struct guard *guard);

#endif
