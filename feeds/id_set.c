/*
 * An array in order, searched by halves.
 */
#include "feeds/id_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static size_t
find_place(const struct id_set *set, int64_t id)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->items[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
id_set_has(const struct id_set *set, int64_t id)
{
	size_t place = find_place(set, id);

	return place < set->count && set->items[place] == id;
}

bool
id_set_add(struct id_set *set, int64_t id)
{
	size_t place = find_place(set, id);

	if (place < set->count && set->items[place] == id)
		return false;
	mem_grow(set->items, set->count, set->cap);
	memmove(&set->items[place + 1], &set->items[place],
	    (set->count - place) * sizeof(int64_t));
	set->items[place] = id;
	set->count++;
	return true;
}

void
id_set_clear(struct id_set *set)
{
	free(set->items);
	*set = (struct id_set){ 0 };
}
