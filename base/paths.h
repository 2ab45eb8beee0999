/*
 * Where things are: state, log, cache, configuration, packaged data, helper programs,
 * socket.
 *
 * System: what systemd says ($STATE_DIRECTORY, $LOGS_DIRECTORY, $CACHE_DIRECTORY), else the
 * usual places below /var and /etc. A user: XDG. A program run from its build folder (the
 * worker lies beside it) takes helper programs and packaged data from there.
 */
#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <stdbool.h>

/** Whether a program that nobody told is somebody's own: not root's, and no service. */
bool paths_is_user(void);
/** Each is the caller's to free(). is_user: XDG places instead of the system's. */
char *paths_state(bool is_user);
char *paths_logs(bool is_user);
char *paths_cache(bool is_user);
/** The folder with dealwatch.yaml, feeds.d, rules.d. */
char *paths_config(bool is_user);
/** The folder with the packs' feeds/NAME.yaml and rules/NAME.yaml. */
char *paths_data(void);
/** A helper program: "dealwatch-feeds". */
char *paths_program(const char *name);
/** The daemon's socket where it is made. */
char *paths_socket(bool is_user);
/** Make a folder with its parents, mode 0750. */
struct error;
bool paths_make(const char *path, struct error *err);

/** A path from /, whatever folder the process is in. The caller's to free(). */
char *paths_absolute(const char *path);

#endif
