/*
 * One fetch after the other hop: redirects are followed here and not by libcurl, so that
 * each hop is looked at before it is made.
 */
#include "feeds/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/buf.h"
#include "base/multi.h"
#include "feeds/fetch_text.h"
#include "feeds/response.h"
#include "feeds/url.h"

#define ACCEPT                                                                           \
	"Accept: application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, " \
	"application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"

struct fetch {
	TAILQ_ENTRY(fetch) link;
	struct fetcher *fetcher; /* borrowed, as the next three */
	const struct job *job;
	const struct fetch_events *events;
	void *ctx;
	CURL *easy; /* owned, as the next */
	struct curl_slist *headers;
	char *url;       /* owned; of this hop, without its fragment */
	char *moved_url; /* owned; where permanent redirects led; NULL: there was none */
	struct response response;
	struct error err; /* why we ended it ourselves */
	enum job_failure failure;
	bool is_ended;   /* by us: err says why, or the caller knows */
	bool is_refused; /* an address that is not public */
	bool is_moved;   /* all hops so far were permanent */
	bool is_conditional;
	int hops;
	int64_t start_ms;
	size_t page_bytes; /* thrown away */
	char curl_error[CURL_ERROR_SIZE];
};

TAILQ_HEAD(fetch_list, fetch);

struct fetcher {
	struct multi *multi;
	struct fetch_list fetches;
};

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is there */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* End it for a reason of our own. */
static bool
stop(struct fetch *fetch, enum job_failure failure)
{
	fetch->is_ended = true;
	fetch->failure = failure;
	return false;
}

/* -- libcurl's callbacks -- */

static size_t
on_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	if (response_line(&fetch->response, bytes, size * count, &fetch->err))
		return size * count;
	(void)stop(fetch, JOB_FAILED_LIMIT);
	return 0;
}

static size_t
on_write(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;
	size_t len = size * count;

	if (fetch->response.job.status != 200) {
		fetch->page_bytes += len;
		return fetch->page_bytes <= FETCH_PAGE_MAX_BYTES ? len : 0;
	}
	switch (fetch->events->on_body(fetch->ctx, &fetch->response, bytes, len)) {
	case FETCH_TAKEN:
		return len;
	case FETCH_FULL:
		return CURL_WRITEFUNC_PAUSE;
	case FETCH_STOP:
		break;
	}
	fetch->is_ended = true;
	return 0;
}

static void
refuse(struct fetch *fetch, const char *address)
{
	fetch->is_refused = true;
	fetch_text_set(
	    &fetch->err, "%s is not a public address (private: true allows it)", address);
}

/* The address of a proxy is the user's own choice. */
static bool
is_free(const struct fetch *fetch)
{
	return fetch->job->is_private || fetch->job->proxy != NULL;
}

/* MANNERS 1.19: what is connected to, not what the name said when somebody asked. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *fetch = arg;
	char text[ADDRESS_TEXT_BYTES];

	if (!is_free(fetch) && !address_is_public(&address->addr)) {
		address_format(&address->addr, text);
		refuse(fetch, text);
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A connection that was kept has not gone through on_open() for this job. */
static int
on_connected(void *arg, char *there, char *here, int there_port, int here_port)
{
	struct fetch *fetch = arg;

	if (is_free(fetch) || address_text_is_public(there))
		return CURL_PREREQFUNC_OK;
	refuse(fetch, there);
	return CURL_PREREQFUNC_ABORT;
}

/* -- one hop -- */

/* These options take what they are given, but for memory. */
static void
set(CURLcode result)
{
	if (result != CURLE_OK)
		abort();
}

static void
add_line(struct fetch *fetch, const char *line)
{
	struct curl_slist *longer = curl_slist_append(fetch->headers, line);

	if (longer == NULL)
		abort(); /* out of memory */
	fetch->headers = longer;
}

static void
add_header(struct fetch *fetch, const char *name, const char *value)
{
	AUTO_FREE char *line = mem_printf("%s: %s", name, value);

	add_line(fetch, line);
}

/* A condition: bytes as they are in the validator (MANNERS 1.2); never an empty one (1.25).
 */
static void
add_condition(struct fetch *fetch, const char *name, const char *value)
{
	if (value == NULL || *value == '\0' || strpbrk(value, "\r\n") != NULL)
		return;
	add_header(fetch, name, value);
	fetch->is_conditional = true;
}

