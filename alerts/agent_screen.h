/*
 * What the user of a desktop is to see: waits for a notification server that answers, shows
 * few alerts one by one and many in one, and does what the buttons say.
 */
#ifndef ALERTS_AGENT_SCREEN_H
#define ALERTS_AGENT_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct notice;
struct screen;

#define SCREEN_RETRY_MS 1000u
#define SCREEN_RETRY_MAX_MS 60000u

struct screen_events {
	/* all up to this event was handed over */
	void (*on_shown)(void *ctx, int64_t event);
	/* the session's bus ended: nothing can be shown by this process any more */
	void (*on_bus_lost)(void *ctx);
	void *ctx;
};

/** @param opener  a program that is given links; borrowed for life */
struct screen *screen_new(const char *opener, const struct screen_events *events);
void screen_free(struct screen *screen);
MEM_AUTO(screen, screen_free);

/** Show a notice as soon as can be, unless it is muted. Takes it. */
void screen_add(struct screen *screen, struct notice *notice);
/** Whether nothing waits. */
bool screen_is_idle(const struct screen *screen);
/** More is coming: show nothing until all of it is there, so that it can be summed up. */
void screen_hold(struct screen *screen);
/** @param is_absence  what waits came up while nobody looked */
void screen_go_on(struct screen *screen, bool is_absence);
/** Say, or no longer say, that there is no contact with the daemon. */
void screen_say_contact(struct screen *screen, bool is_lost);

#endif
