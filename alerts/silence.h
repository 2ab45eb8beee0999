/*
 * Silences: what is not to reach anybody for a while, though it is told and kept.
 */
#ifndef ALERTS_SILENCE_H
#define ALERTS_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct error;

/* What an alert is about; NULL: nothing of the kind. */
struct silence_subject {
	const char *story, *rule, *feed;
};

/**
 * Look for a silence that holds a new alert, and note that it does; inside the transaction
 * that releases it.
 *
 * @param event   the alert's first
 * @param reason  out: why its rows are held, the caller's to free(); NULL: they are not
 */
bool silence_hold(struct db *db, int64_t event, const struct silence_subject *subject,
    int64_t now_ms, char **reason, struct error *err);

#endif
