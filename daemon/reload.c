/*
 * The child says what it found over a pipe: a line for each mistake ('E') and warning
 * ('W'), at the end a line "OK" when there was no mistake. A child that dies is a mistake.
 */
#include "daemon/reload.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/list.h"
#include "base/log.h"
#include "daemon/places.h"
#include "watch/settings.h"
#include "watch/watch.h"

#define RELOAD_CPU_S 60
/* The child has left the matcher in the cache. Where it could not, compiling holds the
 * loop: what takes longer than this is refused. */
#define RELOAD_COMPILE_LIMIT_MS INT64_C(5000)
#define RELOAD_REPORT_MAX_BYTES (1u << 20)
#define RELOAD_MESSAGES_MAX_BYTES (RELOAD_REPORT_MAX_BYTES / 4)

struct reload {
	struct event_base *base; /* borrowed */
	struct watch *watch;     /* borrowed */
	const struct places *places;
	struct reload_events events;
	struct clock_timer *deadline; /* owned */
	struct event *readable;       /* owned; of the pipe */
	struct buf report;
	struct list mistakes, warnings; /* of this round */
	pid_t child;                    /* 0: none */
	int fd;                         /* the pipe's end; -1: none */
	int round;                      /* that runs, or ran last */
	bool is_again;
};

/* -- the child -- */

/* Whatever there is to say, the verdict behind it has to get through: the rest is counted.
 */
static void
print_messages(FILE *out, struct conf *conf)
{
	size_t errors = conf_error_count(conf);
	size_t count = errors + conf_warning_count(conf);
	size_t bytes = 0, i;

	for (i = 0; i < count; i++) {
		const char *text = conf_message(conf, i);

		bytes += strlen(text) + 2;
		if (bytes > RELOAD_MESSAGES_MAX_BYTES)
			break;
		(void)fprintf(out, "%c%s\n", i < errors ? 'E' : 'W', text);
	}
	if (i < errors)
		(void)fprintf(
		    out, "E%zu more mistakes (dealwatch check shows them)\n", errors - i);
	else if (i < count)
		(void)fprintf(
		    out, "W%zu more warnings (dealwatch check shows them)\n", count - i);
}

static void
try_settings(const struct places *places, FILE *out)
{
	AUTO(settings) settings = settings_new();
	struct error err = { 0 };
	bool ok = settings_read(settings, places->config, places->is_config_optional);

	print_messages(out, settings->conf);
	if (ok && !ruleset_compile(settings->rules, places->cache, &err)) {
		(void)fprintf(out, "E%s\n", err.text);
		ok = false;
	}
	if (ok)
		(void)fprintf(out, "OK\n");
}

