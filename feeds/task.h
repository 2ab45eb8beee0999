/*
 * One job in the worker: from its first byte to DONE or FAILED.
 *
 * Entries go out as far as the daemon's credit allows; the rest waits here, and the input
 * waits with it.
 */
#ifndef FEEDS_TASK_H
#define FEEDS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct channel;
struct fetcher;
struct guard;
struct job;
struct task;

/* What a task works with; borrowed. */
struct task_tools {
	struct channel *channel;
	struct fetcher *fetcher;
	struct guard *guard;
	void (*on_over)(
	    void *ctx); /* the answer is out: free the task, but from the loop */
	void *ctx;
};

/** Takes the job over, and starts to fetch when it is one of that kind. */
struct task *task_new(const struct task_tools *tools, struct job *job);
void task_free(struct task *task);
MEM_AUTO(task, task_free);

uint64_t task_id(const struct task *task);
bool task_is_over(const struct task *task);
/** A BODY message; gives its credit back when it has been read. */
void task_add_body(struct task *task, const char *bytes, size_t len);
void task_end_body(struct task *task);
/** End it as failed: who asked hears that nothing more comes. */
void task_cancel(struct task *task);
/** The channel takes messages again. */
void task_go_on(struct task *task);

#endif
