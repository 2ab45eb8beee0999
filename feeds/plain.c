/*
 * Markup to plain text, in one pass.
 */
#include "feeds/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "feeds/charset.h"
#include "feeds/entity.h"
#include "feeds/plain_tags.h"

struct plain {
	struct buf *out;
	size_t begin;     /* of our text in out */
	bool wants_blank; /* before the next character */
	const char *start, *at, *end;
};

/* Bytes that need a look: ends of a span that can be copied. */
static bool
is_special(unsigned char c)
{
	if (c <= ' ' || c == '<' || c == '&' || c == 0x7F)
		return true;
	/* lead bytes of the white space and controls beyond ASCII */
	return c == 0xC2 || c == 0xE1 || c == 0xE2 || c == 0xE3 || c == 0xEF;
}

static void
add_span(struct plain *plain, const char *text, size_t len)
{
	if (len == 0)
		return;
	if (plain->wants_blank && plain->out->len > plain->begin)
		buf_add_char(plain->out, ' ');
	plain->wants_blank = false;
	buf_add(plain->out, text, len);
}

static bool
is_white(uint32_t c)
{
	if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0)
		return true;
	if (c < 0x1680)
		return false;
	return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202F || c == 0x205F || c == 0x3000;
}

static bool
is_dropped(uint32_t c)
{
	return c < 0x20 || c == 0x7F || c == 0xFEFF;
}

/* One character that needs a look. C1 controls are windows-1252 that was taken for Latin 1.
 */
static void
add_character(struct plain *plain, uint32_t c)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;

	if (c >= 0x80 && c < 0xA0)
		c = charset_windows_1252((unsigned char)c);
	if (is_white(c)) {
		plain->wants_blank = true;
	} else if (!is_dropped(c)) {
		text_encode(&bytes, c);
		add_span(plain, bytes.data, bytes.len);
	}
}

/* U+0080 to U+00FF in UTF-8: two bytes, of which the first says the half. */
static bool
is_half(const char *at, unsigned char first, unsigned char min, unsigned char max)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return bytes[0] == first && bytes[1] >= min && bytes[1] <= max;
}

/* Where the character begins whose UTF-8 was encoded once more and that has the control
 * character at plain->at in it; NULL: there is none. */
static const char *
twice_encoded_start(const struct plain *plain)
{
	const char *at = plain->at;

	for (int i = 0; i < 2 && at - plain->start >= 4; i++) {
		if (!is_half(at - 2, 0xC2, 0xA1, 0xBF))
			break;
		at -= 2;
	}
	if (at - plain->start < 2 || !is_half(at - 2, 0xC3, 0x82, 0xB4))
		return NULL;
	return at - 2;
}

/*
 * UTF-8 that was taken for Latin 1 and encoded again. Only where it has a control character
 * beyond ASCII in it, which nobody writes, it is sure to be that.
 */
static bool
take_twice_encoded(struct plain *plain)
{
	const char *start = twice_encoded_start(plain);
	size_t want, written;
	char bytes[4];
	uint32_t c = 0;

	if (start == NULL)
		return false;
	written = (size_t)(plain->at - start);
	bytes[0] = (char)(start[1] | 0x40); /* C3 xx is U+00C0 and on */
	want = (unsigned char)bytes[0] >= 0xF0   ? 4
	       : (unsigned char)bytes[0] >= 0xE0 ? 3
						 : 2;
	if ((size_t)(plain->end - start) < want * 2 || plain->wants_blank ||
	    plain->out->len - plain->begin < written ||
	    memcmp(plain->out->data + plain->out->len - written, start, written) != 0)
		return false;
	for (size_t i = 1; i < want; i++) {
		if (!is_half(start + i * 2, 0xC2, 0x80, 0xBF))
			return false;
		bytes[i] = start[i * 2 + 1];
	}
	if (text_decode(bytes, want, &c) != want)
		return false;
	plain->out->len -= written;
	plain->at = start + want * 2;
	add_character(plain, c);
	return true;
}

/* A character at plain->at that is_special(). */
static void
take_character(struct plain *plain)
{
	uint32_t c = 0;
	size_t used = text_decode(plain->at, (size_t)(plain->end - plain->at), &c);

	if (c >= 0x80 && c < 0xA0 && take_twice_encoded(plain))
		return;
	if (c >= 0xA0 && !is_white(c) && !is_dropped(c))
		add_span(plain, plain->at, used);
	else
		add_character(plain, c);
	plain->at += used > 0 ? used : 1;
}

/* All up to the next special byte; single blanks between words go along. */
static void
take_span(struct plain *plain)
{
	const char *at = plain->at;

	while (at < plain->end &&
	       (!is_special((unsigned char)*at) ||
		   (*at == ' ' && at > plain->at && at[-1] != ' ' && at + 1 < plain->end &&
		       !is_special((unsigned char)at[1]))))
		at++;
	add_span(plain, plain->at, (size_t)(at - plain->at));
	plain->at = at;
}

