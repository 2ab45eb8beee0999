/*
 * Two levels of heaps: each host has its items by the time they are due, the schedule has
 * the hosts that may be asked, by the time their first item may start.
 */
#include "feeds/schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct heap {
	struct schedule_node **items; /* borrowed; the array is owned */
	size_t count, cap;
	uint64_t steps; /* places that were written */
};

struct schedule_host {
	struct schedule_node node; /* first; in the heap while not busy and with items */
	char *name;                /* owned */
	struct heap items;
	int64_t end_ms; /* of the last request; INT64_MIN / 2: none yet */
	int64_t gap_ms; /* that its item wants behind it */
	size_t known;   /* items, planned or not */
	bool is_busy;
};

struct schedule {
	struct heap ready;
	struct schedule_host **hosts; /* owned; by name */
	size_t count, cap;
	size_t running, running_max;
	int64_t round_ms; /* when this round began */
	size_t round;     /* started in it */
	uint64_t next_order;
};

/* -- a heap -- */

static bool
is_before(const struct schedule_node *a, const struct schedule_node *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void
heap_put(struct heap *heap, size_t place, struct schedule_node *node)
{
	heap->steps++;
	heap->items[place - 1] = node;
	node->place = place;
}

static void
heap_up(struct heap *heap, struct schedule_node *node)
{
	size_t place = node->place;

	while (place > 1 && is_before(node, heap->items[place / 2 - 1])) {
		heap_put(heap, place, heap->items[place / 2 - 1]);
		place /= 2;
	}
	heap_put(heap, place, node);
}

static void
heap_down(struct heap *heap, struct schedule_node *node)
{
	size_t place = node->place;
	size_t child;

	while ((child = 2 * place) <= heap->count) {
		if (child < heap->count &&
		    is_before(heap->items[child], heap->items[child - 1]))
			child++;
		if (!is_before(heap->items[child - 1], node))
			break;
		heap_put(heap, place, heap->items[child - 1]);
		place = child;
	}
	heap_put(heap, place, node);
}

static void
heap_add(struct heap *heap, struct schedule_node *node)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(heap->items, heap->count, heap->cap);
	heap->count++;
	heap_put(heap, heap->count, node);
	heap_up(heap, node);
}

/* Nothing when it is in none. */
static void
heap_remove(struct heap *heap, struct schedule_node *node)
{
	struct schedule_node *last;
	size_t place = node->place;

	if (place == 0)
		return;
	last = heap->items[heap->count - 1];
	heap->count--;
	node->place = 0;
	if (last == node)
		return;
	heap_put(heap, place, last);
	heap_up(heap, last);
	heap_down(heap, last);
}

/* -- hosts -- */

