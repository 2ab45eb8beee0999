/*
 * Alerts that sinks did not get, for dealwatch alerts.
 */
#ifndef CLI_LETTERS_H
#define CLI_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

struct letter_words {
	const char *socket, *sink, *id; /* or NULL */
	int64_t count, after;
	bool is_held, is_json;
};

/** List the dead letters, or those that are held. @return the exit code */
int letters_list(const struct letter_words *words);
/** Send dead letters again. @return the exit code */
int letters_resend(const struct letter_words *words);

#endif
