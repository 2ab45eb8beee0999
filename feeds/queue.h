/*
 * Encoded messages that wait for credit, first in first out.
 */
#ifndef FEEDS_QUEUE_H
#define FEEDS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct queue {
	struct buf *items; /* owned, each too */
	size_t count, cap;
	size_t first; /* the ones before it are gone */
};

/** Takes the message over. */
void queue_add(struct queue *queue, struct buf *message);
/** @return NULL when it is empty; borrowed until queue_drop() */
const struct buf *queue_first(const struct queue *queue);
/** Remove the first one. */
void queue_drop(struct queue *queue);
void queue_clear(struct queue *queue);

#endif
