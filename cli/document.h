/*
 * The daemon's answers, as JSON documents: asking for one, and reading its members. What is
 * not there is empty.
 */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

struct client_request;
struct json_t;

/** Print a document for people. @return the exit code */
typedef int document_print_fn(const struct json_t *document);

/**
 * Ask the daemon and print its answer: as it is, or by print().
 *
 * @return the exit code; what is wrong was said
 */
int document_show(
    const struct client_request *request, bool is_json, document_print_fn *print);

/** A text; "" when there is none. Borrowed. */
const char *document_text(const struct json_t *object, const char *key);
int64_t document_number(const struct json_t *object, const char *key);
bool document_flag(const struct json_t *object, const char *key);
/** An RFC 3339 time in milliseconds; 0 when there is none. */
int64_t document_time(const struct json_t *object, const char *key);

#endif
