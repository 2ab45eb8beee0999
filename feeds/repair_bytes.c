/*
 * The repair filter's bytes: what goes on, characters and references.
 */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "feeds/entity.h"
#include "feeds/repair_private.h"

/* Where a state has to look at a byte. */
static const unsigned char stops[256] = {
	[0x00 ... 0x08] = STOP_ALL,
	[0x0B ... 0x0C] = STOP_ALL,
	[0x0E ... 0x1F] = STOP_ALL,
	[0x80 ... 0xFF] = STOP_ALL,
	['<'] = STOP_TEXT | STOP_QUOTED,
	['&'] = STOP_TEXT | STOP_QUOTED,
	['>'] = STOP_TEXT,
	['"'] = STOP_QUOTED,
	['\''] = STOP_QUOTED,
	[']'] = STOP_CDATA,
};

/* -- what goes on -- */

void
repair_flush(struct repair *repair)
{
	if (repair->clean_len > 0)
		buf_add(&repair->out, repair->clean, repair->clean_len);
	repair->clean_len = 0;
}

/* Bytes of the input, as they are. */
void
repair_keep(struct repair *repair, const char *at, size_t len)
{
	if (repair->clean_len > 0 && repair->clean + repair->clean_len == at) {
		repair->clean_len += len;
		return;
	}
	repair_flush(repair);
	repair->clean = at;
	repair->clean_len = len;
}

void
repair_put(struct repair *repair, const char *text, size_t len)
{
	repair_flush(repair);
	buf_add(&repair->out, text, len);
}

void
repair_put_text(struct repair *repair, const char *text)
{
	repair_put(repair, text, strlen(text));
}

/* -- characters -- */

/* The bytes from at on that a state need not look at. */
size_t
repair_clean_span(const char *at, size_t len, unsigned stop)
{
	const unsigned char *byte = (const unsigned char *)at;
	const unsigned char *end = byte + len;

	while (byte < end) {
		if ((stops[*byte] & stop) == 0)
			byte++;
		else if (*byte >= 0xE1 && *byte <= 0xEC && end - byte >= 3 &&
			 (byte[1] & 0xC0) == 0x80 && (byte[2] & 0xC0) == 0x80)
			byte += 3; /* most of CJK */
		else
			break;
	}
	return (size_t)((const char *)byte - at);
}

/* A byte that is no ASCII, or a control character. 0: more has to come. */
size_t
repair_take_odd(struct repair *repair, const char *at, size_t len)
{
	bool is_whole;
	size_t used;

	if ((unsigned char)*at < 0x20)
		return 1; /* dropped: MANNERS 2.1 */
	used = text_measure(at, len, &is_whole);
	if (is_whole) {
		/* U+FFFE and U+FFFF are no characters of XML */
		if (used != 3 || memcmp(at, "\xEF\xBF", 2) != 0 ||
		    (unsigned char)at[2] < 0xBE)
			repair_keep(repair, at, used);
		return used;
	}
	if (used == len && (unsigned char)*at >= 0xC2 && (unsigned char)*at <= 0xF4 &&
	    !repair->is_end)
		return 0;
	repair_put_text(repair, "\xEF\xBF\xBD");
	return used;
}

bool
repair_is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

bool
repair_is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

/* Whether a reference is one of XML's own and can stay as it is. */
static bool
is_predefined(const char *at, size_t len)
{
	return (len == 5 && memcmp(at, "&amp;", 5) == 0) ||
	       (len == 4 && (memcmp(at, "&lt;", 4) == 0 || memcmp(at, "&gt;", 4) == 0)) ||
	       (len == 6 && (memcmp(at, "&quot;", 6) == 0 || memcmp(at, "&apos;", 6) == 0));
}

static void
put_character(struct repair *repair, uint32_t c)
{
	if (c < 0x20 || strchr("&<>\"'", (int)(c & 0x7F)) != NULL) {
		if (c < 0x80) {
			repair_flush(repair);
			buf_printf(&repair->out, "&#%u;", c);
			return;
		}
	}
	repair_flush(repair);
	text_encode(&repair->out, c);
}

size_t
repair_take_reference(struct repair *repair, const char *at, size_t len)
{
	size_t used = 1;
	uint32_t c = 0;

	if (len > ENTITY_MAX_BYTES)
		len = ENTITY_MAX_BYTES;
	while (used < len && (repair_is_name_byte(at[used]) || at[used] == '#'))
		used++;
	if (used == len && len < ENTITY_MAX_BYTES && !repair->is_end)
		return 0;
	used = entity_read(at, len, &c);
	if (used == 0) {
		repair_put_text(repair, "&amp;");
		return 1;
	}
	if (is_predefined(at, used))
		repair_keep(repair, at, used);
	else if (c != ENTITY_BAD)
		put_character(repair, c);
	return used;
}
