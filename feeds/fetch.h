/*
 * GET, politely and carefully: libcurl's multi interface on the event loop (MANNERS 1).
 *
 * http and https only, at every hop of a redirect, to public addresses only unless the job
 * says private; no proxy of the environment, no cookies, no Referer, no fragments.
 */
#ifndef FEEDS_FETCH_H
#define FEEDS_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"
#include "feeds/job.h"

#define FETCH_CONNECT_MS (20 * 1000)
#define FETCH_SLOW_BYTES_S 64 /* slower than this for so long is dead */
#define FETCH_SLOW_S 30
#define FETCH_CONNECTIONS_MAX 128         /* kept alive */
#define FETCH_PAGE_MAX_BYTES (256u << 10) /* of an error page, which nobody reads */

struct event_base;
struct fetch;
struct fetcher;
struct response;

enum fetch_take {
	FETCH_TAKEN,
	FETCH_FULL, /* nothing was taken: the same bytes again after fetch_resume() */
	FETCH_STOP, /* no more of this; on_done still comes */
};

/* How it ended; borrowed. */
struct fetch_outcome {
	bool is_failed;
	enum job_failure failure; /* with is_failed; HTTP: the response says more */
	struct error why;
	struct response *response; /* of the last hop; job's URLs are set */
};

struct fetch_events {
	/* decoded bytes of an answer of status 200 */
	enum fetch_take (*on_body)(
	    void *ctx, const struct response *response, const char *bytes, size_t len);
	/* exactly once, from the loop, unless cancelled; the fetch is gone after it */
	void (*on_done)(void *ctx, const struct fetch_outcome *outcome);
};

/** @return NULL with err set; base is borrowed for life */
struct fetcher *fetcher_open(struct event_base *base, struct error *err);
/** Cancels what runs. */
void fetcher_close(struct fetcher *fetcher);
MEM_AUTO(fetcher, fetcher_close);

/**
 * Start; nothing is called before this has returned.
 *
 * @param job  of kind JOB_FETCH; borrowed until on_done, as events
 */
struct fetch *fetch_start(struct fetcher *fetcher, const struct job *job,
    const struct fetch_events *events, void *ctx);
/** Give bytes again that were not taken. */
void fetch_resume(struct fetch *fetch);
/** End it without on_done; not from its own callbacks. */
void fetch_cancel(struct fetch *fetch);
/** Where it is now, after redirects. */
const char *fetch_url(const struct fetch *fetch);

#endif
