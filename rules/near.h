/*
 * Places in an entry, and which of them are near each other (RULES "Grammar").
 *
 * Places are token positions of one text. From the end of the one to the start of the other
 * neighbours are 1 token apart; what overlaps is near at any distance.
 */
#ifndef RULES_NEAR_H
#define RULES_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands in the tokens [first, end) of a text. */
struct place {
	uint32_t text; /* which one */
	uint32_t first, end;
};

/* Places of many nodes one behind the other; only ever appended to. */
struct places {
	struct place *items; /* owned */
	size_t count, cap;
};

/* Some that stand together in struct places, in order and each once. */
struct place_range {
	size_t start, count;
};

/* Joined places one operator gives: beyond, only a text made for it has more. */
#define NEAR_PLACES_MAX 16384

void places_add(struct places *places, const struct place *place);
/** Put those from start on in order, each once. */
struct place_range places_end(struct places *places, size_t start);
/**
 * Join what is near: one place over every pair, appended.
 *
 * @param distance    at most so many tokens apart
 * @param is_ordered  the left one stands before the right one, without overlap
 */
struct place_range places_join(struct places *places, struct place_range left,
    struct place_range right, uint32_t distance, bool is_ordered);
/**
 * Those of the left ones that no right one hinders, appended: a right one that begins
 * behind a left one, or ends before it, at most so many tokens apart.
 */
struct place_range places_guard(struct places *places, struct place_range left,
    struct place_range right, uint32_t distance, bool is_behind);
/** How many there are, where those that overlap count once. */
size_t places_count(const struct places *places, struct place_range range);
/** Those of the left ones before which no right one begins in the same text, appended. */
struct place_range places_first(
    struct places *places, struct place_range left, struct place_range right);
/** @return whether one of them holds this place */
bool places_hold(
    const struct places *places, struct place_range range, const struct place *place);
void places_clear(struct places *places);

#endif
