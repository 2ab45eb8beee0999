/*
 * UTF-8: made valid, measured, escaped for showing. Folding has a file of its own.
 */
#include "base/text.h"

#include <string.h>

#include "base/buf.h"

#define REPLACEMENT 0xFFFD

/* One row a range of lead bytes: the rest of Unicode's table 3-7. The second byte has
 * bounds of its own, which shut out overlong forms, surrogates and what is above U+10FFFF.
 */
static const struct lead {
	unsigned char first, last;
	unsigned char bytes;
	unsigned char second_min, second_max;
} leads[] = {
	{ 0xE1, 0xEC, 3, 0x80, 0xBF }, /* most of CJK: asked for first */
	{ 0xC2, 0xDF, 2, 0x80, 0xBF },
	{ 0xE0, 0xE0, 3, 0xA0, 0xBF },
	{ 0xED, 0xED, 3, 0x80, 0x9F },
	{ 0xEE, 0xEF, 3, 0x80, 0xBF },
	{ 0xF0, 0xF0, 4, 0x90, 0xBF },
	{ 0xF1, 0xF3, 4, 0x80, 0xBF },
	{ 0xF4, 0xF4, 4, 0x80, 0x8F },
};

static const struct lead *
find_lead(unsigned char byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	}
	return NULL;
}

/* How many bytes at text are a character or its valid beginning; *is_whole tells which. At
 * least 1, also for a byte that begins nothing. */
static size_t
measure(const unsigned char *text, size_t len, bool *is_whole)
{
	const struct lead *lead = NULL;

	*is_whole = text[0] < 0x80;
	if (*is_whole)
		return 1;
	lead = find_lead(text[0]);
	if (lead == NULL || len < 2 || text[1] < lead->second_min ||
	    text[1] > lead->second_max)
		return 1;
	for (size_t i = 2; i < lead->bytes; i++) {
		if (i >= len || (text[i] & 0xC0) != 0x80)
			return i;
	}
	*is_whole = true;
	return lead->bytes;
}

size_t
text_measure(const char *text, size_t len, bool *is_whole)
{
	return measure((const unsigned char *)text, len, is_whole);
}

bool
text_is_utf8(const char *text, size_t len)
{
	bool is_whole = true;

	for (size_t at = 0; at < len;) {
		at += measure((const unsigned char *)text + at, len - at, &is_whole);
		if (!is_whole)
			return false;
	}
	return true;
}

size_t
text_decode(const char *text, size_t len, uint32_t *c)
{
	const unsigned char *bytes = (const unsigned char *)text;
	bool is_whole = false;
	size_t used = 0;
	uint32_t value = 0;

	if (len == 0)
		return 0;
	used = measure(bytes, len, &is_whole);
	if (!is_whole)
		return 0;
	value = used == 1 ? bytes[0] : bytes[0] & (0xFFu >> (used + 1));
	for (size_t i = 1; i < used; i++)
		value = value << 6 | (bytes[i] & 0x3Fu);
	*c = value;
	return used;
}

void
text_encode(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t count = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (count == 1) {
		buf_add_char(out, (char)c);
		return;
	}
	for (size_t i = count - 1; i > 0; i--) {
		bytes[i] = (char)(0x80 | (c & 0x3F));
		c >>= 6;
	}
	bytes[0] = (char)((0xF00u >> count & 0xFF) | c);
	buf_add(out, bytes, count);
}

void
text_repair(struct buf *out, const char *text, size_t len)
{
	size_t good_from = 0;
	bool is_whole = true;

	for (size_t at = 0; at < len;) {
		size_t used =
		    measure((const unsigned char *)text + at, len - at, &is_whole);

		if (!is_whole) {
			buf_add(out, text + good_from, at - good_from);
			text_encode(out, REPLACEMENT);
			good_from = at + used;
		}
		at += used;
	}
	buf_add(out, text + good_from, len - good_from);
}

size_t
text_chars(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}

size_t
text_cut(const char *text, size_t len, size_t max)
{
	size_t at = max;

	if (len <= max)
		return len;
	while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80)
		at--;
	return at;
}

/* What would move the cursor, end the line or turn the text round where it is shown. */
static bool
is_control(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		return true;
	if (c == 0x061C || c == 0x200E || c == 0x200F) /* bidi marks */
		return true;
	/* line and paragraph separator, bidi embeddings and isolates */
	return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void
text_escape(struct buf *out, const char *text, size_t len)
{
	size_t good_from = 0;

	for (size_t at = 0; at < len;) {
		uint32_t c = 0;
		size_t used = text_decode(text + at, len - at, &c);

		if (used > 0 && !is_control(c)) {
			at += used;
			continue;
		}
		buf_add(out, text + good_from, at - good_from);
		if (used <= 1)
			buf_printf(out, "\\x%02x", (unsigned)(unsigned char)text[at]);
		else
			buf_printf(out, "\\u{%04X}", c);
		at += used > 0 ? used : 1;
		good_from = at;
	}
	buf_add(out, text + good_from, len - good_from);
}
