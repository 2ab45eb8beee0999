/*
 * The words of dates: months, zones, halves of the day, in the languages that feeds use.
 */
#ifndef FEEDS_DATE_WORDS_H
#define FEEDS_DATE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum date_role {
	ROLE_NONE,
	ROLE_SKIP,
	ROLE_MONTH,
	ROLE_ZONE, /* value: minutes east */
	ROLE_AM,
	ROLE_PM,
	ROLE_YEAR, /* these stand behind their number */
	ROLE_MONTH_NUMBER,
	ROLE_DAY,
	ROLE_HOUR,
	ROLE_MINUTE,
	ROLE_SECOND,
};

struct date_word {
	const char *text; /* lower case */
	enum date_role role;
	int value;
	bool is_prefix; /* longer words mean the same: "sept", "september" */
};

/** @return NULL when it is none that is known; a longer word may begin with one */
const struct date_word *date_word_find(const char *text, size_t len);
/** The length of "a.m.", "P.M" at text; 0: it is none. */
size_t date_word_half_day(const char *text);

#endif
