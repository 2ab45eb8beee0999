/*
 * How long to wait after a failure: twice as long each time, up to a ceiling.
 */
#ifndef ALERTS_RETRY_H
#define ALERTS_RETRY_H

#include <stdint.h>

#define RETRY_FIRST_MS (INT64_C(2) * 1000)
#define RETRY_CEILING_MS (INT64_C(30) * 60 * 1000)
#define RETRY_ASKED_MAX_MS (INT64_C(6) * 3600 * 1000) /* the most a peer may ask for */

/* Zero: nothing has failed. */
struct retry {
	int64_t wait_ms; /* the last wait */
	int64_t next_ms; /* nothing is tried before */
};

/**
 * Take note of a failure.
 *
 * @param spread    any number: up to a tenth is added to the wait by it
 * @param asked_ms  the least the peer asked for, or 0
 */
void retry_back_off(struct retry *retry, uint64_t spread, int64_t asked_ms, int64_t now_ms);

#endif
