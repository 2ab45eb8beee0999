/*
 * A digest: one alert of kind "digest" that takes several to a sink at once.
 */
#ifndef ALERTS_GATHER_H
#define ALERTS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct error;

#define GATHER_MAX 100

/**
 * Gather what waits for a sink and was not tried yet into a digest for it, in a transaction
 * of its own. Those alerts are delivered then, as far as their rows go: the digest waits.
 *
 * @param count  out: how many it has; with less than two none is made
 */
bool gather_waiting(
    struct db *db, const char *sink, int64_t now_ms, size_t *count, struct error *err);
/** Whether alerts of a kind are gathered. */
bool gather_takes(const char *kind);

#endif
