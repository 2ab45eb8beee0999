/*
 * A connection's descriptor is not known yet when its bufferevent is asked for, so it is
 * looked at right after the accepting, before anything of it is read. That one is closed is
 * seen when the next one comes: its descriptor is no longer that socket.
 */
#include "daemon/guests.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"

/* A socket's inode is its own as long as it is open. */
struct guest {
	int fd;
	dev_t device;
	ino_t inode;
};

struct arrival {
	struct bufferevent *bev; /* one reference is ours */
};

struct guests {
	struct guest items[GUESTS_MAX];
	size_t count;
	struct arrival *arrivals; /* owned */
	size_t arrival_count, arrival_cap;
	struct event *look; /* owned */
	size_t input_max_bytes;
	bool is_full; /* said in the log */
};

static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\n"
			      "Content-Type: application/json\r\n"
			      "Retry-After: 1\r\n"
			      "Connection: close\r\n"
			      "\r\n"
			      "{\"error\":{\"code\":\"busy\",\"text\":"
			      "\"too many connections\"}}\n";

static bool
is_same(const struct guest *guest)
{
	struct stat st;

	return fstat(guest->fd, &st) == 0 && st.st_dev == guest->device &&
	       st.st_ino == guest->inode;
}

static void
forget_gone(struct guests *guests)
{
	size_t kept = 0;

	for (size_t i = 0; i < guests->count; i++) {
		if (is_same(&guests->items[i]))
			guests->items[kept++] = guests->items[i];
	}
	guests->count = kept;
}

/* evhttp sees the end of the stream, and nothing of what was sent before it. */
static void
refuse(struct guests *guests, int fd)
{
	char dropped[4096];

	if (!guests->is_full)
		log_warn("api", "%d connections are open: more are refused", GUESTS_MAX);
	guests->is_full = true;
	/* a client that is gone already needs no answer */
	(void)send(fd, refusal, strlen(refusal), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_RDWR);
	while (recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) > 0)
		;
}

static void
receive(struct guests *guests, int fd)
{
	struct stat st;

	forget_gone(guests);
	if (guests->count == GUESTS_MAX || fstat(fd, &st) != 0) {
		refuse(guests, fd);
		return;
	}
	guests->is_full = false;
	guests->items[guests->count++] =
	    (struct guest){ .fd = fd, .device = st.st_dev, .inode = st.st_ino };
}

static void
forget_arrivals(struct guests *guests)
{
	for (size_t i = 0; i < guests->arrival_count; i++)
		(void)bufferevent_decref(guests->arrivals[i].bev);
	guests->arrival_count = 0;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct guests *guests = arg;

	for (size_t i = 0; i < guests->arrival_count; i++) {
		int guest_fd = bufferevent_getfd(guests->arrivals[i].bev);

		if (guest_fd >= 0)
			receive(guests, guest_fd);
	}
	forget_arrivals(guests);
}

struct bufferevent *
guests_receive(struct event_base *base, void *ctx)
{
	struct guests *guests = ctx;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (bev == NULL)
		return NULL; /* evhttp makes one, which then is not counted */
	/* what a client sends while its answer is being written is read by nobody */
	bufferevent_setwatermark(bev, EV_READ, 0, guests->input_max_bytes);
	bufferevent_incref(bev);
	mem_grow(guests->arrivals, guests->arrival_count, guests->arrival_cap);
	guests->arrivals[guests->arrival_count++].bev = bev;
	event_active(guests->look, EV_TIMEOUT, 0);
	return bev;
}

struct guests *
guests_new(struct event_base *base, size_t input_max_bytes)
{
	struct guests *guests = mem_zalloc(sizeof(*guests));

	guests->input_max_bytes = input_max_bytes;
	guests->look = event_new(base, -1, 0, on_look, guests);
	return guests;
}

void
guests_free(struct guests *guests)
{
	if (guests == NULL)
		return;
	forget_arrivals(guests);
	if (guests->look != NULL)
		event_free(guests->look);
	free(guests->arrivals);
	free(guests);
}
