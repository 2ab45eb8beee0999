/*
 * A table of signs; a longer one stands before its beginning.
 */
#include "rules/comparison.h"

#include <string.h>

static const struct {
	const char *sign;
	enum comparison comparison;
} signs[] = {
	{ ">=", COMPARE_AT_LEAST },
	{ "<=", COMPARE_AT_MOST },
	{ ">", COMPARE_MORE },
	{ "<", COMPARE_LESS },
	{ "=", COMPARE_EQUAL },
};

size_t
comparison_read(const char *text, size_t len, enum comparison *comparison)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t sign_len = strlen(signs[i].sign);

		if (len < sign_len || memcmp(signs[i].sign, text, sign_len) != 0)
			continue;
		*comparison = signs[i].comparison;
		return sign_len;
	}
	return 0;
}

const char *
comparison_sign(enum comparison comparison)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (signs[i].comparison == comparison)
			return signs[i].sign;
	}
	return "";
}

bool
comparison_holds(enum comparison comparison, int64_t value, int64_t number)
{
	switch (comparison) {
	case COMPARE_AT_LEAST:
		return value >= number;
	case COMPARE_MORE:
		return value > number;
	case COMPARE_AT_MOST:
		return value <= number;
	case COMPARE_LESS:
		return value < number;
	case COMPARE_EQUAL:
		return value == number;
	}
	return false;
}
