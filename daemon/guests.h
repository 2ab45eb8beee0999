/*
 * How many connections the API has, and how many it may have.
 *
 * evhttp counts none. It does ask for the bufferevent of each new connection, and that is
 * where they are counted and where one too many is refused.
 */
#ifndef DAEMON_GUESTS_H
#define DAEMON_GUESTS_H

#include <stddef.h>

#include "base/mem.h"

struct bufferevent;
struct event_base;
struct guests;

#define GUESTS_MAX 64

/**
 * @param input_max_bytes  how much of what a guest sends is taken in before it is looked at
 */
struct guests *guests_new(struct event_base *base, size_t input_max_bytes);
/** To be called after evhttp is gone. */
void guests_free(struct guests *guests);
MEM_AUTO(guests, guests_free);
/** For evhttp_set_bevcb(), ctx is the guests. */
struct bufferevent *guests_receive(struct event_base *base, void *ctx);

#endif
