/*
 * The API's inside: what its files share.
 */
#ifndef DAEMON_API_PRIVATE_H
#define DAEMON_API_PRIVATE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "daemon/api.h"

struct call;
struct evhttp;
struct guests;
struct streams;

/* A request that is answered when a reload is over. */
struct waiter;

struct api {
	struct api_house house;
	struct guests *guests;   /* owned */
	struct evhttp *http;     /* owned */
	struct streams *streams; /* owned */
	TAILQ_HEAD(waiter_list, waiter) waiters;
	int64_t started_ms;
	bool is_stopping;
};

/* What answers a path; each answers the request, in time. */
typedef void route_fn(struct call *call);

/* read.c: GET */
route_fn read_status, read_feeds, read_stories, read_alerts, read_alert, read_stream,
    read_healthy, read_ready;
/* silences.c */
route_fn read_silences, change_silences;
/* letters.c */
route_fn read_letters, change_resend;
/* change.c: POST */
route_fn change_poll, change_reload, change_reopen, change_test;

#endif
