/*
 * The exec sink: a program gets the record on its standard input.
 *
 * Exit status 0 is delivered, 65 (EX_DATAERR) is never, all else is tried again. What it
 * says last on standard error is kept as the reason. When its time is over the whole group
 * is killed.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "alerts/alerts.h"
#include "alerts/sink.h"
#include "base/clock.h"
#include "base/spawn.h"

#define SAID_BYTES 1024                      /* of standard error: its end is kept */
#define DRAIN_MAX_BYTES ((size_t)256 * 1024) /* what is read after the end at most */
#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct program {
	struct sink_house house;
	char **argv; /* owned, each too */
	int64_t timeout_ms;
	struct clock_timer *timeout; /* owned */
	/* of a run */
	pid_t pid; /* 0: none */
	int pid_fd, said_fd;
	struct event *end_event, *said_event; /* owned */
	char said[SAID_BYTES];
	size_t said_len;
	bool is_late;
};

/* -- what it says -- */

static void
keep_end(struct program *program, const char *bytes, size_t len)
{
	size_t over;

	if (len > SAID_BYTES) {
		bytes += len - SAID_BYTES;
		len = SAID_BYTES;
	}
	over =
	    program->said_len + len > SAID_BYTES ? program->said_len + len - SAID_BYTES : 0;
	memmove(program->said, program->said + over, program->said_len - over);
	program->said_len -= over;
	memcpy(program->said + program->said_len, bytes, len);
	program->said_len += len;
}

/* @return how much there was; 0 when there is nothing more */
static size_t
hear(struct program *program)
{
	char bytes[SAID_BYTES * 4];
	ssize_t got;

	do
		got = read(program->said_fd, bytes, sizeof(bytes));
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		keep_end(program, bytes, (size_t)got);
		return (size_t)got;
	}
	if (got == 0)
		(void)event_del(program->said_event); /* it closed its end */
	return 0;
}

static void
on_said(evutil_socket_t fd, short what, void *arg)
{
	(void)hear(arg);
}

/* The last line that is not empty. */
static const char *
last_line(struct program *program, int *len)
{
	const char *end = program->said + program->said_len, *begin;

	while (
	    end > program->said && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' '))
		end--;
	begin = end;
	while (begin > program->said && begin[-1] != '\n')
		begin--;
	*len = (int)(end - begin);
	return begin;
}

/* -- the end -- */

static void
forget_run(struct program *program)
{
	clock_timer_cancel(program->timeout);
	if (program->end_event != NULL)
		event_free(program->end_event);
	if (program->said_event != NULL)
		event_free(program->said_event);
	if (program->pid_fd >= 0)
		(void)close(program->pid_fd); /* neither is written to */
	if (program->said_fd >= 0)
		(void)close(program->said_fd);
	program->end_event = program->said_event = NULL;
	program->pid_fd = program->said_fd = -1;
	program->pid = 0;
}

static void
judge(struct program *program, int status, struct verdict *verdict)
{
	enum verdict_kind kind = VERDICT_LATER;
	int len;
	const char *line = last_line(program, &len);
	const char *colon = len > 0 ? ": " : "";

	if (program->is_late) {
		verdict_set(verdict, kind, "not done after %llds and killed%s%.*s",
		    (long long)(program->timeout_ms / 1000), colon, len, line);
	} else if (WIFSIGNALED(status)) {
		verdict_set(verdict, kind, "killed by signal %d%s%.*s", WTERMSIG(status),
		    colon, len, line);
	} else if (WEXITSTATUS(status) != 0) {
		if (WEXITSTATUS(status) == EX_DATAERR)
			kind = VERDICT_REFUSED;
		verdict_set(verdict, kind, "exit status %d%s%.*s", WEXITSTATUS(status),
		    colon, len, line);
	} else {
		verdict_set(verdict, VERDICT_DELIVERED, "%s", "");
	}
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct program *program = arg;
	struct verdict verdict;
	size_t heard = 0, more;
	int status = 0;
	pid_t ended = waitpid(program->pid, &status, WNOHANG);

	if (ended == 0)
		return;
	/* what it said before its end; a child that it left behind may say more for ever */
	do
		heard += more = hear(program);
	while (more > 0 && heard < DRAIN_MAX_BYTES);
	if (ended > 0)
		judge(program, status, &verdict);
	else /* somebody else has waited for it */
		verdict_set(&verdict, VERDICT_LATER, "nobody knows how it ended");
	forget_run(program);
	program->house.on_done(program->house.ctx, &verdict);
}

static void
on_timeout(void *ctx, int64_t now_ms)
{
	struct program *program = ctx;

	program->is_late = true;
	(void)kill(-program->pid, SIGKILL); /* its end is told by the event */
}

