/*
 * What a worker must not be able to do, tried one by one: for the administrator who wants
 * to see it (dealwatchd --sandbox-test), and for the tests.
 */
#ifndef FEEDS_TRIAL_H
#define FEEDS_TRIAL_H

#include <stdbool.h>

struct trial {
	const char *name; /* "read /etc/shadow" */
	unsigned part;    /* of the sandbox that has to prevent it (base/sandbox.h) */
	bool is_plain;    /* any process outside of a sandbox can do it */
	/* 0: it was done; else the errno. Harmless where it is not prevented. */
	int (*attempt)(void);
};

/* ends with a row without a name */
extern const struct trial trials[];

/**
 * Try all, and print a line each to standard output. In a process that has shut itself in.
 *
 * @param parts  that hold: what another one would have to prevent is shown as open
 * @return whether all was denied that a part which holds has to prevent
 */
bool trials_run(unsigned parts);

#endif
