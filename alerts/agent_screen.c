/*
 * The server is asked first; what waits is shown when it has answered, and tried again,
 * ever more seldom, when it has not.
 */
#include "alerts/agent_screen.h"

#include <glib.h>
#include <stdlib.h>

#include "alerts/agent_desktop.h"
#include "alerts/agent_mute.h"
#include "alerts/agent_notice.h"
#include "alerts/agent_queue.h"
#include "base/error.h"
#include "base/log.h"

#define NO_CONTACT_KEY "no contact"

struct screen {
	struct screen_events events;
	const char *opener;  /* borrowed */
	struct queue *queue; /* owned, as all below */
	struct mutes *mutes;
	struct desktop *desktop;
	bool is_holding;      /* more is coming */
	bool is_asking;       /* the server */
	bool is_failure_said; /* that it does not answer */
	guint retry, retry_ms;
	bool is_contact_lost; /* for longer than one may be */
	bool is_word_shown;   /* and the user was told */
};

static int64_t
now_ms(void)
{
	return g_get_real_time() / 1000;
}

/* -- showing -- */

static void show_what_waits(struct screen *screen);

static gboolean
on_retry(gpointer arg)
{
	struct screen *screen = arg;

	screen->retry = 0;
	show_what_waits(screen);
	return G_SOURCE_REMOVE;
}

static void
retry_later(struct screen *screen, const char *why)
{
	if (!screen->is_failure_said)
		log_warn("notify", "nothing can be shown: %s; trying again", why);
	screen->is_failure_said = true;
	screen->retry = g_timeout_add(screen->retry_ms, on_retry, screen);
	screen->retry_ms = MIN(screen->retry_ms * 2, SCREEN_RETRY_MAX_MS);
}

static bool
has_word_to_say(const struct screen *screen)
{
	return screen->is_contact_lost != screen->is_word_shown;
}

/* Ask the server, and show when it answers. */
static void
show_what_waits(struct screen *screen)
{
	bool has_alerts = queue_count(screen->queue) > 0 && !screen->is_holding;

	if (screen->is_asking || screen->retry != 0 ||
	    (!has_alerts && !has_word_to_say(screen)))
		return;
	screen->is_asking = true;
	desktop_ask(screen->desktop);
}

static bool
show_summary(struct screen *screen, struct error *err)
{
	AUTO(notice) summary = queue_summary(screen->queue, now_ms());

	if (!desktop_show(screen->desktop, summary, err))
		return false;
	queue_drop_all(screen->queue);
	screen->events.on_shown(screen->events.ctx, summary->event);
	return true;
}

static bool
show_first(struct screen *screen, struct error *err)
{
	AUTO(notice) shown = NULL;

	if (!desktop_show(screen->desktop, queue_first(screen->queue), err))
		return false;
	shown = queue_take(screen->queue);
	screen->events.on_shown(screen->events.ctx, shown->event);
	return true;
}

static bool
show_alerts(struct screen *screen, struct error *err)
{
	while (queue_count(screen->queue) > 0 && !screen->is_holding) {
		if (!(queue_wants_summary(screen->queue, now_ms())
			    ? show_summary
			    : show_first)(screen, err))
			return false;
	}
	return true;
}

static bool
show_word(struct screen *screen, struct error *err)
{
	AUTO(notice) word = NULL;

	if (!has_word_to_say(screen))
		return true;
	word = notice_new(SEVERITY_HIGH, NO_CONTACT_KEY, "No contact with dealwatchd",
	    "No alert can reach you here until it is back.");
	word->icon = "network-offline";
	word->stays = true;
	if (!screen->is_contact_lost)
		desktop_close(screen->desktop, NO_CONTACT_KEY);
	else if (!desktop_show(screen->desktop, word, err))
		return false;
	screen->is_word_shown = screen->is_contact_lost;
	return true;
}

