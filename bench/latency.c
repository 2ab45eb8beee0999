/*
 * From the last byte of a feed to the line in the alert log.
 *
 *   latency ROUNDS LOG SOCKET
 *
 * Serves a feed on a free port of 127.0.0.1 (the port is the first line of output) that
 * gains one item a round, waits for a line on standard input (the daemon is up), and in
 * each round asks the daemon to read it. Measured is the time from handing the last byte of
 * the answer to the kernel to the notice that the log was written to. After each round, for
 * comparison: append of a line as long and fdatasync, to a file beside the log. Then for
 * both: median and 99th percentile in milliseconds.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 20
#define LINE_MAX_BYTES 4096

struct race {
	struct event_base *base;
	const char *log, *socket;
	FILE *log_file; /* read to its end each time */
	int peer;       /* the file that is appended to */
	int watch;      /* inotify of the log's folder */
	int rounds, round;
	bool is_begun; /* until then the feed is empty */
	struct event *deadline;
	double sent_ms;
	double *way_ms, *append_ms;
};

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void
give_up(const char *why)
{
	(void)fprintf(stderr, "latency: %s\n", why);
	exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

/* -- the feed -- */

static void
on_sent(struct evhttp_request *request, void *arg)
{
	struct race *race = arg;

	race->sent_ms = now_ms();
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct race *race = arg;
	struct evbuffer *body = evhttp_request_get_output_buffer(request);

	evbuffer_add_printf(body,
	    "<rss version=\"2.0\"><channel><title>Race</title><link>http://x.example/</link>"
	    "<description/>");
	for (int i = race->round; race->is_begun && i >= 0 && i > race->round - 20; i--)
		evbuffer_add_printf(body,
		    "<item><title>Zebra number %d</title><link>http://x.example/%d</link></item>",
		    i, i);
	evbuffer_add_printf(body, "</channel></rss>");
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
	    "application/rss+xml");
	evhttp_add_header(
	    evhttp_request_get_output_headers(request), "Cache-Control", "no-cache");
	evhttp_request_set_on_complete_cb(request, on_sent, race);
	evhttp_send_reply(request, 200, "OK", NULL);
}

static struct evhttp *
serve(struct race *race)
{
	struct evhttp *http = evhttp_new(race->base);
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct sockaddr_in address = { 0 };
	socklen_t len = sizeof(address);

	if (bound == NULL || getsockname(evhttp_bound_socket_get_fd(bound),
				 (struct sockaddr *)&address, &len) != 0)
		give_up("cannot listen");
	evhttp_set_gencb(http, on_request, race);
	printf("%u\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	return http;
}

/* -- rounds -- */

/* POST /v1/poll; the answer is waited for. */
static void
ask(const struct race *race)
{
	static const char request[] =
	    "POST /v1/poll HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	    "Content-Length: 14\r\n\r\n{\"force\":true}";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[1024];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", race->socket);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    write(fd, request, sizeof(request) - 1) != (ssize_t)sizeof(request) - 1)
		give_up("the daemon cannot be asked");
	while (read(fd, answer, sizeof(answer)) > 0)
		;
	close(fd);
}

static void
begin_round(struct race *race)
{
	static const struct timeval wait = { .tv_sec = WAIT_S };

	race->sent_ms = 0;
	event_add(race->deadline, &wait);
	ask(race);
}

/* A line was written whole: the time is taken, the peer does the same. */
static void
end_round(struct race *race, const char *line, size_t len)
{
	double begin = now_ms();

	race->way_ms[race->round] = begin - race->sent_ms;
	if (race->sent_ms == 0)
		give_up("a line came before it was asked for");
	if (write(race->peer, line, len) != (ssize_t)len || fdatasync(race->peer) != 0)
		give_up("cannot append");
	race->append_ms[race->round] = now_ms() - begin;
	if (++race->round == race->rounds)
		event_base_loopbreak(race->base);
	else
		begin_round(race);
}

static void
on_written(evutil_socket_t fd, short what, void *arg)
{
	struct race *race = arg;
	char notice[4096], line[LINE_MAX_BYTES];

	if (read(fd, notice, sizeof(notice)) < 0)
		return;
	if (race->log_file == NULL)
		race->log_file = fopen(race->log, "re");
	if (race->log_file == NULL)
		return;
	clearerr(race->log_file);
	if (fgets(line, sizeof(line), race->log_file) != NULL)
		end_round(race, line, strlen(line));
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	give_up("no line in time");
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	struct race *race = arg;
	char bytes[64];

	race->is_begun = true;
	if (read(fd, bytes, sizeof(bytes)) > 0)
		begin_round(race);
}

static int
compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static void
report(const char *name, double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	printf("%.3f\t%.3f\t%s\n", values[count / 2], values[count * 99 / 100], name);
}

static void
run(struct race *race)
{
	struct event *written, *input;
	struct evhttp *http = serve(race);

	written =
	    event_new(race->base, race->watch, EV_READ | EV_PERSIST, on_written, race);
	input = event_new(race->base, STDIN_FILENO, EV_READ, on_input, race);
	race->deadline = evtimer_new(race->base, on_deadline, race);
	event_add(written, NULL);
	event_add(input, NULL);
	event_base_dispatch(race->base);
	report("last byte to log line", race->way_ms, race->rounds);
	report("append and fdatasync", race->append_ms, race->rounds);
	event_free(written);
	event_free(input);
	event_free(race->deadline);
	evhttp_free(http);
}

int
main(int argc, char **argv)
{
	struct race race = { .base = event_base_new() };
	char folder[4096], peer[4200];

	race.rounds = argc == 4 ? atoi(argv[1]) : 0; // NOLINT(cert-err34-c): 0 is refused
	if (race.rounds <= 0)
		give_up("usage: latency ROUNDS LOG SOCKET");
	race.log = argv[2];
	race.socket = argv[3];
	(void)snprintf(folder, sizeof(folder), "%s", argv[2]);
	if (strrchr(folder, '/') == NULL)
		give_up("LOG needs a folder");
	*strrchr(folder, '/') = '\0';
	(void)snprintf(peer, sizeof(peer), "%s/append.txt", folder);
	race.peer = open(peer, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	race.watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	race.way_ms = calloc((size_t)race.rounds, sizeof(double));
	race.append_ms = calloc((size_t)race.rounds, sizeof(double));
	if (race.peer < 0 || race.watch < 0 ||
	    inotify_add_watch(race.watch, folder, IN_MODIFY) < 0)
		give_up("cannot watch the log's folder");
	run(&race);
	free(race.way_ms);
	free(race.append_ms);
	event_base_free(race.base);
	close(race.peer);
	close(race.watch);
	return EXIT_SUCCESS;
}
