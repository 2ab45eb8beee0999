/*
 * The words of money in folded text: currencies before and behind a number, units of
 * counting (RULES "amount()").
 */
#ifndef RULES_MONEY_H
#define RULES_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Folded text that is read, and whether its ¥ is China's. */
struct money_text {
	const char *text;
	size_t len;
	bool is_chinese;
};

/* A currency where it was written. */
struct money_currency {
	const char *code; /* ISO 4217; NULL: none is written, or one that we do not know */
	size_t at, end;   /* bytes; equal when none is written */
	bool is_generic;  /* a word of several currencies: 元, dollars */
};

/** Whether a letter (or digit) of a script that writes blanks stands at this byte. */
bool money_is_letter(const struct money_text *money, size_t at);
/** Whether folded text goes on with these bytes. */
bool money_begins(const struct money_text *money, size_t at, const char *word);
/** A word with its edges; a blank of it is a blank or a hyphen. @return bytes, or 0 */
size_t money_match(const struct money_text *money, size_t at, const char *word);
/** @return behind the blank or hyphen at `at`, if there is one */
size_t money_skip_gap(const struct money_text *money, size_t at);
/** What ends in front of the number that begins at `at`. */
struct money_currency money_before(const struct money_text *money, size_t at);
/** What begins behind the number (with its unit) that ends at `at`. */
struct money_currency money_behind(const struct money_text *money, size_t at);
/** @return bytes of the English unit at `at` (bn, million, -billion), 0 when none stands
 * there */
size_t money_unit(const struct money_text *money, size_t at, int64_t *unit);
/** 万 億 兆, and 十 百 千. @return bytes, 0 when none stands there */
size_t money_big(const struct money_text *money, size_t at, int64_t *unit);
size_t money_small(const struct money_text *money, size_t at, int64_t *unit);
/** 〇 to 九. @return bytes, 0 when none stands there */
size_t money_digit(const struct money_text *money, size_t at, int64_t *digit);
/** Whether what stands behind a number without a currency counts things that are no money:
 * people, barrels, GW. */
bool money_counts_things(const struct money_text *money, size_t at, bool is_sure);
/** The codes that an amount() may name, separated by blanks. */
const char *money_codes(void);

#endif
