/*
 * Sums of money in folded text (RULES "amount()").
 */
#ifndef RULES_SUM_H
#define RULES_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/money.h"

struct buf;

/* One sum, or a range of them, where it was written. */
struct sum {
	size_t at, end;       /* bytes of the folded text */
	int64_t low, high;    /* in hundredths of the currency; equal: no range */
	const char *currency; /* ISO 4217, static; NULL: none is written */
};

struct sum_list {
	struct sum *items; /* owned */
	size_t count, cap;
};

#define SUMS_MAX 1000 /* of one text */

/** Append the sums of a text. */
void sums_read(struct sum_list *sums, const struct money_text *text);
/**
 * Read a bare sum as amount() names it: a number, its unit, its currency.
 *
 * @return where it ends; `at` when there is none
 */
size_t sum_read_bare(const struct money_text *text, size_t at, struct sum *sum);
/** Give a sum without a unit that of another: 30..40bn. @return false: it cannot take it */
bool sum_take_unit(struct sum *sum, const struct money_text *text, size_t at);
void sum_list_clear(struct sum_list *sums);
/** Append a decimal string of major units: 550000000000, 12.50. */
void sum_format(struct buf *out, int64_t hundredths);

#endif
