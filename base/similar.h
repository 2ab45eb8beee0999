/*
 * The name that was probably meant.
 */
#ifndef BASE_SIMILAR_H
#define BASE_SIMILAR_H

#include <stddef.h>

/* Begins with wrong set, the rest zero; then every name that is allowed is tried. */
struct similar {
	const char *wrong;   /* borrowed */
	const char *nearest; /* borrowed; NULL: none is near */
	size_t edits;        /* between the two */
};

/** Near are names with at most two letters changed, added or left out, fewer in short ones.
 */
void similar_try(struct similar *similar, const char *name);

#endif
