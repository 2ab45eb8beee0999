/*
 * The server of the demonstration: files of one folder on a free port of 127.0.0.1.
 *
 *   server FOLDER
 *
 * Prints its port and serves until its standard input is closed, so it never outlives the
 * script that started it. Every file has an entity tag: who has it already is told 304.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-."

static const char *
type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot != NULL && strcmp(dot, ".xml") == 0)
		return "application/xml";
	return "text/html; charset=utf-8";
}

/* The file, or -1: names are of one folder, none begins with a dot. */
static int
open_file(int folder, const char *path, struct stat *status)
{
	const char *name = path + 1;
	int fd;

	if (path[0] != '/' || name[0] == '\0' || name[0] == '.' ||
	    name[strspn(name, LETTERS)] != '\0')
		return -1;
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && (fstat(fd, status) != 0 || !S_ISREG(status->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void
answer(struct evhttp_request *request, const char *path, int fd, const struct stat *status)
{
	const char *had =
	    evhttp_find_header(evhttp_request_get_input_headers(request), "If-None-Match");
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char tag[64];

	(void)snprintf(tag, sizeof(tag), "\"%jx-%jx\"", (uintmax_t)status->st_ino,
	    (uintmax_t)status->st_mtim.tv_sec * 1000000000 +
		(uintmax_t)status->st_mtim.tv_nsec);
	evhttp_add_header(headers, "ETag", tag);
	evhttp_add_header(headers, "Cache-Control", "no-cache");
	if (had != NULL && strcmp(had, tag) == 0) {
		close(fd);
		evhttp_send_reply(request, HTTP_NOTMODIFIED, "Not Modified", NULL);
		return;
	}
	evhttp_add_header(headers, "Content-Type", type_of(path));
	/* The buffer closes the file, also when it has no bytes. */
	if (status->st_size == 0 ||
	    evbuffer_add_file(
		evhttp_request_get_output_buffer(request), fd, 0, status->st_size) != 0)
		close(fd);
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	const int *folder = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
	struct stat status;
	int fd = path == NULL ? -1 : open_file(*folder, path, &status);

	if (fd < 0)
		evhttp_send_error(request, HTTP_NOTFOUND, "Not Found");
	else
		answer(request, path, fd, &status);
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct event_base *base = arg;
	char bytes[256];

	if (read(fd, bytes, sizeof(bytes)) <= 0)
		event_base_loopbreak(base);
}

/* @return 0, or the port that the kernel chose */
static unsigned
listen_somewhere(struct evhttp *http)
{
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct sockaddr_in address = { 0 };
	socklen_t len = sizeof(address);

	if (bound == NULL || getsockname(evhttp_bound_socket_get_fd(bound),
				 (struct sockaddr *)&address, &len) != 0)
		return 0;
	return ntohs(address.sin_port);
}

static int
serve(int folder)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = base == NULL ? NULL : evhttp_new(base);
	struct event *input = http == NULL ? NULL
					   : event_new(base, STDIN_FILENO,
						 EV_READ | EV_PERSIST, on_input, base);
	unsigned port =
	    input == NULL || event_add(input, NULL) != 0 ? 0 : listen_somewhere(http);

	if (port != 0) {
		evhttp_set_allowed_methods(http, EVHTTP_REQ_GET);
		evhttp_set_gencb(http, on_request, &folder);
		printf("%u\n", port);
		(void)fflush(
		    stdout); /* who does not read it has gone: the input ends too */
		event_base_dispatch(base);
	}
	if (input != NULL)
		event_free(input);
	if (http != NULL)
		evhttp_free(http);
	if (base != NULL)
		event_base_free(base);
	return port != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	int folder, status;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: server FOLDER\n");
		return EXIT_FAILURE;
	}
	folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* a client that goes away */
	(void)signal(
	    SIGINT, SIG_IGN); /* Ctrl-C goes to the script, which closes the input */
	status = serve(folder);
	close(folder);
	return status;
}
