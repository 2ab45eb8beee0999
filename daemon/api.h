/*
 * The API: HTTP over a Unix socket (DESIGN 9), by evhttp.
 *
 * Reading is for whoever may open the socket; changing for root, our own user and members
 * of the socket's group.
 */
#ifndef DAEMON_API_H
#define DAEMON_API_H

#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct api;
struct clock;
struct event_base;
struct listener;
struct places;
struct reload;
struct reload_outcome;
struct watch;

#define API_IDLE_S 30
#define API_LIST_DEFAULT 100
#define API_LIST_MAX 1000
#define API_LIST_MAX_BYTES ((size_t)4 << 20) /* a page ends early, with "next" */

/* What the API asks; all borrowed for life. */
struct api_house {
	struct event_base *base;
	struct clock *clock;
	struct watch *watch;
	struct reload *reload;
	const struct places *places;
	const struct listener *listener;
};

struct api *api_open(const struct api_house *house, struct error *err);
void api_close(struct api *api);
MEM_AUTO(api, api_close);
/** End the streams and refuse every change: the daemon stops. */
void api_stop(struct api *api);
/** A round of reload_request() is over: answer those who wait for it. NULL is fine. */
void api_reload_done(struct api *api, int round, const struct reload_outcome *outcome);

#endif
