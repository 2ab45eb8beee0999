/*
 * What the desktop agent has to show, oldest first.
 *
 * Few notices are shown one by one; many, or old ones, as one summary. It is bounded: of a
 * flood the least severe and oldest are only counted, for a summary could not name them.
 */
#ifndef ALERTS_AGENT_QUEUE_H
#define ALERTS_AGENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct notice;
struct queue;

#define QUEUE_MAX 100
#define QUEUE_SINGLE_MAX 3                      /* more are one summary */
#define QUEUE_LATE_MS (INT64_C(10) * 60 * 1000) /* older: somebody was away */
#define QUEUE_LINES_MAX 5                       /* of a summary */

struct queue *queue_new(void);
void queue_free(struct queue *queue);
MEM_AUTO(queue, queue_free);

/** Takes the notice. */
void queue_add(struct queue *queue, struct notice *notice);
/** @return how many wait, also those that are only counted */
size_t queue_count(const struct queue *queue);
/** @return the oldest, borrowed until the queue changes; NULL: none */
struct notice *queue_first(struct queue *queue);
/** Take the oldest out. @return the caller's */
struct notice *queue_take(struct queue *queue);
/** Whether what waits is to be shown in one. */
bool queue_wants_summary(const struct queue *queue, int64_t now_ms);
/** @return all that waits in one notice, whose event is the last one's; the caller's */
struct notice *queue_summary(const struct queue *queue, int64_t now_ms);
/** What waits now came up while nobody looked; a summary says so. */
void queue_mark_absence(struct queue *queue);
void queue_drop_all(struct queue *queue);

#endif
