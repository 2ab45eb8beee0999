/*
 * libcurl says which sockets to watch and when to come back; libevent does it.
 */
#include "base/multi.h"

#include <event2/event.h>
#include <stdlib.h>

struct multi {
	struct event_base *base; /* borrowed */
	multi_done_fn *on_done;
	CURLM *curl; /* owned, as the timer */
	struct event *timer;
};

static void
tell_done(struct multi *multi)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		multi_remove(multi, easy);
		multi->on_done(easy, result);
	}
}

static void
act(struct multi *multi, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(
	    multi->curl, fd, what, &running); /* told one by one */
	tell_done(multi);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl wants a socket watched. Its event hangs on the socket. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watched)
{
	struct multi *multi = arg;
	struct event *event = watched;
	short wanted = EV_PERSIST;

	if (event != NULL)
		event_free(event);
	if (what == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(multi->curl, fd, NULL); /* or it is gone */
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		wanted |= EV_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		wanted |= EV_WRITE;
	event = event_new(multi->base, fd, wanted, on_socket, multi);
	if (event == NULL || event_add(event, NULL) != 0)
		abort();                                 /* out of memory */
	(void)curl_multi_assign(multi->curl, fd, event); /* a socket it has just named */
	return 0;
}

static int
set_timer(CURLM *curl, long wait_ms, void *arg)
{
	struct multi *multi = arg;
	struct timeval wait = { wait_ms / 1000, (suseconds_t)(wait_ms % 1000) * 1000 };

	if (wait_ms < 0)
		(void)event_del(multi->timer); /* these fail for no live event */
	else
		(void)event_add(multi->timer, &wait);
	return 0;
}

struct multi *
multi_open(struct event_base *base, multi_done_fn *on_done, long connections)
{
	struct multi *multi = mem_zalloc(sizeof(*multi));

	multi->base = base;
	multi->on_done = on_done;
	multi->curl = curl_multi_init();
	multi->timer = evtimer_new(base, on_timer, multi);
	if (multi->curl == NULL || multi->timer == NULL)
		abort(); /* out of memory */
	/* these take what they are given */
	(void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, watch_socket);
	(void)curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
	(void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
	(void)curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, connections);
	return multi;
}

void
multi_close(struct multi *multi)
{
	if (multi == NULL)
		return;
	(void)curl_multi_cleanup(multi->curl); /* uses the timer */
	event_free(multi->timer);
	free(multi);
}

void
multi_add(struct multi *multi, CURL *easy)
{
	/* else the end of a transfer waits, and the whole loop with it, for a name that is
	 * still being looked up; the thread that does it ends by itself */
	if (curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK)
		abort(); /* it takes what it is given */
	if (curl_multi_add_handle(multi->curl, easy) != CURLM_OK)
		abort(); /* out of memory: the handle is a good one */
}

void
multi_remove(struct multi *multi, CURL *easy)
{
	(void)curl_multi_remove_handle(multi->curl, easy); /* or it is out already */
}
