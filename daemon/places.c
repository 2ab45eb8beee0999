/*
 * Options first, then what systemd says, then the usual places.
 */
#include "daemon/places.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/paths.h"

struct words {
	const char *config, *state, *logs, *socket, *log_level;
	bool is_user, is_check, is_sandbox_test, is_version, is_help;
};

static const struct option_row rows[] = {
	{ "config", 'c', OPTION_TEXT, offsetof(struct words, config), "FILE",
	    "configuration (the default needs none)" },
	{ "state", 0, OPTION_TEXT, offsetof(struct words, state), "DIR",
	    "store, cache, and log where no other folder is named" },
	{ "logs", 0, OPTION_TEXT, offsetof(struct words, logs), "DIR", "alert log" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    "socket of the API" },
	{ "user", 0, OPTION_FLAG, offsetof(struct words, is_user), NULL,
	    "a user's own daemon: XDG places" },
	{ "log-level", 0, OPTION_TEXT, offsetof(struct words, log_level), "LEVEL",
	    "error, warn, info or debug" },
	{ "check", 0, OPTION_FLAG, offsetof(struct words, is_check), NULL,
	    "read the configuration, say every mistake, and end" },
	{ "sandbox-test", 0, OPTION_FLAG, offsetof(struct words, is_sandbox_test), NULL,
	    "try what the worker must not be able to do, and end" },
	{ "version", 'V', OPTION_FLAG, offsetof(struct words, is_version), NULL,
	    "say the version" },
	{ "help", 'h', OPTION_FLAG, offsetof(struct words, is_help), NULL, "say this" },
	{ NULL },
};

void
places_print_help(void)
{
	puts("usage: dealwatchd [OPTION]...\n"
	     "Watch news feeds for one deal, and tell. Runs in the foreground.\n");
	options_print(stdout, rows);
	puts(
	    "\nSignals: HUP reads the configuration again, USR1 opens the alert log again,\n"
	    "TERM and INT finish what is in hand and stop.");
}

static char *
choose_logs(const struct words *words, const char *state, bool is_user)
{
	if (words->logs != NULL)
		return paths_absolute(words->logs);
	if (words->state != NULL && getenv("LOGS_DIRECTORY") == NULL)
		return mem_printf("%s/log", state);
	return paths_logs(is_user);
}

static void
choose(struct places *places, const struct words *words)
{
	AUTO_FREE char *config_folder = NULL;

	places->is_user = words->is_user || paths_is_user();
	config_folder = paths_config(places->is_user);
	places->is_config_optional = words->config == NULL;
	places->config = words->config != NULL
			     ? mem_strdup(words->config)
			     : mem_printf("%s/dealwatch.yaml", config_folder);
	places->state = words->state != NULL ? paths_absolute(words->state)
					     : paths_state(places->is_user);
	places->store = mem_printf("%s/dealwatch.db", places->state);
	places->cache = words->state != NULL ? mem_printf("%s/cache", places->state)
					     : paths_cache(places->is_user);
	places->logs = choose_logs(words, places->state, places->is_user);
	places->socket = words->socket != NULL ? mem_strdup(words->socket)
					       : paths_socket(places->is_user);
	places->is_check = words->is_check;
	places->is_sandbox_test = words->is_sandbox_test;
	places->is_help = words->is_help;
	places->is_version = words->is_version;
}

struct places *
places_read(int argc, char **argv, struct error *err)
{
	struct words words = { 0 };
	struct places *places;
	enum log_level level;
	int first = 0;

	if (!options_read(argc, argv, rows, &words, &first, err))
		return NULL;
	if (first < argc) {
		error_set(
		    err, ERROR_CONFIG, "usage", "%s: only options are taken", argv[first]);
		return NULL;
	}
	if (words.log_level != NULL) {
		if (!log_level_parse(words.log_level, &level)) {
			error_set(err, ERROR_CONFIG, "usage",
			    "--log-level %s (allowed: error, warn, info, debug)",
			    words.log_level);
			return NULL;
		}
		log_set_level(level);
	}
	places = mem_zalloc(sizeof(*places));
	choose(places, &words);
	return places;
}

void
places_free(struct places *places)
{
	if (places == NULL)
		return;
	free(places->config);
	free(places->state);
	free(places->store);
	free(places->cache);
	free(places->logs);
	free(places->socket);
	free(places);
}

bool
places_make(const struct places *places, struct error *err)
{
	/* the cache is made when it is used: without one a start takes longer */
	return paths_make(places->state, err) && paths_make(places->logs, err);
}