static void
on_answer(void *ctx, const char *why)
{
	struct screen *screen = ctx;
	struct error err = { 0 };

	screen->is_asking = false;
	if (why == NULL && (!show_alerts(screen, &err) || !show_word(screen, &err)))
		why = err.text;
	if (why != NULL) {
		retry_later(screen, why);
		return;
	}
	if (screen->is_failure_said)
		log_info("notify", "the notification server answers again");
	screen->is_failure_said = false;
	screen->retry_ms = SCREEN_RETRY_MS;
}

static void
on_server(void *ctx)
{
	struct screen *screen = ctx;

	if (screen->retry != 0)
		(void)g_source_remove(screen->retry);
	screen->retry = 0;
	screen->retry_ms = SCREEN_RETRY_MS;
	screen->is_word_shown = false; /* not by this one */
	show_what_waits(screen);
}

/* -- buttons -- */

/* The link is an argument of its own: no shell reads it. */
static void
open_link(const struct screen *screen, const char *link, const char *token)
{
	char *argv[] = { (char *)screen->opener, (char *)link, NULL };
	g_auto(GStrv) environment = g_get_environ();
	g_autoptr(GError) error = NULL;

	if (token != NULL)
		environment =
		    g_environ_setenv(environment, "XDG_ACTIVATION_TOKEN", token, TRUE);
	if (!g_spawn_async(NULL, argv, environment,
		G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &error))
		log_error("notify", "%s: %s", screen->opener, error->message);
}

static void
on_press(void *ctx, const struct desktop_press *press)
{
	struct screen *screen = ctx;

	switch (press->action) {
	case DESKTOP_OPEN:
		open_link(screen, press->link, press->token);
		return;
	case DESKTOP_MUTE:
		log_info("notify", "%s is muted for an hour", press->mute_key);
		mutes_add(screen->mutes, press->mute_key, press->severity, now_ms());
		return;
	}
}

static void
on_bus_lost(void *ctx)
{
	struct screen *screen = ctx;

	screen->events.on_bus_lost(screen->events.ctx);
}

/* -- what is asked for -- */

void
screen_add(struct screen *screen, struct notice *notice)
{
	if (mutes_has(screen->mutes, notice->mute_key, notice->severity, now_ms())) {
		log_debug("notify", "%s: muted", notice->mute_key);
		notice_free(notice);
		return;
	}
	queue_add(screen->queue, notice);
	show_what_waits(screen);
}

bool
screen_is_idle(const struct screen *screen)
{
	return queue_count(screen->queue) == 0;
}

void
screen_hold(struct screen *screen)
{
	screen->is_holding = true;
}

void
screen_go_on(struct screen *screen, bool is_absence)
{
	if (is_absence)
		queue_mark_absence(screen->queue);
	screen->is_holding = false;
	show_what_waits(screen);
}

void
screen_say_contact(struct screen *screen, bool is_lost)
{
	screen->is_contact_lost = is_lost;
	show_what_waits(screen);
}

/* -- life -- */

struct screen *
screen_new(const char *opener, const struct screen_events *events)
{
	struct screen *screen = mem_zalloc(sizeof(*screen));
	struct desktop_events seen = { .on_answer = on_answer,
		.on_server = on_server,
		.on_press = on_press,
		.on_bus_lost = on_bus_lost,
		.ctx = screen };

	screen->events = *events;
	screen->opener = opener;
	screen->retry_ms = SCREEN_RETRY_MS;
	screen->queue = queue_new();
	screen->mutes = mutes_new();
	screen->desktop = desktop_new(&seen);
	return screen;
}

void
screen_free(struct screen *screen)
{
	if (screen == NULL)
		return;
	/* who is not there cannot tell when it is over */
	desktop_close(screen->desktop, NO_CONTACT_KEY);
	desktop_free(screen->desktop);
	if (screen->retry != 0)
		(void)g_source_remove(screen->retry);
	queue_free(screen->queue);
	mutes_free(screen->mutes);
	free(screen);
}
