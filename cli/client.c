/*
 * A small HTTP client over a Unix socket: evhttp's own (libevent 2.1) connects to addresses
 * and ports only. It speaks HTTP/1.0, so answers are never chunked and end with the
 * connection.
 */
#include "cli/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/text.h"

#define READ_BYTES ((size_t)16 << 10)
#define HEAD_MAX_BYTES ((size_t)64 << 10)

/* -- connecting -- */

static int
connect_to(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { CLIENT_TIMEOUT_S, 0 };
	size_t len = strlen(path);
	int fd, why;

	if (len == 0 || len >= sizeof(address.sun_path)) {
		error_set(err, ERROR_CONFIG, path, "no path of a socket");
		return -1;
	}
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		why = errno;
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		error_system(err, why, path, "cannot connect");
		errno = why;
		return -1;
	}
	return fd;
}

static int
say_not_there(const char *where, struct error *err)
{
	if (errno == EACCES || errno == EPERM) {
		error_set(err, ERROR_SYSTEM, where,
		    "you may not open this socket; are you a member of its group?");
		return EX_NOPERM;
	}
	error_set(err, ERROR_NETWORK, "no daemon answers",
	    "%s. Is dealwatchd running? Its socket can be named with --socket or "
	    "$DEALWATCH_SOCKET",
	    where);
	return EX_UNAVAILABLE;
}

static int
connect_usual(int *fd, struct error *err)
{
	AUTO_FREE char *user = paths_socket(true);
	AUTO_FREE char *system = paths_socket(false);
	AUTO_FREE char *both = mem_printf("%s, %s", user, system);

	*fd = connect_to(user, err);
	if (*fd < 0)
		*fd = connect_to(system, err);
	if (*fd >= 0)
		return EX_OK;
	return say_not_there(errno == EACCES ? system : both, err);
}

static int
connect_any(const char *path, int *fd, struct error *err)
{
	if (path == NULL)
		path = getenv("DEALWATCH_SOCKET");
	if (path == NULL || path[0] == '\0')
		return connect_usual(fd, err);
	*fd = connect_to(path, err);
	if (*fd >= 0)
		return EX_OK;
	return err->kind == ERROR_CONFIG ? EX_USAGE : say_not_there(path, err);
}

/* -- asking -- */

static bool
send_request(int fd, const struct client_request *request, struct error *err)
{
	const char *body = request->body != NULL ? request->body : "";
	AUTO_FREE char *text = mem_printf("%s %s HTTP/1.0\r\n"
					  "Content-Type: application/json\r\n"
					  "Content-Length: %zu\r\n"
					  "\r\n%s",
	    request->method, request->path, strlen(body), body);
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		ssize_t sent = send(fd, text + at, len - at, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EPIPE)
			return true; /* refused before it was read: the answer says why */
		if (sent < 0)
			return error_system(err, errno, "daemon", "cannot send");
		at += (size_t)sent;
	}
	return true;
}

/* More of the answer. *is_end: there is no more. */
static bool
read_more(int fd, struct buf *in, bool *is_end, struct error *err)
{
	ssize_t got;

	do
		got = recv(fd, buf_reserve(in, READ_BYTES), READ_BYTES, 0);
	while (got < 0 && errno == EINTR);
	*is_end = got == 0;
	if (got < 0 && errno == EAGAIN)
		return error_set(err, ERROR_NETWORK, "daemon", "no answer within %d s",
		    CLIENT_TIMEOUT_S);
	if (got < 0)
		return error_system(err, errno, "daemon", "cannot receive");
	in->len += (size_t)got;
	if (in->len > CLIENT_ANSWER_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "daemon", "its answer is too large");
	return true;
}

/* Read status line and headers; what is left in the buffer is of the body. */
static bool
read_head(int fd, struct buf *in, int *status, struct error *err)
{
	const char *end = NULL;
	bool is_end = false;
	int version;

	while ((end = strstr(buf_text(in), "\r\n\r\n")) == NULL) {
		if (is_end || in->len > HEAD_MAX_BYTES)
			return error_set(err, ERROR_NETWORK, "daemon", "gives no answer");
		if (!read_more(fd, in, &is_end, err))
			return false;
	}
	/* NOLINTNEXTLINE(cert-err34-c): three digits at most, checked by the caller */
	if (sscanf(buf_text(in), "HTTP/1.%1d %3d", &version, status) != 2)
		return error_set(
		    err, ERROR_FORMAT, "daemon", "what answers is no HTTP server");
	buf_drop(in, (size_t)(end - buf_text(in)) + 4);
	return true;
}

static bool
read_rest(int fd, struct buf *in, struct error *err)
{
	bool is_end = false;

	while (!is_end) {
		if (!read_more(fd, in, &is_end, err))
			return false;
	}
	return true;
}

static int
code_of_status(int status)
{
	switch (status) {
	case 400:
	case 404:
		return EX_DATAERR;
	case 403:
		return EX_NOPERM;
	case 422:
		return EX_CONFIG;
	case 503:
		return EX_TEMPFAIL;
	default:
		return EX_IOERR;
	}
}

static void
say_mistakes(const json_t *mistakes)
{
	for (size_t i = 0; i < json_array_size(mistakes); i++) {
		const char *text = json_string_value(json_array_get(mistakes, i));
		AUTO_BUF struct buf shown = BUF_EMPTY;

		if (text != NULL)
			text_escape(&shown, text, strlen(text));
		(void)fprintf(stderr, "%s\n", buf_text(&shown));
	}
}

/* What an answer that is none of success says. */
static int
refusal(int status, const struct buf *answer, struct error *err)
{
	json_t *document = json_loadb(buf_text(answer), answer->len, 0, NULL);
	const char *text =
	    json_string_value(json_object_get(json_object_get(document, "error"), "text"));

	say_mistakes(json_object_get(json_object_get(document, "error"), "mistakes"));
	error_set(err, ERROR_SYSTEM, "daemon", "%s (%d)", text != NULL ? text : "refuses",
	    status);
	json_decref(document);
	return code_of_status(status);
}

static int
code_of_error(const struct error *err)
{
	return err->kind == ERROR_NETWORK ? EX_UNAVAILABLE : EX_IOERR;
}

int
client_stream(
    const struct client_request *request, int *fd, struct buf *answer, struct error *err)
{
	int status = 0, code = connect_any(request->socket, fd, err);

	if (code != EX_OK)
		return code;
	buf_reset(answer);
	if (!send_request(*fd, request, err) || !read_head(*fd, answer, &status, err))
		code = code_of_error(err);
	else if (status != 200)
		code = read_rest(*fd, answer, err) ? refusal(status, answer, err)
						   : code_of_error(err);
	if (code != EX_OK) {
		(void)close(*fd); /* what was sent is answered or lost */
		*fd = -1;
	}
	return code;
}

int
client_ask(const struct client_request *request, struct buf *answer, struct error *err)
{
	int fd = -1, code = client_stream(request, &fd, answer, err);

	if (code != EX_OK)
		return code;
	if (!read_rest(fd, answer, err))
		code = code_of_error(err);
	(void)close(fd); /* all was read */
	return code;
}
