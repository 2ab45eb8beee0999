/*
 * Which publishers are heard, and which sources are not read: what status says of them.
 */
#ifndef CLI_VOICES_H
#define CLI_VOICES_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/** How many lines voices_print() wants at most. */
size_t voices_lines(const struct json_t *status);
/** A table of the voices, those that are not heard first, in so many lines (at least 3). */
void voices_print(const struct json_t *status, size_t lines, bool is_coloured);

/** How many lines failing_print() takes. */
size_t failing_lines(const struct json_t *status);
/** Sources counted by how they do, and the worst few that are not read. */
void failing_print(const struct json_t *status, bool is_coloured);

#endif
