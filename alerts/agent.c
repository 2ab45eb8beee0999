/*
 * dealwatch-notify: the desktop agent of one user.
 *
 * Follows the daemon's stream of alerts and hands each to the notification server. Keeps
 * the last event that was shown, so that nothing is lost while nobody is logged in, while
 * the server hangs, or while there is none. The daemon knows nothing of all that: nothing
 * here can hurt it.
 */
#include <glib-unix.h>
#include <glib.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "alerts/agent_cursor.h"
#include "alerts/agent_notice.h"
#include "alerts/agent_screen.h"
#include "alerts/agent_stream.h"
#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/paths.h"
#include "base/sse.h"

#define NO_CONTACT_S INT64_C(900)
#define NO_CONTACT_MAX_S (INT64_C(7) * 24 * 3600)

struct words {
	const char *socket, *opener, *log_level;
	int64_t no_contact_s;
	bool is_help, is_version;
};

static const struct option_row rows[] = {
	{ "socket", 0, OPTION_TEXT, offsetof(struct words, socket), "PATH",
	    "the daemon's socket ($DEALWATCH_SOCKET, else the usual ones)" },
	{ "opener", 0, OPTION_TEXT, offsetof(struct words, opener), "PROGRAM",
	    "what opens a link (xdg-open)" },
	{ "no-contact-after", 0, OPTION_NUMBER, offsetof(struct words, no_contact_s),
	    "SECONDS", "without the daemon, until that is said (900)", 1,
	    NO_CONTACT_MAX_S },
	{ "log-level", 0, OPTION_TEXT, offsetof(struct words, log_level), "LEVEL",
	    "error, warn, info or debug" },
	{ "version", 'V', OPTION_FLAG, offsetof(struct words, is_version), NULL,
	    "say the version" },
	{ "help", 'h', OPTION_FLAG, offsetof(struct words, is_help), NULL, "this list" },
	{ NULL },
};

struct agent {
	const struct words *words;
	GMainLoop *loop;
	char *folder;          /* owned */
	int lock;              /* -1: none */
	char *cursor_file;     /* owned; NULL until a daemon was met */
	struct cursor cursor;  /* in the file; event -1: there is none */
	bool is_cursor_failed; /* and that was said */
	struct cursor read;    /* the last one that came; event -1: none yet */
	bool was_live;         /* all that was stored has come once */
	struct screen *screen; /* owned */
	struct stream *stream; /* owned */
	guint silence;         /* runs while there is no contact */
	int code;              /* how the process ends */
};

/* -- the cursor -- */

static void
save_cursor(struct agent *agent, int64_t event)
{
	struct error err = { 0 };

	if (event < 0 || (event == agent->cursor.event &&
			     strcmp(agent->cursor.store, agent->read.store) == 0))
		return;
	agent->cursor = agent->read;
	agent->cursor.event = event;
	if (cursor_write(agent->cursor_file, &agent->cursor, &err)) {
		agent->is_cursor_failed = false;
		return;
	}
	/* what was shown may be shown again after a restart, and nothing is lost */
	if (!agent->is_cursor_failed)
		log_error("notify", "%s", err.text);
	agent->is_cursor_failed = true;
}

/* An unreadable cursor is no reason to lose anything: all that is kept comes in one
 * summary.
 */
static void
load_cursor(struct agent *agent, const char *socket)
{
	struct error err = { 0 };

	agent->cursor_file = cursor_path(agent->folder, socket);
	if (cursor_read(agent->cursor_file, &agent->cursor, &err))
		return;
	log_warn("notify", "%s; beginning with the first alert that is kept", err.text);
	agent->cursor = (struct cursor){ 0 };
}

/* -- what comes from the screen -- */

static void
on_shown(void *ctx, int64_t event)
{
	struct agent *agent = ctx;

	save_cursor(agent, screen_is_idle(agent->screen) ? agent->read.event : event);
}

/* systemd starts us anew; without it the session is over. */
static void
on_bus_lost(void *ctx)
{
	struct agent *agent = ctx;

	log_warn("notify", "the session's bus is gone; ending");
	agent->code = EX_TEMPFAIL;
	g_main_loop_quit(agent->loop);
}

/* -- what comes from the daemon -- */

static struct cursor
on_connect(void *ctx, const char *socket)
{
	struct agent *agent = ctx;

	if (agent->cursor_file == NULL)
		load_cursor(agent, socket);
	screen_hold(agent->screen);
	return agent->read.event >= 0 ? agent->read : agent->cursor;
}

static void
take_alert(struct agent *agent, const struct sse_event *event)
{
	struct notice *notice = notice_read(event->id, event->data, event->len);

	if (notice == NULL) {
		log_error(
		    "notify", "event %" PRId64 " is no alert: passed over", event->id);
		return;
	}
	screen_add(agent->screen, notice);
}

/*
 * Whose events these are. When they are another's than those we know a reset follows, and
 * is kept when it has been shown.
 */
static void
take_store(struct agent *agent, const struct sse_event *event)
{
	json_t *document = json_loadb(event->data, event->len, 0, NULL);
	const char *store = json_string_value(json_object_get(document, "store"));

	if (store != NULL && cursor_is_store(store))
		memcpy(agent->read.store, store, strlen(store) + 1);
	json_decref(document);
	if (agent->cursor.store[0] == '\0')
		save_cursor(agent, agent->cursor.event); /* of an earlier version */
}

