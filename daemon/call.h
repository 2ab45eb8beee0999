/*
 * One request while it is being answered, and the strict reading of what it says.
 */
#ifndef DAEMON_CALL_H
#define DAEMON_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/listener.h"

struct api;
struct evhttp_request;
struct evkeyvalq;
struct json_t;

#define CALL_HEADERS_MAX_BYTES (16 << 10)
#define CALL_BODY_MAX_BYTES (64 << 10)

struct call {
	struct api *api;
	struct evhttp_request *request;
	struct evkeyvalq *query; /* owned */
	struct json_t *body;     /* owned; an object, or NULL */
	struct peer peer;        /* of a change */
	const char *rest;        /* of a path that names one thing; borrowed, or NULL */
};

void call_init(struct call *call, struct api *api, struct evhttp_request *request);
void call_clear(struct call *call);

/* Each of these answers the request itself, and returns false, when something is wrong. */

/** The request line and the headers are not too large. */
bool call_check_headers(struct call *call);
/** Only parameters of the list, which ends with NULL, and each once. */
bool call_read_query(struct call *call, const char *const *params);
/** Nothing, or one JSON object with members of the list only. */
bool call_read_body(struct call *call, const char *const *members);
/** A number of the query; the value is left as it is when it is not there. */
bool call_number(
    struct call *call, const char *name, int64_t min, int64_t max, int64_t *value);

#endif
