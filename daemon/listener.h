/*
 * The API's listening socket: where it is made or taken over, and who stands behind a
 * connection.
 */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/mem.h"

struct error;

struct listener;

/* Who is at the other end, as the kernel says. */
struct peer {
	uid_t uid;
	pid_t pid;
	bool may_change; /* root, our own user, or of the socket's group */
};

/**
 * Take over a socket that systemd made, or make one at path with mode 0660. What a dead
 * daemon left at path is removed, a socket that somebody answers is not.
 *
 * @param handed_fd  taken over; -1: none, make one
 */
struct listener *listener_open(int handed_fd, const char *path, struct error *err);
/** Also removes the socket's file when it was made here and is still ours. */
void listener_close(struct listener *listener);
MEM_AUTO(listener, listener_close);

/** @return the descriptor, which does not block; borrowed */
int listener_fd(const struct listener *listener);
/** @return borrowed */
const char *listener_path(const struct listener *listener);
/** Ask the kernel who is connected. */
bool listener_peer(
    const struct listener *listener, int fd, struct peer *peer, struct error *err);

#endif
