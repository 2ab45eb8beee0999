/*
 * Asking the daemon.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/error.h"

struct buf;

#define CLIENT_SOCKET_HELP "the daemon's socket ($DEALWATCH_SOCKET, else the usual ones)"
#define CLIENT_ANSWER_MAX_BYTES ((size_t)64 << 20)
#define CLIENT_TIMEOUT_S 60

struct client_request {
	const char *socket; /* NULL: $DEALWATCH_SOCKET, the user's, the system's */
	const char *method; /* "GET", "POST" */
	const char *path;   /* with its query */
	const char *body;   /* JSON, or NULL */
};

/**
 * Ask, and wait for the whole answer.
 *
 * @return EX_OK with the answer's body; else an exit code with err set: EX_UNAVAILABLE
 * when nobody is there
 */
int client_ask(const struct client_request *request, struct buf *answer, struct error *err);
/**
 * Ask for a stream. As client_ask(), but returns when the headers have come.
 *
 * @param fd      out: the connection, the caller's to close
 * @param answer  out: what came of the body already
 */
int client_stream(
    const struct client_request *request, int *fd, struct buf *answer, struct error *err);

#endif
