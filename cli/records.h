/*
 * How alerts are shown: by tail, alerts and story.
 */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include <stdbool.h>

struct json_t;

/** A record in two or three lines: when, how severe, what moved; who says what; where. */
void records_print(const struct json_t *record, bool is_coloured);
/** What a record's publisher says, and where, indented by so many blanks. */
void records_print_source(const struct json_t *record, int indent, bool is_coloured);
/** A name and its text, when there is one: "  name   text". */
void records_print_member(const struct json_t *object, const char *key, const char *name);

#endif
