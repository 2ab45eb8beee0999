/*
 * dealwatch tail: the last alerts, then each new one as it comes.
 *
 * Follows the daemon's stream of Server-Sent Events, and comes back after a restart of the
 * daemon with the last event it has shown, so nothing is missed and nothing shown twice.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/options.h"
#include "base/sse.h"
#include "cli/client.h"
#include "cli/records.h"
#include "cli/show.h"

#define TAIL_COUNT 10
#define TAIL_COUNT_MAX 1000
#define TAIL_QUIET_MS (45 * 1000) /* three heartbeats missed: it is gone */
#define TAIL_RETRY_MS 1000
#define TAIL_RETRY_MAX_MS (30 * 1000)
#define TAIL_READ_BYTES ((size_t)64 << 10)

struct words {
	const char *socket;
	int64_t count, after;
	bool is_json;
};

static const struct option_row rows[] = {
	{ "lines", 'n', OPTION_NUMBER, offsetof(struct words, count), "N",
	    "begin with the last N alerts (10)", 0, TAIL_COUNT_MAX },
	{ "after", 0, OPTION_NUMBER, offsetof(struct words, after), "EVENT",
	    "begin after this event", 0, INT64_MAX },
	{ "json", 0, OPTION_FLAG, offsetof(struct words, is_json), NULL,
	    "records as JSON, one a line" },
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    CLIENT_SOCKET_HELP },
	{ NULL },
};

enum tail_end { TAIL_STOPPED, TAIL_LOST };

struct tail {
	const struct words *words;
	int signals; /* a signalfd */
	int64_t cursor;
	bool is_coloured;
	bool is_heard; /* the stream said something since it was opened */
	char *store;   /* owned; whose events the cursor counts, NULL: not known yet */
	struct sse sse;
};

/* -- showing -- */

static void
show_alert(struct tail *tail, const struct sse_event *event)
{
	json_t *record;

	if (event->id <= tail->cursor) /* shown before the connection was lost */
		return;
	tail->cursor = event->id;
	if (tail->words->is_json) {
		puts(event->data);
		return;
	}
	record = json_loadb(event->data, event->len, 0, NULL);
	if (record != NULL)
		records_print(record, tail->is_coloured);
	json_decref(record);
}

static void
take_store(struct tail *tail, const struct sse_event *event)
{
	json_t *document = json_loadb(event->data, event->len, 0, NULL);
	const char *store = json_string_value(json_object_get(document, "store"));

	/* it becomes part of a path */
	if (store != NULL && strspn(store, "0123456789abcdef") == strlen(store)) {
		free(tail->store);
		tail->store = mem_strdup(store);
	}
	json_decref(document);
}

static void
on_event(void *ctx, const struct sse_event *event)
{
	struct tail *tail = ctx;

	if (strcmp(event->kind, "store") == 0)
		take_store(tail, event);
	if (event->id < 0)
		return;
	if (strcmp(event->kind, "alert") == 0) {
		show_alert(tail, event);
	} else if (strcmp(event->kind, "reset") == 0) {
		(void)fprintf(stderr,
		    "dealwatch: the daemon knows no event %" PRId64
		    "; going on after %" PRId64 ", something may be missing\n",
		    tail->cursor, event->id);
		tail->cursor = event->id;
	}
}

/* Take what came. @return false when it is no stream of ours */
static bool
take_events(struct tail *tail)
{
	bool ok = sse_take(&tail->sse, on_event, tail);

	(void)fflush(stdout); /* on_output() and cli_finish() look */
	return ok;
}

/* -- waiting -- */

/*
 * Wait until fd (or -1) is readable. @return 1 when it is, 0 after the time, -1 when the
 * user has had enough: a signal, or nobody reads what is printed
 */
static int
wait_for(const struct tail *tail, int fd, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = tail->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, { .fd = fd, .events = POLLIN } };

	while (poll(fds, 3, timeout_ms) < 0) {
		if (errno != EINTR)
			return -1;
	}
	if (fds[0].revents != 0 || (fds[1].revents & (POLLERR | POLLHUP)) != 0 ||
	    ferror(stdout) != 0)
		return -1;
	return fds[2].revents != 0;
}

