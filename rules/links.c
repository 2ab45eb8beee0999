/*
 * Counting sort of pairs into one array of targets with a start for each key.
 */
#include "rules/links.h"

#include <stdlib.h>

#include "base/mem.h"

void
links_add(struct links *links, size_t from, size_t to)
{
	mem_grow(links->pairs, links->count, links->cap);
	links->pairs[links->count++] = (struct link_pair){ (uint32_t)from, (uint32_t)to };
}

void
links_pack(struct links *links, size_t keys)
{
	uint32_t *next = mem_array(keys + 1, sizeof(*next));

	links->starts = mem_array(keys + 1, sizeof(*links->starts));
	links->targets = mem_array(links->count + 1, sizeof(*links->targets));
	for (size_t i = 0; i < links->count; i++)
		links->starts[links->pairs[i].from + 1]++;
	for (size_t i = 0; i < keys; i++) {
		links->starts[i + 1] += links->starts[i];
		next[i] = links->starts[i];
	}
	for (size_t i = 0; i < links->count; i++)
		links->targets[next[links->pairs[i].from]++] = links->pairs[i].to;
	free(next);
	free(links->pairs);
	links->pairs = NULL;
	links->cap = 0;
}

void
links_clear(struct links *links)
{
	free(links->pairs);
	free(links->starts);
	free(links->targets);
	*links = (struct links){ NULL, 0, 0, NULL, NULL };
}
