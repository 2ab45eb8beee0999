/*
 * A look into the table that base/han.py made.
 */
#include "base/han.h"

#include <stddef.h>

static const struct {
	uint16_t c, form;
} forms[] = {
#include "base/han_forms.inc"
};

#define HAN_FIRST 0x3400
#define HAN_LAST 0x9FFF

uint32_t
han_form(uint32_t c)
{
	size_t low = 0, high = sizeof(forms) / sizeof(*forms);

	if (c < HAN_FIRST || c > HAN_LAST)
		return c;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (forms[middle].c == c)
			return forms[middle].form;
		if (forms[middle].c < c)
			low = middle + 1;
		else
			high = middle;
	}
	return c;
}
