/*
 * Starting another program with nothing of ours but what it is given: its files, its
 * environment, a session of its own, signals as at a program's start.
 */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

#define SPAWN_FILES_MAX 8

struct spawn {
	const char *program;
	char *const *argv;
	char *const *environment;
	const int *files; /* the child's 0, 1, 2 ...; -1: /dev/null */
	int file_count;
};

/**
 * Start a program, in the folder /. It leads a process group, and so does whatever it
 * starts: kill(-pid) reaches them all.
 *
 * @return false with err set (SYSTEM) when it could not be started
 */
bool spawn_start(const struct spawn *spawn, pid_t *pid, struct error *err);
/** @return a descriptor that becomes readable when a child of ours has ended; or -1 */
int spawn_watch(pid_t pid);

#endif
