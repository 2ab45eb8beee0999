/*
 * What a worker may still do when it has shut itself in: decided by the daemon, told on the
 * worker's command line, since a sandbox cannot be opened again.
 */
#ifndef FEEDS_CONFINEMENT_H
#define FEEDS_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct list;

#define CONFINEMENT_PORTS_MAX 256

struct confinement {
	bool is_best_effort; /* a kernel that refuses a part is no reason not to start */
	uint16_t ports[CONFINEMENT_PORTS_MAX]; /* TCP, ascending */
	size_t port_count;
};

/** HTTP, HTTPS and name resolution: what every fetcher needs. */
void confinement_add_usual(struct confinement *confinement);
/** @return false when there are too many different ones */
bool confinement_add_port(struct confinement *confinement, uint16_t port);
/** The port of an http(s) URL, the scheme's own where none is written. */
bool confinement_add_url(struct confinement *confinement, const char *url);
/** @return whether a worker that was started with `have` can do what is wanted now, and is
 * as strictly held as that */
bool confinement_covers(const struct confinement *have, const struct confinement *want);

/** Add a worker's arguments. */
void confinement_write(const struct confinement *confinement, struct list *arguments);
/** Read them. @return false with err set (CONFIG) when they are none */
bool confinement_read(
    struct confinement *confinement, int argc, char **argv, struct error *err);

#endif
