/*
 * A set of surrogate ids, ascending.
 */
#ifndef FEEDS_ID_SET_H
#define FEEDS_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_set {
	int64_t *items; /* owned */
	size_t count, cap;
};

bool id_set_has(const struct id_set *set, int64_t id);
/** @return false when it was there */
bool id_set_add(struct id_set *set, int64_t id);
/** Free the memory; the set is empty and can be used again. */
void id_set_clear(struct id_set *set);

#endif
