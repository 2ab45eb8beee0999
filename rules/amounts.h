/*
 * The sums of money that an entry names, as they are told.
 */
#ifndef RULES_AMOUNTS_H
#define RULES_AMOUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct entry;
struct match;

/** Read the sums of an entry's title and summary into a match: each sum once. */
void amounts_read(struct match *match, const struct entry *entry);

#endif
