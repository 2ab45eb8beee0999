/*
 * One NotifyNotification for each key, kept while it is on the screen.
 */
#include "alerts/agent_desktop.h"

#include <gio/gio.h>
#include <libnotify/notify.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "alerts/agent_notice.h"
#include "base/error.h"

#define SERVER_NAME "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define CATEGORY "x-dealwatch.alert"
/* A server that never says that one was closed makes no endless list. */
#define SHOWN_MAX 1000

/* A notification on the screen. Owns its strings. */
struct shown {
	TAILQ_ENTRY(shown) link;
	struct desktop *desktop;
	NotifyNotification *notification; /* owned */
	char *key, *title, *mute_key, *url;
	enum severity severity;
};

struct desktop {
	struct desktop_events events;
	GCancellable *end;    /* owned */
	GDBusConnection *bus; /* owned; NULL: none yet */
	guint watch;          /* of the server's name */
	struct notice_look look;
	TAILQ_HEAD(shown_list, shown) shown;
	size_t count;
};

/* -- what is on the screen -- */

static struct shown *
find(const struct desktop *desktop, const char *key)
{
	struct shown *shown;

	TAILQ_FOREACH (shown, &desktop->shown, link) {
		if (strcmp(shown->key, key) == 0)
			return shown;
	}
	return NULL;
}

static void
forget(struct shown *shown)
{
	TAILQ_REMOVE(&shown->desktop->shown, shown, link);
	shown->desktop->count--;
	(void)g_signal_handlers_disconnect_by_data(shown->notification, shown);
	notify_notification_clear_actions(shown->notification);
	g_object_unref(shown->notification);
	free(shown->key);
	free(shown->title);
	free(shown->mute_key);
	free(shown->url);
	free(shown);
}

static void
forget_all(struct desktop *desktop)
{
	struct shown *shown = TAILQ_FIRST(&desktop->shown);

	while (shown != NULL) {
		struct shown *next = TAILQ_NEXT(shown, link);

		forget(shown);
		shown = next;
	}
}

static void
on_closed(NotifyNotification *notification, gpointer arg)
{
	forget(arg);
}

static void
press(struct shown *shown, enum desktop_action action)
{
	const struct desktop_events *events = &shown->desktop->events;
	struct desktop_press what = { .action = action,
		.link = shown->url,
		.mute_key = shown->mute_key,
		.severity = shown->severity,
		.token = notify_notification_get_activation_token(shown->notification) };

	events->on_press(events->ctx, &what);
}

static void
on_open(NotifyNotification *notification, char *action, gpointer arg)
{
	press(arg, DESKTOP_OPEN);
}

static void
on_mute(NotifyNotification *notification, char *action, gpointer arg)
{
	press(arg, DESKTOP_MUTE);
}

/* -- the server -- */

static void
answer(struct desktop *desktop, const char *why)
{
	desktop->events.on_answer(desktop->events.ctx, why);
}

static bool
is_one_of(const char *word, char **words)
{
	return g_strv_contains((const char *const *)words, word);
}

static void
on_capabilities(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct desktop *desktop = arg;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply =
	    g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	g_auto(GStrv) words = NULL;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return; /* the end: there is no desktop any more */
	if (reply == NULL) {
		answer(desktop, error->message);
		return;
	}
	g_variant_get(reply, "(^as)", &words);
	desktop->look.has_markup = is_one_of("body-markup", words);
	desktop->look.has_actions = is_one_of("actions", words);
	answer(desktop, NULL);
}

static void
ask_server(struct desktop *desktop)
{
	g_dbus_connection_call(desktop->bus, SERVER_NAME, SERVER_PATH, SERVER_NAME,
	    "GetCapabilities", NULL, G_VARIANT_TYPE("(as)"), G_DBUS_CALL_FLAGS_NONE,
	    DESKTOP_ANSWER_MS, desktop->end, on_capabilities, desktop);
}

static void
on_server_appeared(GDBusConnection *bus, const char *name, const char *owner, gpointer arg)
{
	struct desktop *desktop = arg;

	desktop->events.on_server(desktop->events.ctx);
}

/* The next server knows none of our ids; its own may be the same. */
static void
on_server_vanished(GDBusConnection *bus, const char *name, gpointer arg)
{
	forget_all(arg);
}

static void
on_bus_closed(GDBusConnection *bus, gboolean is_remote, GError *error, gpointer arg)
{
	struct desktop *desktop = arg;

	desktop->events.on_bus_lost(desktop->events.ctx);
}

static void
on_bus(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct desktop *desktop = arg;
	g_autoptr(GError) error = NULL;
	GDBusConnection *bus = g_bus_get_finish(result, &error);

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return; /* the end: there is no desktop any more */
	if (bus == NULL) {
		answer(desktop, error->message);
		return;
	}
	desktop->bus = bus;
	/* its end is ours to tell, not a signal's */
	g_dbus_connection_set_exit_on_close(bus, FALSE);
	(void)g_signal_connect(bus, "closed", G_CALLBACK(on_bus_closed), desktop);
	desktop->watch =
	    g_bus_watch_name_on_connection(bus, SERVER_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
		on_server_appeared, on_server_vanished, desktop, NULL);
	ask_server(desktop);
}

void
desktop_ask(struct desktop *desktop)
{
	if (desktop->bus != NULL)
		ask_server(desktop);
	else
		g_bus_get(G_BUS_TYPE_SESSION, desktop->end, on_bus, desktop);
}

/* -- showing -- */