/* -- the begin -- */

/* The record as a file: it can be read at leisure, and no reader keeps us waiting. */
static int
make_input(const struct parcel *parcel)
{
	int fd = memfd_create("alert", MFD_CLOEXEC);
	bool is_good = fd >= 0 &&
		       pwrite(fd, parcel->record, parcel->len, 0) == (ssize_t)parcel->len &&
		       pwrite(fd, "\n", 1, (off_t)parcel->len) == 1;

	if (is_good || fd < 0)
		return fd;
	(void)close(fd); /* the first failure counts */
	return -1;
}

static bool
start(struct program *program, const struct parcel *parcel, int input, int output,
    struct error *err)
{
	AUTO_FREE char *id = mem_printf("DEALWATCH_ID=%s", parcel->id);
	AUTO_FREE char *kind = mem_printf("DEALWATCH_KIND=%s", parcel->kind);
	AUTO_FREE char *sink = mem_printf("DEALWATCH_SINK=%s", parcel->sink);
	AUTO_FREE char *severity =
	    mem_printf("DEALWATCH_SEVERITY=%s", severity_names[parcel->severity]);
	char *environment[] = { (char *)"PATH=" PATH_DEFAULT, (char *)"LANG=C.UTF-8", id,
		kind, severity, sink, NULL };
	int files[3] = { input, -1, output };
	struct spawn spawn = { .program = program->argv[0],
		.argv = program->argv,
		.environment = environment,
		.files = files,
		.file_count = 3 };

	return spawn_start(&spawn, &program->pid, err);
}

static void
watch(struct program *program)
{
	program->end_event = event_new(
	    program->house.base, program->pid_fd, EV_READ | EV_PERSIST, on_end, program);
	program->said_event = event_new(
	    program->house.base, program->said_fd, EV_READ | EV_PERSIST, on_said, program);
	if (program->end_event == NULL || program->said_event == NULL ||
	    event_add(program->end_event, NULL) != 0 ||
	    event_add(program->said_event, NULL) != 0)
		abort(); /* out of memory */
	clock_timer_after(program->timeout, program->timeout_ms);
}

static bool
run(struct program *program, const struct parcel *parcel, struct error *err)
{
	int input = make_input(parcel), ends[2] = { -1, -1 };
	bool is_good;

	if (input < 0)
		return error_system(err, errno, program->argv[0], "no memory file for it");
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		(void)error_system(err, errno, program->argv[0], "no pipe for it");
		(void)close(input);
		return false;
	}
	/* the end it writes to has to block as programs expect */
	(void)fcntl(ends[1], F_SETFL, O_WRONLY);
	is_good = start(program, parcel, input, ends[1], err);
	(void)close(input); /* the child has its own */
	(void)close(ends[1]);
	program->said_fd = ends[0];
	if (!is_good)
		return false;
	program->pid_fd = spawn_watch(program->pid);
	if (program->pid_fd >= 0)
		return true;
	(void)error_system(err, errno, program->argv[0], "cannot be watched");
	(void)kill(-program->pid, SIGKILL);
	(void)waitpid(program->pid, NULL, 0); /* it is dead in no time */
	return false;
}

static bool
exec_deliver(void *sink, const struct parcel *parcel, struct verdict *verdict)
{
	struct program *program = sink;
	struct error err = { 0 };

	program->said_len = 0;
	program->is_late = false;
	if (!run(program, parcel, &err)) {
		forget_run(program);
		verdict_set(verdict, VERDICT_LATER, "%s", err.text);
		return true;
	}
	watch(program);
	return false;
}

/* -- life -- */

static void *
exec_open(
    const struct sink_house *house, const struct sink_settings *settings, struct error *err)
{
	struct program *program = mem_zalloc(sizeof(*program));

	program->house = *house;
	program->argv = mem_array(settings->command.count + 1, sizeof(char *));
	for (size_t i = 0; i < settings->command.count; i++)
		program->argv[i] = mem_strdup(settings->command.items[i]);
	program->timeout_ms = settings->timeout_s * 1000;
	program->timeout = clock_timer_new(house->clock, on_timeout, program);
	program->pid_fd = program->said_fd = -1;
	return program;
}

static void
exec_close(void *sink)
{
	struct program *program = sink;

	if (program->pid > 0) {
		(void)kill(-program->pid, SIGKILL);
		(void)waitpid(program->pid, NULL, WNOHANG); /* or init does, soon */
	}
	forget_run(program);
	clock_timer_free(program->timeout);
	for (size_t i = 0; program->argv[i] != NULL; i++)
		free(program->argv[i]);
	free((void *)program->argv);
	free(program);
}

const struct sink_kind sink_exec = { "exec", exec_open, exec_deliver, exec_close };
