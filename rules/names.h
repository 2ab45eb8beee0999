/*
 * Names and their numbers: which place of an array a name stands at.
 */
#ifndef RULES_NAMES_H
#define RULES_NAMES_H

#include <stddef.h>

#define NAMES_NONE ((size_t)-1)

struct names_slot {
	char *name; /* owned; NULL: free */
	size_t len;
	size_t number;
};

struct names {
	struct names_slot *slots; /* a hash table of cap places, at most half full */
	size_t count, cap;
};

/** @return the number of a name, or NAMES_NONE */
size_t names_find(const struct names *names, const char *name, size_t len);
/** Keep a name that is not there yet. */
void names_add(struct names *names, const char *name, size_t len, size_t number);
void names_clear(struct names *names);

#endif