/* How severe an alert looks. */
struct dress {
	NotifyUrgency urgency;
	const char *icon;
};

static const struct dress dresses[] = {
	[SEVERITY_INFO] = { NOTIFY_URGENCY_LOW, "dialog-information" },
	[SEVERITY_LOW] = { NOTIFY_URGENCY_LOW, "dialog-information" },
	[SEVERITY_HIGH] = { NOTIFY_URGENCY_NORMAL, "dialog-information" },
	[SEVERITY_CRITICAL] = { NOTIFY_URGENCY_CRITICAL, "dialog-warning" },
};

static void
replace_text(char **text, const char *fresh)
{
	free(*text);
	*text = mem_strdup(fresh);
}

static struct shown *
add_shown(struct desktop *desktop, const char *key)
{
	struct shown *shown = mem_zalloc(sizeof(*shown));

	if (desktop->count >= SHOWN_MAX)
		forget(TAILQ_FIRST(&desktop->shown));
	shown->desktop = desktop;
	shown->key = mem_strdup(key);
	shown->notification = notify_notification_new("", NULL, NULL);
	(void)g_signal_connect(shown->notification, "closed", G_CALLBACK(on_closed), shown);
	notify_notification_set_category(shown->notification, CATEGORY);
	TAILQ_INSERT_TAIL(&desktop->shown, shown, link);
	desktop->count++;
	return shown;
}

static void
set_buttons(const struct desktop *desktop, struct shown *shown)
{
	NotifyNotification *notification = shown->notification;

	notify_notification_clear_actions(notification);
	if (!desktop->look.has_actions)
		return;
	if (shown->url != NULL) {
		notify_notification_add_action(
		    notification, "default", "Open", on_open, shown, NULL);
		notify_notification_add_action(
		    notification, "open", "Open", on_open, shown, NULL);
	}
	if (shown->mute_key != NULL)
		notify_notification_add_action(
		    notification, "mute", "Mute 1 h", on_mute, shown, NULL);
}

/* What is unread keeps its urgency, and its title stays below. */
static void
fill(struct desktop *desktop, struct shown *shown, const struct notice *notice)
{
	struct notice_look look = desktop->look;
	const struct dress *dress;
	bool stays;
	AUTO_FREE char *body = NULL;

	look.now_ms = g_get_real_time() / 1000;
	if (shown->title != NULL && strcmp(shown->title, notice->title) != 0)
		look.before = shown->title;
	body = notice_body(notice, &look);
	if (shown->title == NULL || notice->severity > shown->severity)
		shown->severity = notice->severity;
	dress = &dresses[shown->severity];
	(void)notify_notification_update(shown->notification, notice->title, body,
	    notice->icon != NULL ? notice->icon : dress->icon);
	notify_notification_set_urgency(shown->notification, dress->urgency);
	/* not every server keeps what is critical by itself */
	stays = notice->stays || shown->severity == SEVERITY_CRITICAL;
	notify_notification_set_timeout(
	    shown->notification, stays ? NOTIFY_EXPIRES_NEVER : NOTIFY_EXPIRES_DEFAULT);
	replace_text(&shown->title, notice->title);
	replace_text(&shown->mute_key, notice->mute_key);
	replace_text(&shown->url, notice->link);
	set_buttons(desktop, shown);
}

bool
desktop_show(struct desktop *desktop, const struct notice *notice, struct error *err)
{
	struct shown *shown = find(desktop, notice->key);
	g_autoptr(GError) error = NULL;

	if (shown == NULL)
		shown = add_shown(desktop, notice->key);
	fill(desktop, shown, notice);
	if (notify_notification_show(shown->notification, &error))
		return true;
	forget(shown);
	return error_set(err, ERROR_NETWORK, "notification server", "%s", error->message);
}

/* Not by libnotify, which would wait for the answer. */
void
desktop_close(struct desktop *desktop, const char *key)
{
	struct shown *shown = find(desktop, key);
	int id = 0;

	if (shown == NULL)
		return;
	g_object_get(shown->notification, "id", &id, NULL);
	g_dbus_connection_call(desktop->bus, SERVER_NAME, SERVER_PATH, SERVER_NAME,
	    "CloseNotification", g_variant_new("(u)", (guint32)id), NULL,
	    G_DBUS_CALL_FLAGS_NO_AUTO_START, DESKTOP_ANSWER_MS, NULL, NULL, NULL);
	forget(shown);
}

/* -- life -- */

struct desktop *
desktop_new(const struct desktop_events *events)
{
	struct desktop *desktop = mem_zalloc(sizeof(*desktop));

	desktop->events = *events;
	desktop->end = g_cancellable_new();
	TAILQ_INIT(&desktop->shown);
	(void)notify_init("dealwatch"); /* talks to nobody yet */
	return desktop;
}

void
desktop_free(struct desktop *desktop)
{
	if (desktop == NULL)
		return;
	g_cancellable_cancel(desktop->end);
	if (desktop->watch != 0)
		g_bus_unwatch_name(desktop->watch);
	if (desktop->bus != NULL)
		(void)g_signal_handlers_disconnect_by_data(desktop->bus, desktop);
	forget_all(desktop);
	if (desktop->bus != NULL) {
		/* what was closed just now; the bus has to take it, nobody to answer */
		(void)g_dbus_connection_flush_sync(desktop->bus, NULL, NULL);
		g_object_unref(desktop->bus);
	}
	g_object_unref(desktop->end);
	notify_uninit();
	free(desktop);
}
