/*
 * The log sink: alerts.jsonl, each alert one line, exactly once.
 *
 * A finished line is stored with its place (file and offset) in the transaction that
 * releases its alert; then it is written there, synced, and marked. So after any death it
 * is known what has to stand where, and the file is completed, never guessed at. Lines are
 * chained: `prev` is the SHA-256 of the line before, over file borders too.
 */
#ifndef ALERTS_LOG_H
#define ALERTS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct db;
struct error;
struct log_sink;

typedef void log_line_fn(void *ctx, const char *line, size_t len);
typedef void log_notice_fn(void *ctx, const char *text);

struct log_sink_events {
	log_line_fn *on_line;     /* instead of a file (replay); or NULL */
	log_notice_fn *on_notice; /* something an administrator should know; or NULL */
	void *ctx;
};

/** @param db, events  borrowed for life */
struct log_sink *log_sink_open(struct db *db, const struct log_sink_events *events);
void log_sink_close(struct log_sink *sink);
MEM_AUTO(log_sink, log_sink_close);

/** Take a new path; the file is opened when it is first needed. */
void log_sink_set_path(struct log_sink *sink, const char *path);
/** @return borrowed, NULL before the first log_sink_set_path() */
const char *log_sink_path(const struct log_sink *sink);

/**
 * Inside the transaction that releases an event: finish its line and promise it a place. A
 * file that cannot be opened now is no failure: the line waits for its place.
 */
bool log_sink_release(
    struct log_sink *sink, int64_t event, const char *record, struct error *err);
/**
 * Outside of transactions: bring every promised line into the file, sync it, mark it. What
 * is there already, in whole or in part, is recognised.
 *
 * @return false with err set when something is left to be tried later
 */
bool log_sink_deliver(struct log_sink *sink, struct error *err);
/** Close the file; the next use opens what stands at the path then. */
void log_sink_reopen(struct log_sink *sink);

#endif
