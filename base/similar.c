/*
 * Counting the letters that differ.
 */
#include "base/similar.h"

#include <string.h>

#define SIMILAR_MAX_BYTES 64 /* of names that are compared */
#define SIMILAR_MAX_EDITS 2

/* How many letters have to be changed, added or left out to make b of a. */
static size_t
count_edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[SIMILAR_MAX_BYTES + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[b_len];
}

void
similar_try(struct similar *similar, const char *name)
{
	size_t wrong_len = strlen(similar->wrong);
	size_t name_len = strlen(name);
	size_t edits;

	if (wrong_len > SIMILAR_MAX_BYTES || name_len > SIMILAR_MAX_BYTES)
		return;
	edits = count_edits(similar->wrong, wrong_len, name, name_len);
	/* of short words nearly all are two letters apart */
	if (edits > SIMILAR_MAX_EDITS || 2 * edits > name_len ||
	    (similar->nearest != NULL && edits >= similar->edits))
		return;
	similar->nearest = name;
	similar->edits = edits;
}