/* The daemon does not know where we were: its store is another, or keeps less. */
static void
take_reset(struct agent *agent, int64_t event)
{
	struct notice *notice = notice_new(SEVERITY_HIGH, "reset",
	    "Alerts may have been missed",
	    "dealwatchd no longer knows which alerts were shown here last. Look at: dealwatch "
	    "tail");

	log_warn("notify", "the daemon knows no event %" PRId64 "; going on after %" PRId64,
	    agent->cursor.event, event);
	notice->event = event;
	notice->icon = "dialog-warning";
	screen_add(agent->screen, notice);
}

static void
on_event(void *ctx, const struct sse_event *event)
{
	struct agent *agent = ctx;
	bool is_reset = strcmp(event->kind, "reset") == 0;
	bool is_live = strcmp(event->kind, "live") == 0;
	bool is_new = event->id > agent->read.event;

	if (strcmp(event->kind, "store") == 0)
		take_store(agent, event);
	if (event->id < 0)
		return;
	if (is_reset || is_new)
		agent->read.event = event->id;
	if (is_reset)
		take_reset(agent, event->id);
	else if (is_new && strcmp(event->kind, "alert") == 0)
		take_alert(agent, event);
	if (screen_is_idle(agent->screen))
		save_cursor(agent, agent->read.event);
	if (is_live)
		screen_go_on(agent->screen, !agent->was_live);
	agent->was_live = agent->was_live || is_live;
}

static gboolean
on_silence(gpointer arg)
{
	struct agent *agent = arg;

	agent->silence = 0;
	screen_say_contact(agent->screen, true);
	return G_SOURCE_REMOVE;
}

static void
on_contact(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->silence != 0)
		(void)g_source_remove(agent->silence);
	agent->silence = 0;
	screen_say_contact(agent->screen, false);
}

static void
begin_silence(struct agent *agent)
{
	agent->silence =
	    g_timeout_add_seconds((guint)agent->words->no_contact_s, on_silence, agent);
}

static void
on_lost(void *ctx, const char *why)
{
	struct agent *agent = ctx;

	screen_go_on(agent->screen, false); /* what came is shown */
	begin_silence(agent);
}

/* -- life -- */

static gboolean
on_stop(gpointer arg)
{
	struct agent *agent = arg;

	g_main_loop_quit(agent->loop);
	return G_SOURCE_CONTINUE;
}

static void
open_agent(struct agent *agent)
{
	struct screen_events seen = {
		.on_shown = on_shown, .on_bus_lost = on_bus_lost, .ctx = agent
	};
	struct stream_events told = { .on_connect = on_connect,
		.on_contact = on_contact,
		.on_event = on_event,
		.on_lost = on_lost,
		.ctx = agent };

	agent->loop = g_main_loop_new(NULL, FALSE);
	agent->screen = screen_new(agent->words->opener, &seen);
	agent->stream = stream_new(agent->words->socket, &told);
	(void)g_unix_signal_add(SIGTERM, on_stop, agent);
	(void)g_unix_signal_add(SIGINT, on_stop, agent);
	begin_silence(agent);
}

static void
close_agent(struct agent *agent)
{
	stream_free(agent->stream);
	screen_free(agent->screen);
	if (agent->loop != NULL)
		g_main_loop_unref(agent->loop);
	free(agent->cursor_file);
	free(agent->folder);
	if (agent->lock >= 0)
		(void)close(agent->lock); /* empty */
}

static int
run(const struct words *words)
{
	struct agent agent = { .words = words,
		.lock = -1,
		.cursor = { .event = -1 },
		.read = { .event = -1 } };
	struct error err = { 0 };

	agent.folder = paths_state(true);
	if (!cursor_lock(agent.folder, &agent.lock, &err)) {
		log_error("notify", "%s", err.text);
		agent.code = err.kind == ERROR_LIMIT ? EX_TEMPFAIL : EX_IOERR;
	} else {
		open_agent(&agent);
		g_main_loop_run(agent.loop);
	}
	close_agent(&agent);
	return agent.code;
}

static int
usage(const char *text)
{
	(void)fprintf(stderr, "dealwatch-notify: %s\nTry dealwatch-notify --help.\n", text);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	struct words words = { .opener = "xdg-open", .no_contact_s = NO_CONTACT_S };
	enum log_level level = LOG_LEVEL_INFO;
	struct error err = { 0 };
	int first = 0;

	if (!options_read(argc, argv, rows, &words, &first, &err))
		return usage(err.text);
	if (first < argc)
		return usage("only options are taken");
	if (words.log_level != NULL && !log_level_parse(words.log_level, &level))
		return usage("the log level is error, warn, info or debug");
	if (words.is_help) {
		puts("usage: dealwatch-notify [OPTION...]\n\n"
		     "Show the alerts of dealwatchd as notifications of this desktop.\n");
		options_print(stdout, rows);
		return EX_OK;
	}
	if (words.is_version) {
		puts("dealwatch-notify " PACKAGE_VERSION);
		return EX_OK;
	}
	log_set_level(level);
	return run(&words);
}