bool
plain_knows_tag(const char *name)
{
	char copy[TAG_NAME_MAX_BYTES];
	size_t len = strlen(name);

	if (len >= TAG_NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= len; i++)
		copy[i] = text_lower(name[i]);
	return plain_tag_kind(copy) != TAG_NONE;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * The kind of the tag at plain->at, which is a <; TAG_NONE when it is none.
 *
 * @param name  lower case; "" when it is longer than any we know
 */
static enum tag_kind
read_tag_name(const struct plain *plain, char name[TAG_NAME_MAX_BYTES])
{
	const char *at = plain->at + 1;
	size_t len = 0;
	bool is_foreign = false;

	if (at < plain->end && *at == '/')
		at++;
	if (at == plain->end || !is_letter(*at))
		return TAG_NONE;
	for (; at < plain->end && strchr(" \t\r\n/>", *at) == NULL; at++) {
		is_foreign |= *at == ':' || *at == '-';
		if (len + 1 < TAG_NAME_MAX_BYTES)
			name[len] = text_lower(*at);
		len++;
	}
	if (is_foreign)
		len = 0; /* <o:p>, <my-element> */
	name[len < TAG_NAME_MAX_BYTES ? len : 0] = '\0';
	if (len == 0 || len >= TAG_NAME_MAX_BYTES)
		return is_foreign ? TAG_INLINE : TAG_NONE;
	return plain_tag_kind(name);
}

/* Behind the > of the tag at plain->at, or the end; a > in quotes does not count. */
static const char *
tag_end(const struct plain *plain)
{
	char quote = '\0';

	for (const char *at = plain->at + 1; at < plain->end; at++) {
		if (quote != '\0' && *at == quote)
			quote = '\0';
		else if (quote == '\0' && at[-1] == '=' && (*at == '"' || *at == '\''))
			quote = *at;
		else if (quote == '\0' && *at == '>')
			return at + 1;
	}
	return plain->end;
}

/* The < of the element's end tag, or NULL when it has none. */
static const char *
find_end_tag(const struct plain *plain, const char *name)
{
	size_t len = strlen(name);
	const char *at = plain->at;

	while ((at = memchr(at, '<', (size_t)(plain->end - at))) != NULL) {
		if ((size_t)(plain->end - at) > len + 2 && at[1] == '/' &&
		    strncasecmp(at + 2, name, len) == 0)
			return at;
		at++;
	}
	return NULL;
}

/* Go behind the element's end tag, or to the end when it has none: a script is no text. */
static void
skip_content(struct plain *plain, const char *name)
{
	const char *end_tag = find_end_tag(plain, name);

	plain->at = end_tag != NULL ? end_tag : plain->end;
	if (end_tag != NULL)
		plain->at = tag_end(plain);
}

/* Go behind the next occurrence of text, or to the end. */
static void
skip_behind(struct plain *plain, const char *text)
{
	size_t len = strlen(text);
	const char *at = memmem(plain->at, (size_t)(plain->end - plain->at), text, len);

	plain->at = at == NULL ? plain->end : at + len;
}

static bool
begins_with(const struct plain *plain, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(plain->end - plain->at) >= len && memcmp(plain->at, text, len) == 0;
}

/* One that has lost its end goes as far as a tag would. */
static void
skip_comment(struct plain *plain)
{
	bool has_end =
	    memmem(plain->at, (size_t)(plain->end - plain->at), "-->", 3) != NULL;

	skip_behind(plain, has_end ? "-->" : ">");
}

/* A declaration begins with a name and has an end; "<!" else is somebody's text. */
static bool
is_declaration(const struct plain *plain)
{
	if (!begins_with(plain, "<!") && !begins_with(plain, "<?"))
		return false;
	return plain->end - plain->at > 2 && is_letter(plain->at[2]) &&
	       memchr(plain->at, '>', (size_t)(plain->end - plain->at)) != NULL;
}

/* <!-- -->, <!DOCTYPE >, <? ?>. A CDATA section inside HTML is its text. */
static bool
take_declaration(struct plain *plain)
{
	if (begins_with(plain, "<!--"))
		skip_comment(plain);
	else if (begins_with(plain, "<![CDATA["))
		plain->at += strlen("<![CDATA[");
	else if (is_declaration(plain))
		skip_behind(plain, ">");
	else
		return false;
	return true;
}

static void
take_tag(struct plain *plain)
{
	char name[TAG_NAME_MAX_BYTES];
	bool is_end, is_empty;
	enum tag_kind kind;

	if (take_declaration(plain))
		return;
	kind = read_tag_name(plain, name);
	if (kind == TAG_NONE) {
		add_span(plain, plain->at, 1);
		plain->at++;
		return;
	}
	is_end = plain->at + 1 < plain->end && plain->at[1] == '/';
	plain->wants_blank |= kind == TAG_BLOCK;
	plain->at = tag_end(plain);
	is_empty = plain->at[-2] == '/';
	if (kind == TAG_DROPPED && !is_end && !is_empty)
		skip_content(plain, name);
}

static void
take_reference(struct plain *plain)
{
	uint32_t c = 0;
	size_t used = entity_read(plain->at, (size_t)(plain->end - plain->at), &c);

	if (used == 0)
		add_span(plain, plain->at, 1);
	else if (c != ENTITY_BAD)
		add_character(plain, c);
	plain->at += used > 0 ? used : 1;
}

void
plain_add_html(struct buf *out, const char *html, size_t len)
{
	struct plain plain = { out, out->len, false, html, html, html + len };

	while (plain.at < plain.end) {
		take_span(&plain);
		if (plain.at == plain.end)
			break;
		if (*plain.at == '<')
			take_tag(&plain);
		else if (*plain.at == '&')
			take_reference(&plain);
		else
			take_character(&plain);
	}
}

void
plain_add_text(struct buf *out, const char *text, size_t len)
{
	struct plain plain = { out, out->len, false, text, text, text + len };

	while (plain.at < plain.end) {
		take_span(&plain);
		if (plain.at < plain.end)
			take_character(&plain);
	}
}
