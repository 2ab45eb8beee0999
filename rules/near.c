/*
 * Joining by one walk over the left places, each with a window of right ones.
 */
#include "rules/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
places_add(struct places *places, const struct place *place)
{
	mem_grow(places->items, places->count, places->cap);
	places->items[places->count++] = *place;
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->text != y->text)
		return x->text < y->text ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

struct place_range
places_end(struct places *places, size_t start)
{
	struct place *items = places->items + start;
	size_t count = places->count - start, kept = 0;

	if (count > 1)
		qsort(items, count, sizeof(*items), compare_places);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || compare_places(&items[kept - 1], &items[i]) != 0)
			items[kept++] = items[i];
	}
	places->count = start + kept;
	return (struct place_range){ start, kept };
}

static uint32_t
longest(const struct places *places, struct place_range range)
{
	uint32_t most = 0;

	for (size_t i = 0; i < range.count; i++) {
		const struct place *place = &places->items[range.start + i];

		if (place->end - place->first > most)
			most = place->end - place->first;
	}
	return most;
}

/* The first place of the range that begins in this text at this token or later. */
static size_t
find_from(
    const struct places *places, struct place_range range, uint32_t text, uint32_t first)
{
	const struct place wanted = { text, first, 0 };
	size_t low = range.start, high = range.start + range.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_places(&places->items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_near(
    const struct place *left, const struct place *right, uint32_t distance, bool is_ordered)
{
	if (is_ordered && right->first < left->end)
		return false;
	return right->first < left->end + distance && left->first < right->end + distance;
}

/* Where the window of right places begins: nothing longer than `most` reaches from before
 * it. */
static uint32_t
window_start(const struct place *left, uint32_t distance, bool is_ordered, uint32_t most)
{
	if (is_ordered)
		return left->end;
	return left->first > distance + most ? left->first - distance - most : 0;
}

struct place_range
places_join(struct places *places, struct place_range left, struct place_range right,
    uint32_t distance, bool is_ordered)
{
	size_t start = places->count, right_end = right.start + right.count;
	uint32_t most = longest(places, right);

	for (size_t i = left.start; i < left.start + left.count; i++) {
		const struct place a = places->items[i];
		size_t k = find_from(
		    places, right, a.text, window_start(&a, distance, is_ordered, most));

		for (; k < right_end && places->count - start < NEAR_PLACES_MAX; k++) {
			const struct place b = places->items[k];
			struct place both = { a.text, a.first, a.end };

			if (b.text != a.text || b.first >= a.end + distance)
				break;
			if (!is_near(&a, &b, distance, is_ordered))
				continue;
			both.first = b.first < a.first ? b.first : a.first;
			both.end = b.end > a.end ? b.end : a.end;
			places_add(places, &both);
		}
	}
	return places_end(places, start);
}

/* What hinders: behind a place it begins, before it it ends, near enough. */
struct guard {
	struct place_range range;
	uint32_t distance, most; /* tokens; the longest of them */
	bool is_behind;
};

static bool
is_hindered(
    const struct places *places, const struct place *place, const struct guard *guard)
{
	uint32_t distance = guard->distance;
	bool is_behind = guard->is_behind;
	size_t end = guard->range.start + guard->range.count;
	uint32_t from =
	    is_behind ? place->end : window_start(place, distance, false, guard->most);
	size_t i = find_from(places, guard->range, place->text, from);

	for (; i < end; i++) {
		const struct place *other = &places->items[i];

		if (other->text != place->text)
			return false;
		if (is_behind)
			return other->first < place->end + distance;
		if (other->first >= place->first)
			return false;
		if (other->end <= place->first && other->end + distance > place->first)
			return true;
	}
	return false;
}

struct place_range
places_guard(struct places *places, struct place_range left, struct place_range right,
    uint32_t distance, bool is_behind)
{
	const struct guard guard = { right, distance, longest(places, right), is_behind };
	size_t start = places->count;

	for (size_t i = left.start; i < left.start + left.count; i++) {
		const struct place place = places->items[i];

		if (!is_hindered(places, &place, &guard))
			places_add(places, &place);
	}
	return places_end(places, start);
}

size_t
places_count(const struct places *places, struct place_range range)
{
	const struct place *last = NULL;
	size_t count = 0;

	for (size_t i = range.start; i < range.start + range.count; i++) {
		const struct place *place = &places->items[i];

		if (last != NULL && place->text == last->text && place->first < last->end)
			continue;
		last = place;
		count++;
	}
	return count;
}

struct place_range
places_first(struct places *places, struct place_range left, struct place_range right)
{
	size_t start = places->count, end = right.start + right.count;

	for (size_t i = left.start; i < left.start + left.count; i++) {
		const struct place place = places->items[i];
		size_t first = find_from(places, right, place.text, 0);

		if (first == end || places->items[first].text != place.text ||
		    places->items[first].first >= place.first)
			places_add(places, &place);
	}
	return places_end(places, start);
}

bool
places_hold(
    const struct places *places, struct place_range range, const struct place *place)
{
	for (size_t i = range.start; i < range.start + range.count; i++) {
		const struct place *around = &places->items[i];

		if (around->text == place->text && around->first <= place->first &&
		    around->end >= place->end)
			return true;
	}
	return false;
}

void
places_clear(struct places *places)
{
	free(places->items);
	*places = (struct places){ NULL, 0, 0 };
}
