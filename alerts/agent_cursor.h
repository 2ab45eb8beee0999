/*
 * The last event that a user was shown, kept over restarts.
 *
 * One file for each daemon (its socket), for event numbers belong to one store. It is
 * written after a notification was handed over: when the agent dies in between, one alert
 * is shown twice rather than none.
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
/**
 * @param event  out: -1 when there is no file: the agent is new here
 * @return false with err set when it cannot be read or holds no number
 */
bool cursor_read(const char *path, int64_t *event, struct error *err);
/** Exchange the file for one with this event, on the disk when this returns. */
bool cursor_write(const char *path, int64_t event, struct error *err);

#endif