static enum tail_end
follow(struct tail *tail, int fd)
{
	struct buf *in = &tail->sse.in;

	for (;;) {
		ssize_t got;
		int ready;

		if (in->len > 0 && !take_events(tail))
			return TAIL_LOST;
		ready = wait_for(tail, fd, TAIL_QUIET_MS);
		if (ready < 0)
			return TAIL_STOPPED;
		if (ready == 0)
			return TAIL_LOST;
		got = read(fd, buf_reserve(in, TAIL_READ_BYTES), TAIL_READ_BYTES);
		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return TAIL_LOST;
		if (got > 0)
			in->len += (size_t)got;
		tail->is_heard = true;
	}
}

/* Open the stream and follow it to its end. *code: why it could not be opened, or EX_OK */
static enum tail_end
follow_once(struct tail *tail, int *code, struct error *err)
{
	AUTO_FREE char *path = mem_printf("/v1/alerts/stream?after=%" PRId64 "%s%s",
	    tail->cursor, tail->store != NULL ? "&store=" : "",
	    tail->store != NULL ? tail->store : "");
	struct client_request request = {
		.socket = tail->words->socket, .method = "GET", .path = path
	};
	enum tail_end end;
	int fd = -1;

	sse_reset(&tail->sse);
	*code = client_stream(&request, &fd, &tail->sse.in, err);
	if (*code != EX_OK)
		return TAIL_LOST;
	tail->is_heard = tail->sse.in.len > 0;
	end = follow(tail, fd);
	(void)close(fd); /* only read from */
	return end;
}

static int
follow_for_ever(struct tail *tail)
{
	int wait_ms = TAIL_RETRY_MS, code;
	bool is_first = true, is_said = false;
	struct error err = { 0 };

	for (;;) {
		if (follow_once(tail, &code, &err) == TAIL_STOPPED)
			return EX_OK;
		if (code != EX_OK && (is_first || code == EX_NOPERM)) {
			(void)cli_fail(&err);
			return code;
		}
		is_first = false;
		if (code == EX_OK && tail->is_heard) {
			wait_ms = TAIL_RETRY_MS;
			is_said = false;
		}
		if (!is_said)
			(void)fprintf(stderr, "dealwatch: lost the daemon; trying again\n");
		is_said = true;
		if (wait_for(tail, -1, wait_ms) < 0)
			return EX_OK;
		wait_ms = wait_ms * 2 < TAIL_RETRY_MAX_MS ? wait_ms * 2 : TAIL_RETRY_MAX_MS;
	}
}

/* -- the whole -- */

/* Where to begin, so that the last alerts come first. */
static int
find_cursor(struct tail *tail, struct error *err)
{
	struct client_request request = {
		.socket = tail->words->socket, .method = "GET", .path = "/v1/status"
	};
	AUTO_BUF struct buf answer = BUF_EMPTY;
	json_t *status;
	int64_t last = 0;
	int code;

	if (tail->words->after >= 0) {
		tail->cursor = tail->words->after;
		return EX_OK;
	}
	code = client_ask(&request, &answer, err);
	if (code != EX_OK)
		return code;
	status = json_loadb(buf_text(&answer), answer.len, 0, NULL);
	last = json_integer_value(
	    json_object_get(json_object_get(status, "alerts"), "last_event"));
	json_decref(status);
	if (last == 0 && isatty(STDERR_FILENO) == 1)
		(void)fprintf(
		    stderr, "nothing was told yet; waiting for the first alert\n");
	tail->cursor = last > tail->words->count ? last - tail->words->count : 0;
	return EX_OK;
}

static int
open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
run(const struct verb *verb, int argc, char **argv)
{
	struct words words = { .count = TAIL_COUNT, .after = -1 };
	struct tail tail = { .words = &words };
	struct error err = { 0 };
	int first, code;

	if (!cli_options(verb, argc, argv, &words, &first))
		return EX_USAGE;
	if (first < argc)
		return cli_usage(verb, "%s: only options are taken", argv[first]);
	sse_init(&tail.sse);
	tail.is_coloured = show_wants_colour(stdout);
	tail.signals = open_signals();
	code = find_cursor(&tail, &err);
	if (code == EX_OK)
		code = follow_for_ever(&tail);
	else
		(void)cli_fail(&err);
	sse_clear(&tail.sse);
	free(tail.store);
	(void)close(tail.signals); /* only read from */
	return code;
}

const struct verb verb_tail = {
	"tail",
	"[-n N] [--after EVENT] [--json] [--socket PATH]",
	"show the last alerts, then each new one as it comes",
	rows,
	"Goes on over restarts of the daemon until it is interrupted.",
	run,
};
