/*
 * Messages that wait.
 */
#include "feeds/queue.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"

void
queue_add(struct queue *queue, struct buf *message)
{
	mem_grow(queue->items, queue->count, queue->cap);
	queue->items[queue->count++] = *message;
	*message = (struct buf)BUF_EMPTY;
}

const struct buf *
queue_first(const struct queue *queue)
{
	return queue->first < queue->count ? &queue->items[queue->first] : NULL;
}

void
queue_drop(struct queue *queue)
{
	buf_clear(&queue->items[queue->first++]);
	if (queue->first == queue->count)
		queue->first = queue->count = 0; /* the room is used again */
}

void
queue_clear(struct queue *queue)
{
	while (queue_first(queue) != NULL)
		queue_drop(queue);
	free(queue->items);
	*queue = (struct queue){ 0 };
}
