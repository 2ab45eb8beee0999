/*
 * How sources are listed: by status and by feeds.
 */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

struct json_t;

/** A table, one row a source, of no more than 80 columns; what fails has a note below. */
void sources_print(const struct json_t *list, int64_t now_ms, bool is_coloured);
/** What a person wants to know of one: its condition, or what it is doing. Borrowed. */
const char *source_state(const struct json_t *source);
/** Whether it is not heard: down, walled, gone or silent. */
bool source_is_blind(const struct json_t *source);
/** The same, or its last reading failed. */
bool source_is_in_trouble(const struct json_t *source);
/** All that is known of one. */
void sources_print_one(const struct json_t *source, int64_t now_ms, bool is_coloured);

#endif
