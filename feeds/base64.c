/*
 * Base64 to bytes.
 */
#include "feeds/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#define GROUP_DIGITS 4
#define NO_DIGIT (-1)

/* The values are the places in the alphabet (RFC 4648 4). */
static int
digit_value(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = memchr(digits, c, sizeof(digits) - 1);

	return found == NULL ? NO_DIGIT : (int)(found - digits);
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Two digits are one byte, three are two, four are three. */
static void
add_group(struct buf *out, uint32_t bits, int digits)
{
	bits <<= 6 * (GROUP_DIGITS - digits);
	for (int i = 1; i < digits; i++)
		buf_add_char(out, (char)(unsigned char)(bits >> (24 - 8 * i)));
}

bool
base64_add(struct buf *out, const char *text, size_t len)
{
	uint32_t bits = 0;
	int digits = 0;
	size_t at = 0;

	for (; at < len && text[at] != '='; at++) {
		int value = digit_value(text[at]);

		if (is_white(text[at]))
			continue;
		if (value == NO_DIGIT)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (++digits == GROUP_DIGITS) {
			add_group(out, bits, digits);
			bits = 0;
			digits = 0;
		}
	}
	while (at < len && (text[at] == '=' || is_white(text[at])))
		at++;
	add_group(out, bits, digits);
	return at == len && digits != 1;
}