/* What the user says of a server is for this server alone (MANNERS 1.19). */
static void
set_headers(struct fetch *fetch)
{
	const struct job *job = fetch->job;
	bool is_own = url_is_same_origin(fetch->url, job->url);

	curl_slist_free_all(fetch->headers);
	fetch->headers = NULL;
	add_line(fetch, ACCEPT);
	add_condition(fetch, "If-None-Match", job->etag);
	add_condition(fetch, "If-Modified-Since", job->last_modified);
	for (size_t i = 0; is_own && i < job->headers.count; i++)
		add_line(fetch, job->headers.items[i]);
	if (is_own && job->authorization != NULL)
		add_header(fetch, "Authorization", job->authorization);
	set(curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers));
}

static void
set_limits(CURL *easy)
{
	set(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	set(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
	set(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS));
	set(curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_SLOW_BYTES_S));
	set(curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)FETCH_SLOW_S));
	set(curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
	set(curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "")); /* all it can decode */
	/* with a CAPATH Debian's libcurl reads the bundle anew for each connection: LIMITS
	 */
	set(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
}

static void
set_callbacks(struct fetch *fetch)
{
	CURL *easy = fetch->easy;

	set(curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch));
	set(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->curl_error));
	set(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header));
	set(curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch));
	set(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write));
	set(curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch));
	set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open));
	set(curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch));
	set(curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected));
	set(curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch));
}

static void
set_url(struct fetch *fetch, const char *url)
{
	char *copy = mem_strndup(url, strcspn(url, "#"));

	free(fetch->url);
	fetch->url = copy;
}

/* The deadline is one for all hops. */
static void
start_hop(struct fetch *fetch)
{
	int64_t left_ms = fetch->job->deadline_ms - (monotonic_ms() - fetch->start_ms);

	response_clear(&fetch->response);
	fetch->curl_error[0] = '\0';
	fetch->page_bytes = 0;
	set_headers(fetch);
	set(curl_easy_setopt(fetch->easy, CURLOPT_URL, fetch->url));
	set(curl_easy_setopt(
	    fetch->easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1)));
	multi_add(fetch->fetcher->multi, fetch->easy);
}

/* -- the end -- */

static void
free_fetch(struct fetch *fetch)
{
	TAILQ_REMOVE(&fetch->fetcher->fetches, fetch, link);
	multi_remove(fetch->fetcher->multi, fetch->easy);
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->headers);
	response_clear(&fetch->response);
	free(fetch->url);
	free(fetch->moved_url);
	free(fetch);
}

/* @return whether it ended well as far as HTTP goes; else why is set */
static bool
judge(struct fetch *fetch, CURLcode result, enum job_failure *failure, struct error *why)
{
	int status = fetch->response.job.status;

	*failure = fetch->failure;
	*why = fetch->err;
	if (fetch->is_ended)
		return false;
	*failure = JOB_FAILED_ADDRESS;
	if (fetch->is_refused && result != CURLE_OK)
		return false;
	*failure = JOB_FAILED_HTTP;
	if (status > 0 && status != 200 && status != 304 &&
	    (result == CURLE_OK || result == CURLE_WRITE_ERROR)) {
		fetch_text_set(why, "HTTP %d", status);
		return false;
	}
	if (result == CURLE_OK && status == 304 && !fetch->is_conditional) {
		fetch_text_set(why, "HTTP 304 to a request without validators");
		return false;
	}
	if (result == CURLE_OK)
		return true;
	*failure =
	    fetch_text_explain(fetch->easy, fetch->url, result, fetch->curl_error, why);
	return false;
}

static void
finish(struct fetch *fetch, CURLcode result)
{
	struct fetch_outcome outcome = { .response = &fetch->response };

	response_settle(&fetch->response, fetch->job->now_ms);
	if (fetch->hops > 0)
		fetch->response.job.final_url = mem_strdup(fetch->url);
	fetch->response.job.moved_url = mem_strdup(fetch->moved_url);
	outcome.is_failed = !judge(fetch, result, &outcome.failure, &outcome.why);
	fetch->events->on_done(fetch->ctx, &outcome);
	free_fetch(fetch);
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 ||
	       status == 308;
}

static bool
is_https(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0;
}

