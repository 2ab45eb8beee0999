/*
 * Saved responses through the whole pipeline on a virtual clock, in a state of its own.
 */
#ifndef WATCH_REPLAY_H
#define WATCH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct error;

struct replay_events {
	/* an alert as in alerts.jsonl, with its line feed */
	void (*on_line)(void *ctx, const char *line, size_t len);
	/* a mistake of the configuration, one line each */
	void (*on_mistake)(void *ctx, const char *text);
	/* what a daemon would log: a source fails, works again */
	void (*on_notice)(void *ctx, const char *room, const char *text);
	void *ctx;
};

/**
 * Replay one folder: index.tsv names file, feed and time (RFC 3339) of each answer; files
 * are HTTP responses (status line, headers, body). Answers are taken in order of their
 * time. The clock ends with the last one.
 *
 * @param config  NULL: DIR/dealwatch.yaml where it is, else the default pack
 * @return false with err set: CONFIG after on_mistake, FORMAT for a wrong index, SYSTEM
 */
bool replay_run(const char *dir, const char *config, const struct replay_events *events,
    struct error *err);

#endif
