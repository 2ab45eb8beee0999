/*
 * A hash table with open addressing (FNV-1a, linear probing). Nothing is ever taken out.
 */
#include "rules/names.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NAMES_FIRST_CAP 64

static uint64_t
hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211u;
	return hash ^ hash >> 32;
}

/* The slot of a name, or the free one where it would stand. */
static struct names_slot *
find_slot(struct names_slot *slots, size_t cap, const char *name, size_t len)
{
	size_t i = hash_bytes(name, len) & (cap - 1);

	while (slots[i].name != NULL &&
	       (slots[i].len != len || memcmp(slots[i].name, name, len) != 0))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

size_t
names_find(const struct names *names, const char *name, size_t len)
{
	const struct names_slot *slot;

	if (names->count == 0)
		return NAMES_NONE;
	slot = find_slot(names->slots, names->cap, name, len);
	return slot->name == NULL ? NAMES_NONE : slot->number;
}

static void
grow(struct names *names)
{
	size_t cap = names->cap == 0 ? NAMES_FIRST_CAP : names->cap * 2;
	struct names_slot *slots = mem_array(cap, sizeof(*slots));

	for (size_t i = 0; i < names->cap; i++) {
		struct names_slot *old = &names->slots[i];

		if (old->name != NULL)
			*find_slot(slots, cap, old->name, old->len) = *old;
	}
	free(names->slots);
	names->slots = slots;
	names->cap = cap;
}

void
names_add(struct names *names, const char *name, size_t len, size_t number)
{
	struct names_slot *slot;

	if (names->count * 2 >= names->cap)
		grow(names);
	slot = find_slot(names->slots, names->cap, name, len);
	assert(slot->name == NULL);
	slot->name = mem_strndup(name, len);
	slot->len = len;
	slot->number = number;
	names->count++;
}

void
names_clear(struct names *names)
{
	for (size_t i = 0; i < names->cap; i++)
		free(names->slots[i].name);
	free(names->slots);
	*names = (struct names){ NULL, 0, 0 };
}
