/*
 * The real dealwatch-feeds with a daemon's end of its channel, and a scripted HTTP server
 * on 127.0.0.1: what the worker's tests need.
 */
#ifndef TESTS_WORKER_RIG_H
#define TESTS_WORKER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/list.h"
#include "feeds/entry.h"
#include "feeds/job.h"

struct bufferevent;
struct channel;
struct event;
struct event_base;
struct evconnlistener;

#define RIG_PATHS_MAX 16
#define RIG_PORT_NOBODYS "1" /* may be asked, and nobody listens there */
#define RIG_STREAMS_MAX 16
#define RIG_DEADLINE_S 20

/* What the server says to a path; bytes as they go over the wire. */
struct rig_answer {
	const char *path;
	struct buf bytes;
	bool hangs; /* says that and no more, and does not close */
};

struct rig {
	struct event_base *base;
	struct event *deadline;
	/* the server */
	struct evconnlistener *listener;
	int port;
	struct rig_answer answers[RIG_PATHS_MAX];
	size_t answer_count;
	struct list requests;                         /* heads, as received */
	struct bufferevent *streams[RIG_STREAMS_MAX]; /* open; owned */
	/* the worker */
	pid_t pid;
	struct channel *channel;
	struct job_board *board;
	bool is_closed, is_late;
	bool holds_credit; /* entries are not granted at once */
	uint32_t held;     /* credit that is held */
	/* its answer */
	bool is_done, is_failed;
	enum job_failure failure;
	char *text;
	struct job_response response;
	struct feed_head head;
	struct list titles;
};

void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
/** The server answers a path with these bytes, "\n" standing for "\r\n" in the head. */
void rig_serve(
    struct rig *rig, const char *path, const char *head, const void *body, size_t len);
void rig_hang(struct rig *rig, const char *path);
/** A job that fetches a path of the server; the caller's to free. */
struct job *rig_job(const struct rig *rig, const char *path);
/** Send a job, with a body for the kinds that have one, and wait for its end. */
void rig_run(struct rig *rig, const struct job *job, const void *body, size_t len);
/** rig_run() of a fetch. */
void rig_fetch(struct rig *rig, const char *path);
/** Wait for the worker's end. @return its status as of waitpid(2) */
int rig_wait(struct rig *rig);

#endif
