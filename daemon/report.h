/*
 * What the API says of the daemon and its sources, as JSON.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <stdint.h>

struct error;
struct feeds;
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

/**
 * {"feeds":[...],"next":ID?}: sources in the order of their ids.
 *
 * @param id     only this one, or NULL
 * @param after  only those behind this id, or NULL
 */
struct json_t *report_feeds(
    const struct feeds *feeds, const char *id, const char *after, int64_t limit);
/**
 * {"stories":[...]}: each with its stages, and the record that told each one.
 *
 * @param id  only this one, or NULL
 * @return NULL with err set; of kind CONFIG when there is no such story
 */
struct json_t *report_stories(struct watch *watch, const char *id, struct error *err);
/** {"alert":RECORD,"attached":[...],"delivery":[...]}; NULL with err as above. */
struct json_t *report_alert(struct watch *watch, const char *id, struct error *err);
/** An RFC 3339 time. */
struct json_t *report_time(int64_t at_ms);

#endif
