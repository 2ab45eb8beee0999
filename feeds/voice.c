/*
 * Every source speaks for its publisher, and for those it stands in for: these are sorted
 * by name, then counted in one walk.
 */
#include "feeds/voice.h"

#include <stdlib.h>
#include <string.h>

#include "feeds/feeds.h"

/* One source that speaks for one publisher. */
struct speaker {
	const char *publisher;
	const struct feed_status *status;
	bool is_stand_in;
};

struct speakers {
	struct speaker *items;
	size_t count, cap;
};

enum voice_way
voice_way(const struct feed_status *status)
{
	if (!status->feed->is_enabled)
		return WAY_OFF;
	switch (status->condition) {
	case CONDITION_DOWN:
	case CONDITION_WALLED:
	case CONDITION_GONE:
	case CONDITION_SILENT:
		return WAY_BLIND;
	case CONDITION_NONE:
	case CONDITION_GAP:
	case CONDITION_RECOVERED:
		break;
	}
	return status->last_success_ms == 0 ? WAY_WAITING : WAY_HEARD;
}

static void
add(struct speakers *speakers, const char *publisher, const struct feed_status *status,
    bool is_stand_in)
{
	mem_grow(speakers->items, speakers->count, speakers->cap);
	speakers->items[speakers->count++] =
	    (struct speaker){ publisher, status, is_stand_in };
}

static void
add_source(struct speakers *speakers, const struct feed_status *status)
{
	const struct list *others = &status->feed->in_place_of;

	if (voice_way(status) == WAY_OFF)
		return;
	add(speakers, feed_source(status->feed).publisher, status, false);
	for (size_t i = 0; i < others->count; i++)
		add(speakers, others->items[i], status, true);
}

static int
compare(const void *a, const void *b)
{
	const struct speaker *one = a, *other = b;

	return strcmp(one->publisher, other->publisher);
}

static void
count_way(struct voice *voice, const struct speaker *speaker)
{
	struct voice_ways *ways = speaker->is_stand_in ? &voice->stand_ins : &voice->own;
	enum voice_way way = voice_way(speaker->status);

	ways->count++;
	ways->heard += way == WAY_HEARD;
	ways->blind += way == WAY_BLIND;
	voice->is_official = voice->is_official ||
			     (!speaker->is_stand_in && speaker->status->feed->is_official);
}

static struct voice *
voice_of(struct voices *voices, const char *publisher)
{
	struct voice *last = voices->count > 0 ? &voices->items[voices->count - 1] : NULL;

	if (last != NULL && strcmp(last->publisher, publisher) == 0)
		return last;
	mem_grow(voices->items, voices->count, voices->cap);
	last = &voices->items[voices->count++];
	*last = (struct voice){ .publisher = publisher };
	return last;
}

void
voices_gather(struct voices *voices, const struct feed_status *list, size_t count)
{
	struct speakers speakers = { 0 };

	*voices = (struct voices){ 0 };
	for (size_t i = 0; i < count; i++)
		add_source(&speakers, &list[i]);
	if (speakers.count > 0)
		qsort(speakers.items, speakers.count, sizeof(*speakers.items), compare);
	for (size_t i = 0; i < speakers.count; i++)
		count_way(
		    voice_of(voices, speakers.items[i].publisher), &speakers.items[i]);
	free(speakers.items);
}

void
feeds_voices(const struct feeds *feeds, struct voices *voices)
{
	size_t count = feeds_count(feeds);
	struct feed_status *list = mem_array(count + 1, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = feeds_status(feeds, i);
	voices_gather(voices, list, count);
	free(list);
}

void
voices_clear(struct voices *voices)
{
	free(voices->items);
	*voices = (struct voices){ 0 };
}
