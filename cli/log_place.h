/*
 * Where the alert log and its store are, when they were not all named.
 */
#ifndef CLI_LOG_PLACE_H
#define CLI_LOG_PLACE_H

#include <stdbool.h>

#include "base/error.h"

struct log_place {
	char *log;   /* owned */
	char *store; /* owned; the database */
};

/** The log and the store below a daemon's --state. */
void log_place_below(struct log_place *place, const char *state);
/**
 * As the running daemon says; without one, where the configuration puts them.
 *
 * @param socket  of the daemon; NULL: $DEALWATCH_SOCKET, the user's, the system's
 * @return false with err set when a certain daemon was meant and does not answer
 */
bool log_place_usual(struct log_place *place, const char *socket, struct error *err);
void log_place_clear(struct log_place *place);

#endif
