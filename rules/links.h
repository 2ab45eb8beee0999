/*
 * From a number to the numbers that belong to it, packed: literal to terms, term to sets,
 * term to rules.
 */
#ifndef RULES_LINKS_H
#define RULES_LINKS_H

#include <stddef.h>
#include <stdint.h>

struct link_pair {
	uint32_t from, to;
};

/* Pairs are collected first, then sorted into place once. */
struct links {
	struct link_pair *pairs; /* owned; none after links_pack() */
	size_t count, cap;
	uint32_t *starts; /* owned: the targets of i are [starts[i], starts[i + 1]) */
	uint32_t *targets;
};

void links_add(struct links *links, size_t from, size_t to);
/** Sort the pairs into place; keys: all `from` are below it. Targets keep their order. */
void links_pack(struct links *links, size_t keys);
void links_clear(struct links *links);

#endif
