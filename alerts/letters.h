/*
 * Dead letters, sent again.
 */
#ifndef ALERTS_LETTERS_H
#define ALERTS_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct error;
struct letter_choice;

/** Make the dead letters of a choice wait again, inside the caller's transaction. */
bool letters_revive(struct db *db, const struct letter_choice *choice, int64_t now_ms,
    int64_t *count, struct error *err);

#endif
