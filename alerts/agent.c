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
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "alerts/agent_cursor.h"
#include "alerts/agent_desktop.h"
#include "alerts/agent_mute.h"
#include "alerts/agent_notice.h"
#include "alerts/agent_queue.h"
#include "alerts/agent_stream.h"
#include "base/error.h"
#include "base/log.h"
#include "base/options.h"
#include "base/paths.h"
#include "base/sse.h"

#define NO_CONTACT_S INT64_C(900)
#define NO_CONTACT_MAX_S (INT64_C(7) * 24 * 3600)
#define NO_CONTACT_KEY "no contact"
#define SHOW_RETRY_MS 1000u
#define SHOW_RETRY_MAX_MS 60000u

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
	int64_t cursor;        /* in the file; -1: there is none */
	bool is_cursor_failed; /* and that was said */
	int64_t read_event;    /* the last one that came; -1: none yet */
	bool is_collecting;    /* what was stored is still coming */
	bool was_live;         /* it was all there once */
	struct queue *queue;   /* owned, as all below */
	struct mutes *mutes;
	struct stream *stream;
	struct desktop *desktop;
	bool is_asking;      /* the notification server */
	bool is_server_said; /* that it does not answer */
	guint show_retry, show_retry_ms;
	guint silence;          /* runs while there is no contact */
	bool is_out_of_contact; /* for longer than one may be */
	bool is_word_shown;     /* and the user was told */
	int code;               /* how the process ends */
};

static int64_t
now_ms(void)
{
	return g_get_real_time() / 1000;
}

/* -- the cursor -- */

static void
save_cursor(struct agent *agent, int64_t event)
{
	struct error err = { 0 };

	if (event < 0 || event == agent->cursor)
		return;
	agent->cursor = event;
	if (cursor_write(agent->cursor_file, event, &err)) {
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
	agent->cursor = 0;
}

/* -- showing -- */

static void show_what_waits(struct agent *agent);

static gboolean
on_show_retry(gpointer arg)
{
	struct agent *agent = arg;

	agent->show_retry = 0;
	show_what_waits(agent);
	return G_SOURCE_REMOVE;
}

static void
retry_later(struct agent *agent, const char *why)
{
	if (!agent->is_server_said)
		log_warn("notify", "nothing can be shown: %s; trying again", why);
	agent->is_server_said = true;
	agent->show_retry = g_timeout_add(agent->show_retry_ms, on_show_retry, agent);
	agent->show_retry_ms = MIN(agent->show_retry_ms * 2, SHOW_RETRY_MAX_MS);
}

static bool
has_word_to_say(const struct agent *agent)
{
	return agent->is_out_of_contact != agent->is_word_shown;
}

/* Ask the server, and show when it answers. */
static void
show_what_waits(struct agent *agent)
{
	bool has_alerts = queue_count(agent->queue) > 0 && !agent->is_collecting;

	if (agent->is_asking || agent->show_retry != 0 ||
	    (!has_alerts && !has_word_to_say(agent)))
		return;
	agent->is_asking = true;
	desktop_ask(agent->desktop);
}

static bool
show_summary(struct agent *agent, struct error *err)
{
	AUTO(notice) summary = queue_summary(agent->queue, now_ms());

	if (!desktop_show(agent->desktop, summary, err))
		return false;
	save_cursor(agent, summary->event);
	queue_drop_all(agent->queue);
	return true;
}

static bool
show_first(struct agent *agent, struct error *err)
{
	struct notice *notice = queue_first(agent->queue);

	if (!desktop_show(agent->desktop, notice, err))
		return false;
	save_cursor(agent, notice->event);
	notice_free(queue_take(agent->queue));
	return true;
}

static bool
show_alerts(struct agent *agent, struct error *err)
{
	while (queue_count(agent->queue) > 0 && !agent->is_collecting) {
		if (!(queue_wants_summary(agent->queue, now_ms()) ? show_summary
								  : show_first)(agent, err))
			return false;
	}
	if (queue_count(agent->queue) == 0 && agent->cursor_file != NULL)
		save_cursor(agent, agent->read_event);
	return true;
}

static bool
show_word(struct agent *agent, struct error *err)
{
	AUTO(notice) word = NULL;

	if (!has_word_to_say(agent))
		return true;
	word = notice_new(SEVERITY_HIGH, NO_CONTACT_KEY, "No contact with dealwatchd",
	    "No alert can reach you here until it is back.");
	word->icon = "network-offline";
	word->stays = true;
	if (!agent->is_out_of_contact)
		desktop_close(agent->desktop, NO_CONTACT_KEY);
	else if (!desktop_show(agent->desktop, word, err))
		return false;
	agent->is_word_shown = agent->is_out_of_contact;
	return true;
}

static void
on_answer(void *ctx, const char *why)
{
	struct agent *agent = ctx;
	struct error err = { 0 };

	agent->is_asking = false;
	if (why == NULL && (!show_alerts(agent, &err) || !show_word(agent, &err)))
		why = err.text;
	if (why != NULL) {
		retry_later(agent, why);
		return;
	}
	if (agent->is_server_said)
		log_info("notify", "the notification server answers again");
	agent->is_server_said = false;
	agent->show_retry_ms = SHOW_RETRY_MS;
}

static void
on_server(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->show_retry != 0)
		(void)g_source_remove(agent->show_retry);
	agent->show_retry = 0;
	agent->show_retry_ms = SHOW_RETRY_MS;
	show_what_waits(agent);
}

