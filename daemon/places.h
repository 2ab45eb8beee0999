/*
 * What the command line and the environment say: where everything is, and what to do.
 */
#ifndef DAEMON_PLACES_H
#define DAEMON_PLACES_H

#include <stdbool.h>

#include "base/mem.h"

struct error;

struct places {
	char *config; /* all owned */
	char *state;
	char *store; /* the SQLite file */
	char *cache;
	char *logs;
	char *socket;
	bool is_user;
	bool is_config_optional; /* not named: may be missing */
	bool is_check, is_sandbox_test, is_help, is_version;
};

/** Errors are of kind CONFIG: a wrong option. Nothing is made on disk. */
struct places *places_read(int argc, char **argv, struct error *err);
void places_free(struct places *places);
MEM_AUTO(places, places_free);
/** Make the folders that are missing. */
bool places_make(const struct places *places, struct error *err);
void places_print_help(void);

#endif
