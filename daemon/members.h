/*
 * Members of the API's JSON objects. What is absent is absent, not null: a time that never
 * was, a text that is not there.
 */
#ifndef DAEMON_MEMBERS_H
#define DAEMON_MEMBERS_H

#include <stdint.h>

struct json_t;

/** A text, unless it is NULL. */
void member_text(struct json_t *object, const char *key, const char *text);
/** An RFC 3339 time, unless it is 0. */
void member_time(struct json_t *object, const char *key, int64_t at_ms);
void member_number(struct json_t *object, const char *key, int64_t number);
/** Takes the value. */
void member_add(struct json_t *object, const char *key, struct json_t *value);

#endif