/* -- buttons -- */

/* The link is an argument of its own: no shell reads it. */
static void
open_link(const struct agent *agent, const char *link, const char *token)
{
	char *argv[] = { (char *)agent->words->opener, (char *)link, NULL };
	g_auto(GStrv) environment = g_get_environ();
	g_autoptr(GError) error = NULL;

	if (token != NULL)
		environment =
		    g_environ_setenv(environment, "XDG_ACTIVATION_TOKEN", token, TRUE);
	if (!g_spawn_async(NULL, argv, environment,
		G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &error))
		log_error("notify", "%s: %s", agent->words->opener, error->message);
}

static void
on_press(void *ctx, const struct desktop_press *press)
{
	struct agent *agent = ctx;

	switch (press->action) {
	case DESKTOP_OPEN:
		open_link(agent, press->link, press->token);
		return;
	case DESKTOP_MUTE:
		log_info("notify", "%s is muted for an hour", press->mute_key);
		mutes_add(agent->mutes, press->mute_key, press->severity, now_ms());
		return;
	}
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

static int64_t
on_connect(void *ctx, const char *socket)
{
	struct agent *agent = ctx;

	if (agent->cursor_file == NULL)
		load_cursor(agent, socket);
	agent->is_collecting = true;
	return agent->read_event >= 0 ? agent->read_event : agent->cursor;
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
	if (mutes_has(agent->mutes, notice->mute_key, notice->severity, now_ms())) {
		log_debug("notify", "event %" PRId64 " is muted", event->id);
		notice_free(notice);
		return;
	}
	queue_add(agent->queue, notice);
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
	    agent->read_event >= 0 ? agent->read_event : agent->cursor, event);
	notice->event = event;
	notice->icon = "dialog-warning";
	queue_add(agent->queue, notice);
}

static void
take_live(struct agent *agent)
{
	if (!agent->was_live)
		queue_mark_absence(agent->queue);
	agent->was_live = true;
	agent->is_collecting = false;
}

static void
on_event(void *ctx, const struct sse_event *event)
{
	struct agent *agent = ctx;
	bool is_reset = strcmp(event->kind, "reset") == 0;

	if (event->id < 0)
		return;
	if (is_reset)
		take_reset(agent, event->id);
	else if (strcmp(event->kind, "live") == 0)
		take_live(agent);
	else if (strcmp(event->kind, "alert") == 0 && event->id > agent->read_event)
		take_alert(agent, event);
	if (is_reset || event->id > agent->read_event)
		agent->read_event = event->id;
	if (queue_count(agent->queue) == 0)
		save_cursor(agent, agent->read_event);
	show_what_waits(agent);
}

static gboolean
on_silence(gpointer arg)
{
	struct agent *agent = arg;

	agent->silence = 0;
	agent->is_out_of_contact = true;
	show_what_waits(agent);
	return G_SOURCE_REMOVE;
}

static void
on_contact(void *ctx)
{
	struct agent *agent = ctx;

	if (agent->silence != 0)
		(void)g_source_remove(agent->silence);
	agent->silence = 0;
	agent->is_out_of_contact = false;
	show_what_waits(agent);
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

	agent->is_collecting = false; /* what came is shown */
	begin_silence(agent);
	show_what_waits(agent);
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
	struct desktop_events seen = { .on_answer = on_answer,
		.on_server = on_server,
		.on_press = on_press,
		.on_bus_lost = on_bus_lost,
		.ctx = agent };
	struct stream_events told = { .on_connect = on_connect,
		.on_contact = on_contact,
		.on_event = on_event,
		.on_lost = on_lost,
		.ctx = agent };

	agent->loop = g_main_loop_new(NULL, FALSE);
	agent->queue = queue_new();
	agent->mutes = mutes_new();
	agent->desktop = desktop_new(&seen);
	agent->stream = stream_new(agent->words->socket, &told);
	(void)g_unix_signal_add(SIGTERM, on_stop, agent);
	(void)g_unix_signal_add(SIGINT, on_stop, agent);
	begin_silence(agent);
}

static void
close_agent(struct agent *agent)
{
	stream_free(agent->stream);
	desktop_free(agent->desktop);
	queue_free(agent->queue);
	mutes_free(agent->mutes);
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
		.cursor = -1,
		.read_event = -1,
		.show_retry_ms = SHOW_RETRY_MS,
		.code = EX_OK };
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
