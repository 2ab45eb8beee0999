/*
 * The worker shuts itself in, before it reads a byte.
 */
#ifndef FEEDS_CONFINE_H
#define FEEDS_CONFINE_H

#include <stdbool.h>

struct confinement;
struct error;

/**
 * @param parts  out: what holds now (base/sandbox.h)
 * @return false with err set when a required part does not hold, and is not to be done
 * without
 */
bool confine_worker(
    const struct confinement *confinement, unsigned *parts, struct error *err);

#endif
