/*
 * What GET /v1/status says: the whole state of the daemon as one JSON document.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <stdint.h>

struct error;
struct json_t;
struct watch;

/* What the daemon knows of itself. */
struct report_self {
	int64_t started_ms, now_ms;
	const char *store; /* path */
	const char *config;
};

/** @return the document, the caller's; NULL with err set when the store cannot be read */
struct json_t *report_status(
    struct watch *watch, const struct report_self *self, struct error *err);

#endif
