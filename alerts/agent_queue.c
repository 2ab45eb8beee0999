/*
 * A list; what a summary names is looked for when it is made.
 */
#include "alerts/agent_queue.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "alerts/agent_notice.h"
#include "base/buf.h"

struct item {
	TAILQ_ENTRY(item) link;
	struct notice *notice; /* owned */
	bool is_named;         /* in the summary being made */
};

struct queue {
	TAILQ_HEAD(item_list, item) items;
	size_t kept, dropped; /* in the list; only counted */
	int64_t last_event;
	int64_t oldest_ms; /* 0: no time is known */
	bool is_absence;
};

struct queue *
queue_new(void)
{
	struct queue *queue = mem_zalloc(sizeof(*queue));

	TAILQ_INIT(&queue->items);
	return queue;
}

static void
drop(struct queue *queue, struct item *item)
{
	TAILQ_REMOVE(&queue->items, item, link);
	queue->kept--;
	notice_free(item->notice);
	free(item);
}

/* Nothing waits: what was known of it is of no use. */
static void
begin_anew(struct queue *queue)
{
	queue->dropped = 0;
	queue->oldest_ms = 0;
	queue->is_absence = false;
}

void
queue_drop_all(struct queue *queue)
{
	struct item *item = TAILQ_FIRST(&queue->items);

	while (item != NULL) {
		struct item *next = TAILQ_NEXT(item, link);

		drop(queue, item);
		item = next;
	}
	begin_anew(queue);
}

void
queue_mark_absence(struct queue *queue)
{
	queue->is_absence = queue->kept > 0;
}

void
queue_free(struct queue *queue)
{
	if (queue == NULL)
		return;
	queue_drop_all(queue);
	free(queue);
}

/* The oldest of the least severe. */
static struct item *
find_least(const struct queue *queue)
{
	struct item *item, *least = TAILQ_FIRST(&queue->items);

	TAILQ_FOREACH (item, &queue->items, link) {
		if (item->notice->severity < least->notice->severity)
			least = item;
	}
	return least;
}

void
queue_add(struct queue *queue, struct notice *notice)
{
	struct item *item = mem_zalloc(sizeof(*item));

	item->notice = notice;
	queue->last_event = notice->event;
	if (notice->time_ms != 0 &&
	    (queue->oldest_ms == 0 || notice->time_ms < queue->oldest_ms))
		queue->oldest_ms = notice->time_ms;
	TAILQ_INSERT_TAIL(&queue->items, item, link);
	queue->kept++;
	item = queue->kept > QUEUE_MAX ? find_least(queue) : NULL;
	if (item == NULL)
		return;
	drop(queue, item);
	queue->dropped++;
}

size_t
queue_count(const struct queue *queue)
{
	return queue->kept + queue->dropped;
}

struct notice *
queue_first(struct queue *queue)
{
	struct item *item = TAILQ_FIRST(&queue->items);

	return item != NULL ? item->notice : NULL;
}

struct notice *
queue_take(struct queue *queue)
{
	struct item *item = TAILQ_FIRST(&queue->items);
	struct notice *notice = item->notice;

	item->notice = NULL;
	drop(queue, item);
	if (queue->kept == 0)
		begin_anew(queue);
	return notice;
}

static bool
is_late(const struct queue *queue, int64_t now_ms)
{
	return queue->oldest_ms != 0 && now_ms - queue->oldest_ms > QUEUE_LATE_MS;
}

bool
queue_wants_summary(const struct queue *queue, int64_t now_ms)
{
	size_t count = queue_count(queue);

	return count > QUEUE_SINGLE_MAX || (count > 1 && is_late(queue, now_ms));
}

/* The newest of the most severe that are not named yet. */
static struct item *
find_most(const struct queue *queue)
{
	struct item *item, *most = NULL;

	TAILQ_FOREACH (item, &queue->items, link) {
		if (!item->is_named &&
		    (most == NULL || item->notice->severity >= most->notice->severity))
			most = item;
	}
	return most;
}

static void
add_line(struct notice *summary, const struct notice *notice)
{
	AUTO_BUF struct buf line = BUF_EMPTY;

	buf_printf(&line, "\u2022 %s", notice->title);
	if (notice->publisher != NULL && notice->publisher[0] != '\0')
		buf_printf(&line, " (%s)", notice->publisher);
	list_add(&summary->lines, buf_text(&line));
}

/* Open leads to the first line that has a link. */
static void
name_one(struct notice *summary, struct item *item)
{
	item->is_named = true;
	if (summary->lines.count == 0)
		summary->severity = item->notice->severity;
	if (summary->link == NULL)
		summary->link = mem_strdup(item->notice->link);
	add_line(summary, item->notice);
}

struct notice *
queue_summary(const struct queue *queue, int64_t now_ms)
{
	size_t count = queue_count(queue);
	AUTO_FREE char *title = mem_printf("%zu alerts%s", count,
	    queue->is_absence || is_late(queue, now_ms) ? " while you were away" : "");
	struct notice *summary = notice_new(SEVERITY_INFO, "summary", title, NULL);
	struct item *item;

	summary->event = queue->last_event;
	while (summary->lines.count < QUEUE_LINES_MAX && (item = find_most(queue)) != NULL)
		name_one(summary, item);
	if (count > summary->lines.count) {
		AUTO_FREE char *rest = mem_printf("and %zu more: dealwatch tail -n %zu",
		    count - summary->lines.count, count);

		list_add(&summary->lines, rest);
	}
	TAILQ_FOREACH (item, &queue->items, link)
		item->is_named = false;
	return summary;
}
