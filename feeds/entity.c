/*
 * Character references. The names of HTML 4 are libxml2's.
 */
#include "feeds/entity.h"

#include <stdbool.h>
#include <string.h>

#include <libxml/HTMLparser.h>

#include "feeds/charset.h"

#define NAME_MAX_BYTES 12
#define UNICODE_MAX 0x10FFFF

/* What stands so often that it is not looked up. */
static const struct common {
	const char *name;
	uint32_t c;
} commons[] = {
	{ "amp", '&' },
	{ "lt", '<' },
	{ "gt", '>' },
	{ "quot", '"' },
	{ "apos", '\'' },
	{ "nbsp", 0xA0 },
};

static uint32_t
checked(uint32_t c)
{
	if (c >= 0x80 && c < 0xA0)
		c = charset_windows_1252((unsigned char)c);
	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return ENTITY_BAD;
	if (c == 0x7F || (c >= 0xD800 && c < 0xE000) || c > UNICODE_MAX ||
	    (c & 0xFFFE) == 0xFFFE)
		return ENTITY_BAD;
	return c;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* text[0..1] is &# */
static size_t
read_number(const char *text, size_t len, uint32_t *c)
{
	bool is_hex = len > 2 && (text[2] == 'x' || text[2] == 'X');
	int base = is_hex ? 16 : 10;
	size_t begin = is_hex ? 3 : 2, at = begin;
	uint32_t value = 0;

	for (; at < len && at < ENTITY_MAX_BYTES; at++) {
		int digit = digit_value(text[at]);

		if (digit >= base)
			break;
		if (value <= UNICODE_MAX)
			value = value * (uint32_t)base + (uint32_t)digit;
	}
	if (at == begin)
		return 0;
	*c = checked(value);
	return at < len && text[at] == ';' ? at + 1 : at;
}

static bool
find_name(const char *name, uint32_t *c)
{
	const htmlEntityDesc *found;

	for (size_t i = 0; i < sizeof(commons) / sizeof(*commons); i++) {
		if (strcmp(name, commons[i].name) == 0) {
			*c = commons[i].c;
			return true;
		}
	}
	found = htmlEntityLookup((const xmlChar *)name);
	if (found != NULL)
		*c = found->value;
	return found != NULL;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

size_t
entity_read(const char *text, size_t len, uint32_t *c)
{
	char name[NAME_MAX_BYTES];
	size_t at = 1;

	if (len > 1 && text[1] == '#')
		return read_number(text, len, c);
	while (at < len && at < sizeof(name) && is_name_byte(text[at])) {
		name[at - 1] = text[at];
		at++;
	}
	if (at == 1 || at >= len || text[at] != ';')
		return 0;
	name[at - 1] = '\0';
	return find_name(name, c) ? at + 1 : 0;
}
