/*
 * The last event that a user was shown, kept over restarts.
 *
 * One file for each daemon (its socket), with the name of its store, for event
 * numbers belong to one store. It is written after a notification was handed over: when the
 * agent dies in between, one alert is shown twice rather than none.
 */
#ifndef ALERTS_AGENT_CURSOR_H
#define ALERTS_AGENT_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct error;

/**
 * Make the folder, and see that no other agent of this user runs.
 *
 * @param fd  out: holds the place until it is closed
 */
bool cursor_lock(const char *folder, int *fd, struct error *err);
/** @return the file for a daemon's socket, the caller's to free() */
char *cursor_path(const char *folder, const char *socket);
#define CURSOR_STORE_BYTES 33

struct cursor {
	int64_t event;                  /* -1: none */
	char store[CURSOR_STORE_BYTES]; /* whose event, hex digits; "" when not known */
};

/** Whether a text is a store's name. */
bool cursor_is_store(const char *text);
/**
 * @param cursor  out: event -1 when there is no file: the agent is new here
 * @return false with err set when it cannot be read or holds no number
 */
bool cursor_read(const char *path, struct cursor *cursor, struct error *err);
/** Exchange the file for one with this cursor, on the disk when this returns. */
bool cursor_write(const char *path, const struct cursor *cursor, struct error *err);

#endif
