/*
 * The notification server of this session, by libnotify.
 *
 * libnotify waits 25 s for a server that hangs. So the server is first asked, without
 * waiting, what it can do; only one that has just answered is handed a notification.
 */
#ifndef ALERTS_AGENT_DESKTOP_H
#define ALERTS_AGENT_DESKTOP_H

#include <stdbool.h>

#include "base/mem.h"
#include "rules/match.h"

struct desktop;
struct error;
struct notice;

#define DESKTOP_ANSWER_MS 5000

enum desktop_action {
	DESKTOP_OPEN, /* the link */
	DESKTOP_MUTE,
};

/* A button was pressed; all is borrowed for the callback. */
struct desktop_press {
	enum desktop_action action;
	const char *link;     /* or NULL */
	const char *mute_key; /* or NULL */
	enum severity severity;
	const char *token; /* for the program that is started (XDG activation), or NULL */
};

struct desktop_events {
	/* the end of desktop_ask(): why is NULL when it answered */
	void (*on_answer)(void *ctx, const char *why);
	/* a notification server has come: what waits can be tried */
	void (*on_server)(void *ctx);
	void (*on_press)(void *ctx, const struct desktop_press *press);
	/* the session's bus ended */
	void (*on_bus_lost)(void *ctx);
	void *ctx;
};

struct desktop *desktop_new(const struct desktop_events *events);
void desktop_free(struct desktop *desktop);
MEM_AUTO(desktop, desktop_free);

/** Ask the server what it can do; on_answer is called once, from the loop. One at a time.
 */
void desktop_ask(struct desktop *desktop);
/** Show a notice in the place of the one with its key; from on_answer only. */
bool desktop_show(struct desktop *desktop, const struct notice *notice, struct error *err);
/** Take the notification with this key away, if it is still there. Waits for nobody. */
void desktop_close(struct desktop *desktop, const char *key);

#endif