/* Whether the next hop may be made; else err and failure are set. */
static bool
check_hop(struct fetch *fetch, const char *target)
{
	if (fetch->hops == JOB_REDIRECTS_MAX) {
		fetch_text_set(&fetch->err, "more than %d redirects", JOB_REDIRECTS_MAX);
		return stop(fetch, JOB_FAILED_NETWORK);
	}
	if (!url_is_http(target)) {
		fetch_text_set(&fetch->err, "redirected to what is not http or https");
		return stop(fetch, JOB_FAILED_ADDRESS);
	}
	if (fetch->job->proxy != NULL && !fetch->job->is_private &&
	    address_url_is_private(target)) {
		fetch_text_set(&fetch->err, "redirected to an address that is not public");
		return stop(fetch, JOB_FAILED_ADDRESS);
	}
	if (is_https(fetch->url) && !is_https(target)) {
		fetch_text_set(&fetch->err, "redirected from https to http");
		return stop(fetch, JOB_FAILED_ADDRESS);
	}
	return true;
}

/* @return whether there is a next hop, which was started */
static bool
follow(struct fetch *fetch)
{
	int status = fetch->response.job.status;
	char *target = NULL;

	if (!is_redirect(status) ||
	    curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &target) != CURLE_OK ||
	    target == NULL || !check_hop(fetch, target))
		return false;
	fetch->is_moved = fetch->is_moved && (status == 301 || status == 308);
	set_url(fetch, target);
	if (fetch->is_moved) {
		free(fetch->moved_url);
		fetch->moved_url = mem_strdup(fetch->url);
	}
	fetch->hops++;
	start_hop(fetch);
	return true;
}

static void
on_hop_done(CURL *easy, CURLcode result)
{
	char *arg = NULL;
	struct fetch *fetch;

	set(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg));
	fetch = (struct fetch *)(void *)arg;
	if (!fetch->is_ended && !fetch->is_refused &&
	    (result == CURLE_OK || result == CURLE_WRITE_ERROR) && follow(fetch))
		return;
	finish(fetch, result);
}

/* -- the face -- */

struct fetcher *
fetcher_open(struct event_base *base, struct error *err)
{
	struct fetcher *fetcher;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		error_set(err, ERROR_SYSTEM, "libcurl", "cannot be initialised");
		return NULL;
	}
	fetcher = mem_zalloc(sizeof(*fetcher));
	TAILQ_INIT(&fetcher->fetches);
	fetcher->multi = multi_open(base, on_hop_done, FETCH_CONNECTIONS_MAX);
	return fetcher;
}

void
fetcher_close(struct fetcher *fetcher)
{
	if (fetcher == NULL)
		return;
	while (!TAILQ_EMPTY(&fetcher->fetches))
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): leaves the list */
		free_fetch(TAILQ_FIRST(&fetcher->fetches));
	multi_close(fetcher->multi);
	free(fetcher);
	curl_global_cleanup();
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct job *job,
    const struct fetch_events *events, void *ctx)
{
	struct fetch *fetch = mem_zalloc(sizeof(*fetch));

	fetch->fetcher = fetcher;
	fetch->job = job;
	fetch->events = events;
	fetch->ctx = ctx;
	fetch->is_moved = true;
	fetch->start_ms = monotonic_ms();
	response_init(&fetch->response);
	fetch->easy = curl_easy_init();
	if (fetch->easy == NULL)
		abort(); /* out of memory */
	set_limits(fetch->easy);
	set_callbacks(fetch);
	if (job->user_agent != NULL)
		set(curl_easy_setopt(fetch->easy, CURLOPT_USERAGENT, job->user_agent));
	set(curl_easy_setopt(
	    fetch->easy, CURLOPT_PROXY, job->proxy != NULL ? job->proxy : ""));
	set_url(fetch, job->url);
	TAILQ_INSERT_TAIL(&fetcher->fetches, fetch, link);
	start_hop(fetch);
	return fetch;
}

void
fetch_resume(struct fetch *fetch)
{
	(void)curl_easy_pause(
	    fetch->easy, CURLPAUSE_CONT); /* a failure ends it as any other */
}

void
fetch_cancel(struct fetch *fetch)
{
	if (fetch != NULL)
		free_fetch(fetch);
}

const char *
fetch_url(const struct fetch *fetch)
{
	return fetch->url;
}
