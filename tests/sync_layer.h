/*
 * A layer under SQLite that counts the syncs of WALs, and lets them fail.
 */
#ifndef TESTS_SYNC_LAYER_H
#define TESTS_SYNC_LAYER_H

#include <stdbool.h>

/** Stores that are opened from now on stand on it. */
void sync_layer_begin(void);
/** When they are closed. */
void sync_layer_end(void);
void sync_layer_fail(bool is_failing);
/** @return syncs since its begin */
int sync_layer_count(void);

#endif
