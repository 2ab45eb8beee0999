/*
 * >= and its like, of COUNT(...), published: and amount(...).
 */
#ifndef RULES_COMPARISON_H
#define RULES_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum comparison {
	COMPARE_AT_LEAST,
	COMPARE_MORE,
	COMPARE_AT_MOST,
	COMPARE_LESS,
	COMPARE_EQUAL,
};

/** @return bytes of the sign that text begins with; 0 when it begins with none */
size_t comparison_read(const char *text, size_t len, enum comparison *comparison);
/** @return ">=" and so on */
const char *comparison_sign(enum comparison comparison);
bool comparison_holds(enum comparison comparison, int64_t value, int64_t number);

#endif
