/*
 * The tables of alerts/: records, events, what is attached, and the lines of the log.
 */
#ifndef ALERTS_STORE_H
#define ALERTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/mem.h"

struct db;
struct error;
struct feed_alert;
struct match;
struct record_test;
struct stored_entry;

/** @return the seq of the alert with this id; 0: there is none; -1 with err set */
int64_t alert_find(struct db *db, const char *id, struct error *err);
/** Store a record under a new seq and give it its first event. *record is the caller's. */
bool alert_insert(struct db *db, const struct match *match,
    const struct stored_entry *stored, int64_t *event, char **record, struct error *err);
/** The same of a source's condition. */
bool alert_insert_feed(struct db *db, const struct feed_alert *feed, int64_t *event,
    char **record, struct error *err);
/** The same of a test; its seq, episode and id are set. */
bool alert_insert_test(struct db *db, struct record_test *test, int64_t *event,
    char **record, struct error *err);
/** Give a stored alert its record, which has its seq, and an event. */
bool alert_publish(struct db *db, int64_t seq, const char *record, int64_t now_ms,
    int64_t *event, struct error *err);
/** Attach an entry to the alert of a subject's episode; nothing happens when there is none.
 */
bool alert_attach(struct db *db, const struct match *match,
    const struct stored_entry *stored, struct error *err);

/* How far a line of the log is. */
enum line_state {
	LINE_WAITING, /* finished, but it has no place in a file yet */
	LINE_PLACED,  /* promised to a file at an offset */
	LINE_DONE,    /* whole in that file and synced */
};

/* A finished line and its place. */
struct log_line {
	int64_t event;
	char *text; /* owned; without its line feed */
	size_t len;
	char *path;                    /* owned; of the file then, or NULL */
	int64_t device, inode, offset; /* when placed */
	enum line_state state;
};

void log_line_clear(struct log_line *line);

/* The end of the log as the store knows it. */
struct log_end {
	int64_t event;              /* 0: no line yet */
	char sha[DIGEST_HEX_BYTES]; /* of the last line, without its line feed; "" when none
				     */
	int64_t device, inode,
	    offset;              /* where the next line goes when the file is the same */
	bool is_placed, is_done; /* how far the last line is */
};

/** @param is_placed_only  pass over lines that wait for a place */
bool log_end_read(
    struct db *db, bool is_placed_only, struct log_end *end, struct error *err);
bool log_line_insert(struct db *db, const struct log_line *line, struct error *err);
/** The first line after an event that is not done. @return false without err->text: none */
bool log_line_next(struct db *db, int64_t after, struct log_line *line, struct error *err);
/** Give a line its place. */
bool log_line_place(struct db *db, const struct log_line *line, struct error *err);
/** Take the places of all lines from this event on that are not done. */
bool log_line_unplace(struct db *db, int64_t from_event, struct error *err);
bool log_line_done(struct db *db, int64_t last_event, struct error *err);

#endif