static size_t
find_place(const struct schedule *schedule, const char *name)
{
	size_t low = 0, high = schedule->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(schedule->hosts[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct schedule_host *
get_host(struct schedule *schedule, const char *name)
{
	size_t place = find_place(schedule, name);
	struct schedule_host *host;

	if (place < schedule->count && strcmp(schedule->hosts[place]->name, name) == 0)
		return schedule->hosts[place];
	host = mem_zalloc(sizeof(*host));
	host->name = mem_strdup(name);
	host->end_ms = INT64_MIN / 2;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	mem_grow(schedule->hosts, schedule->count, schedule->cap);
	memmove((void *)&schedule->hosts[place + 1], (const void *)&schedule->hosts[place],
	    (schedule->count - place) * sizeof(struct schedule_host *));
	schedule->hosts[place] = host;
	schedule->count++;
	return host;
}

static void
host_free(struct schedule_host *host)
{
	free((void *)host->items.items);
	free(host->name);
	free(host);
}

/* A host without items that nobody waits for is forgotten, with the rest of its gap. */
static void
drop_host(struct schedule *schedule, struct schedule_host *host)
{
	size_t place = find_place(schedule, host->name);

	if (host->known > 0 || host->is_busy)
		return;
	schedule->count--;
	memmove((void *)&schedule->hosts[place], (const void *)&schedule->hosts[place + 1],
	    (schedule->count - place) * sizeof(struct schedule_host *));
	host_free(host);
}

static struct schedule_item *
first_item(const struct schedule_host *host)
{
	return (struct schedule_item *)host->items.items[0];
}

static int64_t
longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Put the host where it belongs among those that may be asked. */
static void
place_host(struct schedule *schedule, struct schedule_host *host)
{
	const struct schedule_item *first;
	int64_t free_ms;

	heap_remove(&schedule->ready, &host->node);
	if (host->is_busy || host->items.count == 0)
		return;
	first = first_item(host);
	free_ms = host->end_ms + longer(host->gap_ms, first->gap_ms);
	host->node.at_ms = longer(first->node.at_ms, free_ms);
	host->node.order = first->node.order;
	heap_add(&schedule->ready, &host->node);
}

/* -- what others call -- */

struct schedule *
schedule_new(size_t running_max)
{
	struct schedule *schedule = mem_zalloc(sizeof(*schedule));

	schedule->running_max = running_max;
	schedule->round_ms = INT64_MIN / 2;
	return schedule;
}

void
schedule_free(struct schedule *schedule)
{
	if (schedule == NULL)
		return;
	for (size_t i = 0; i < schedule->count; i++) {
		assert(schedule->hosts[i]->known == 0);
		host_free(schedule->hosts[i]);
	}
	free((void *)schedule->hosts);
	free((void *)schedule->ready.items);
	free(schedule);
}

void
schedule_add(
    struct schedule *schedule, struct schedule_item *item, const char *host, int64_t gap_ms)
{
	item->host = get_host(schedule, host);
	item->gap_ms = gap_ms;
	item->host->known++;
}

void
schedule_remove(struct schedule *schedule, struct schedule_item *item)
{
	struct schedule_host *host = item->host;

	if (host == NULL)
		return;
	heap_remove(&host->items, &item->node);
	host->known--;
	item->host = NULL;
	place_host(schedule, host);
	drop_host(schedule, host);
}

void
schedule_plan(struct schedule *schedule, struct schedule_item *item, int64_t at_ms)
{
	heap_remove(&item->host->items, &item->node);
	item->node.at_ms = at_ms;
	item->node.order = schedule->next_order++;
	heap_add(&item->host->items, &item->node);
	place_host(schedule, item->host);
}

bool
schedule_is_planned(const struct schedule_item *item)
{
	return item->node.place != 0;
}

static void
note_start(struct schedule *schedule, int64_t now_ms)
{
	if (now_ms >= schedule->round_ms + SCHEDULE_ROUND_MS) {
		schedule->round_ms = now_ms;
		schedule->round = 0;
	}
	schedule->round++;
}

struct schedule_item *
schedule_take(struct schedule *schedule, int64_t now_ms)
{
	struct schedule_host *host;
	struct schedule_item *first;
	int64_t next_ms = schedule_next_ms(schedule);

	if (next_ms == -1 || next_ms > now_ms)
		return NULL;
	host = (struct schedule_host *)schedule->ready.items[0];
	first = first_item(host);
	heap_remove(&host->items, &first->node);
	host->gap_ms = first->gap_ms;
	host->is_busy = true;
	place_host(schedule, host);
	schedule->running++;
	note_start(schedule, now_ms);
	return first;
}

void
schedule_release(struct schedule *schedule, struct schedule_host *host, int64_t now_ms)
{
	assert(host->is_busy && schedule->running > 0);
	host->is_busy = false;
	host->end_ms = now_ms;
	schedule->running--;
	place_host(schedule, host);
	drop_host(schedule, host);
}

int64_t
schedule_next_ms(const struct schedule *schedule)
{
	int64_t first_ms;

	if (schedule->ready.count == 0 || schedule->running >= schedule->running_max)
		return -1;
	first_ms = schedule->ready.items[0]->at_ms;
	if (schedule->round == SCHEDULE_ROUND_MAX &&
	    first_ms < schedule->round_ms + SCHEDULE_ROUND_MS)
		first_ms = schedule->round_ms + SCHEDULE_ROUND_MS;
	return first_ms > 0 ? first_ms : 0;
}

uint64_t
schedule_steps(const struct schedule *schedule)
{
	uint64_t steps = schedule->ready.steps;

	for (size_t i = 0; i < schedule->count; i++)
		steps += schedule->hosts[i]->items.steps;
	return steps;
}

void
schedule_clock_set(struct schedule *schedule, int64_t now_ms)
{
	if (schedule->round_ms > now_ms)
		schedule->round_ms = now_ms;
	for (size_t i = 0; i < schedule->count; i++) {
		struct schedule_host *host = schedule->hosts[i];

		if (host->end_ms > now_ms) {
			host->end_ms = now_ms;
			place_host(schedule, host);
		}
	}
}
