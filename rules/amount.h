/*
 * amount(550bn USD): which sums of money a term means (RULES "amount()").
 */
#ifndef RULES_AMOUNT_H
#define RULES_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "rules/sum.h"

struct buf;

/* Sums from low to high, in hundredths. */
struct amount {
	int64_t low, high;
	const char *currency; /* ISO 4217, static; NULL: any, or none written */
};

/**
 * Read amount(...) as written.
 *
 * @param wrong_at  out, on failure: byte of the text
 * @param err       kind CONFIG, where is the text
 */
bool amount_parse(struct amount *amount, const char *text, size_t len, size_t *wrong_at,
    struct error *err);
/** Append what makes it equal to another. */
void amount_key(const struct amount *amount, struct buf *out);
/** A range of which a part is meant is meant. */
bool amount_fits(const struct amount *amount, const struct sum *sum);

#endif