/* Nothing of the daemon is the child's: no socket, no store, no signal. */
static void
become_child(int fd)
{
	(void)setpgid(0, 0); /* with the children it may have */
	if (dup2(fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	(void)close_range(STDERR_FILENO + 2, ~0u, 0);
}

static void __attribute__((noreturn)) run_child(const struct reload *reload, int fd)
{
	FILE *out;

	become_child(fd);
	out = fdopen(STDERR_FILENO + 1, "w");
	if (out == NULL)
		_exit(1);
	try_settings(reload->places, out);
	_exit(fclose(out) == 0 ? 0 : 1);
}

static pid_t
start_child(const struct reload *reload, int fd)
{
	pid_t child = child_fork(RELOAD_CPU_S);

	if (child == 0)
		run_child(reload, fd);
	if (child > 0)
		(void)setpgid(child, child); /* whoever of the two comes first */
	return child;
}

/* -- what it found -- */

/* Log what the child said, and keep it. @return whether it found the configuration good */
static bool
take_report(struct reload *reload)
{
	char *rest = NULL;
	bool is_ok = false;

	buf_add_char(&reload->report, '\0');
	for (char *line = strtok_r(reload->report.data, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strcmp(line, "OK") == 0) {
			is_ok = true;
		} else if (line[0] == 'E') {
			log_error("reload", "%s", line + 1);
			list_add(&reload->mistakes, line + 1);
		} else if (line[0] == 'W') {
			log_warn("reload", "%s", line + 1);
			list_add(&reload->warnings, line + 1);
		}
	}
	return is_ok;
}

static char *
child_failure(int status)
{
	char *text;

	if (WIFSIGNALED(status))
		text = mem_printf(
		    "the reader of the configuration was killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		text = mem_printf("the reader of the configuration ended with status %d",
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	log_error("reload", "%s", text);
	return text;
}

static bool
configure(struct reload *reload, struct settings *settings, struct error *err)
{
	ruleset_limit_compile(settings->rules, RELOAD_COMPILE_LIMIT_MS);
	if (watch_configure(reload->watch, settings, err))
		return true;
	if (err->kind == ERROR_LIMIT)
		(void)error_prefix(err, "nothing is kept in %s", reload->places->cache);
	return false;
}

/* Read it here and put it in force. @return what is wrong, the caller's to free(), or NULL
 */
static char *
apply(struct reload *reload)
{
	AUTO(settings) settings = settings_new();
	struct error err = { 0 };

	crash_point("during-reload");
	if (!settings_read(
		settings, reload->places->config, reload->places->is_config_optional))
		/* it changed since the child read it */
		(void)error_set(&err, ERROR_CONFIG, "reload", "%s",
		    conf_error_count(settings->conf) > 0 ? conf_message(settings->conf, 0)
							 : "cannot be read");
	else if (configure(reload, settings, &err))
		return NULL;
	log_error("reload", "%s", err.text);
	return mem_strdup(err.text);
}

static void
end_child(struct reload *reload, int *status)
{
	if (reload->child > 0)
		*status = child_end(reload->child, false);
	reload->child = 0;
	if (reload->readable != NULL)
		event_free(reload->readable);
	reload->readable = NULL;
	if (reload->fd >= 0)
		(void)close(reload->fd); /* only read from */
	reload->fd = -1;
	clock_timer_cancel(reload->deadline);
}

static void
finish(struct reload *reload, const char *failure)
{
	struct reload_outcome outcome = { failure, &reload->mistakes, &reload->warnings };

	if (failure != NULL)
		log_error("reload", "the old configuration stays in force");
	else
		log_info("reload",
		    "the new configuration is in force: %zu sources, %zu rules",
		    feeds_count(watch_feeds(reload->watch)),
		    ruleset_rule_count(watch_rules(reload->watch)));
	if (failure != NULL && reload->mistakes.count == 0)
		list_add(&reload->mistakes, failure);
	reload->events.on_done(reload->events.ctx, reload->round, &outcome);
}

static void start(struct reload *reload);

static void
on_child_done(struct reload *reload)
{
	AUTO_FREE char *failure = NULL;
	int status = 0;
	bool is_ok;

	end_child(reload, &status);
	is_ok = take_report(reload);
	if (reload->mistakes.count > 0)
		failure = mem_strdup(reload->mistakes.items[0]);
	else if (!is_ok || status != 0)
		failure = child_failure(status);
	else
		failure = apply(reload);
	finish(reload, failure);
	if (reload->is_again)
		start(reload);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct reload *reload = arg;
	ssize_t got = read(reload->fd, buf_reserve(&reload->report, 4096), 4096);

	if (got > 0 && reload->report.len < RELOAD_REPORT_MAX_BYTES)
		reload->report.len += (size_t)got;
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		on_child_done(reload);
}

/* The pipe ends with the child, and on_readable does the rest. */
static void
on_deadline(void *ctx, int64_t now_ms)
{
	struct reload *reload = ctx;

	(void)kill(-reload->child, SIGKILL);
}

static bool
start_round(struct reload *reload, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_system(err, errno, "reload", "cannot make a pipe");
	reload->fd = ends[0];
	reload->child = start_child(reload, ends[1]);
	(void)close(ends[1]); /* the child's */
	if (reload->child < 0)
		return error_system(err, errno, "reload", "cannot start a child");
	(void)evutil_make_socket_nonblocking(reload->fd);
	reload->readable =
	    event_new(reload->base, reload->fd, EV_READ | EV_PERSIST, on_readable, reload);
	(void)event_add(reload->readable, NULL);
	clock_timer_after(reload->deadline, RELOAD_DEADLINE_MS);
	return true;
}

static void
start(struct reload *reload)
{
	struct error err = { 0 };
	int status;

	reload->is_again = false;
	reload->round++;
	buf_reset(&reload->report);
	list_clear(&reload->mistakes);
	list_clear(&reload->warnings);
	log_info("reload", "reading the configuration again");
	reload->events.on_start(reload->events.ctx);
	if (!start_round(reload, &err)) {
		end_child(reload, &status);
		log_error("reload", "%s", err.text);
		finish(reload, err.text);
	}
}

/* -- life -- */

void
reload_request(struct reload *reload)
{
	if (reload->child > 0)
		reload->is_again = true;
	else
		start(reload);
}

int
reload_next_round(const struct reload *reload)
{
	return reload->round + 1;
}

struct reload *
reload_new(struct event_base *base, struct clock *clock, struct watch *watch,
    const struct places *places, const struct reload_events *events)
{
	struct reload *reload = mem_zalloc(sizeof(*reload));

	reload->base = base;
	reload->watch = watch;
	reload->places = places;
	reload->events = *events;
	reload->fd = -1;
	reload->deadline = clock_timer_new(clock, on_deadline, reload);
	return reload;
}

void
reload_free(struct reload *reload)
{
	int status;

	if (reload == NULL)
		return;
	if (reload->child > 0)
		(void)kill(-reload->child, SIGKILL);
	end_child(reload, &status);
	clock_timer_free(reload->deadline);
	buf_clear(&reload->report);
	list_clear(&reload->mistakes);
	list_clear(&reload->warnings);
	free(reload);
}
