/*
 * Markup to plain text, in one pass.
 */
#include "feeds/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "feeds/charset.h"
#include "feeds/entity.h"

#define NAME_MAX_BYTES 16

enum kind {
	KIND_BLOCK = 1, /* leaves a blank */
	KIND_INLINE,
	KIND_DROPPED, /* its content goes too */
};

/* The elements of HTML, in order. What is not here and has no : or - is no tag. */
static const struct tag {
	const char *name;
	enum kind kind;
} tags[] = {
	{ "a", KIND_INLINE },
	{ "abbr", KIND_INLINE },
	{ "acronym", KIND_INLINE },
	{ "address", KIND_BLOCK },
	{ "annotation", KIND_INLINE },
	{ "applet", KIND_BLOCK },
	{ "area", KIND_INLINE },
	{ "article", KIND_BLOCK },
	{ "aside", KIND_BLOCK },
	{ "audio", KIND_BLOCK },
	{ "b", KIND_INLINE },
	{ "base", KIND_INLINE },
	{ "bdi", KIND_INLINE },
	{ "bdo", KIND_INLINE },
	{ "big", KIND_INLINE },
	{ "blink", KIND_INLINE },
	{ "blockquote", KIND_BLOCK },
	{ "body", KIND_BLOCK },
	{ "br", KIND_BLOCK },
	{ "button", KIND_BLOCK },
	{ "canvas", KIND_BLOCK },
	{ "caption", KIND_BLOCK },
	{ "center", KIND_BLOCK },
	{ "circle", KIND_INLINE },
	{ "cite", KIND_INLINE },
	{ "code", KIND_INLINE },
	{ "col", KIND_BLOCK },
	{ "colgroup", KIND_BLOCK },
	{ "data", KIND_INLINE },
	{ "dd", KIND_BLOCK },
	{ "defs", KIND_INLINE },
	{ "del", KIND_INLINE },
	{ "details", KIND_BLOCK },
	{ "dfn", KIND_INLINE },
	{ "dialog", KIND_BLOCK },
	{ "dir", KIND_BLOCK },
	{ "div", KIND_BLOCK },
	{ "dl", KIND_BLOCK },
	{ "dt", KIND_BLOCK },
	{ "ellipse", KIND_INLINE },
	{ "em", KIND_INLINE },
	{ "embed", KIND_BLOCK },
	{ "fieldset", KIND_BLOCK },
	{ "figcaption", KIND_BLOCK },
	{ "figure", KIND_BLOCK },
	{ "font", KIND_INLINE },
	{ "footer", KIND_BLOCK },
	{ "form", KIND_BLOCK },
	{ "frame", KIND_BLOCK },
	{ "frameset", KIND_BLOCK },
	{ "g", KIND_INLINE },
	{ "h1", KIND_BLOCK },
	{ "h2", KIND_BLOCK },
	{ "h3", KIND_BLOCK },
	{ "h4", KIND_BLOCK },
	{ "h5", KIND_BLOCK },
	{ "h6", KIND_BLOCK },
	{ "head", KIND_BLOCK },
	{ "header", KIND_BLOCK },
	{ "hgroup", KIND_BLOCK },
	{ "hr", KIND_BLOCK },
	{ "html", KIND_BLOCK },
	{ "i", KIND_INLINE },
	{ "iframe", KIND_BLOCK },
	{ "img", KIND_INLINE },
	{ "input", KIND_INLINE },
	{ "ins", KIND_INLINE },
	{ "kbd", KIND_INLINE },
	{ "label", KIND_INLINE },
	{ "legend", KIND_BLOCK },
	{ "li", KIND_BLOCK },
	{ "line", KIND_INLINE },
	{ "link", KIND_INLINE },
	{ "main", KIND_BLOCK },
	{ "map", KIND_INLINE },
	{ "mark", KIND_INLINE },
	{ "marquee", KIND_BLOCK },
	{ "math", KIND_INLINE },
	{ "menu", KIND_BLOCK },
	{ "meta", KIND_INLINE },
	{ "meter", KIND_INLINE },
	{ "mfrac", KIND_INLINE },
	{ "mi", KIND_INLINE },
	{ "mn", KIND_INLINE },
	{ "mo", KIND_INLINE },
	{ "mover", KIND_INLINE },
	{ "mroot", KIND_INLINE },
	{ "mrow", KIND_INLINE },
	{ "mspace", KIND_INLINE },
	{ "msqrt", KIND_INLINE },
	{ "mstyle", KIND_INLINE },
	{ "msub", KIND_INLINE },
	{ "msup", KIND_INLINE },
	{ "mtable", KIND_INLINE },
	{ "mtd", KIND_INLINE },
	{ "mtext", KIND_INLINE },
	{ "mtr", KIND_INLINE },
	{ "munder", KIND_INLINE },
	{ "munderover", KIND_INLINE },
	{ "nav", KIND_BLOCK },
	{ "nobr", KIND_INLINE },
	{ "noscript", KIND_BLOCK },
	{ "object", KIND_BLOCK },
	{ "ol", KIND_BLOCK },
	{ "optgroup", KIND_BLOCK },
	{ "option", KIND_BLOCK },
	{ "output", KIND_INLINE },
	{ "p", KIND_BLOCK },
	{ "param", KIND_INLINE },
	{ "path", KIND_INLINE },
	{ "picture", KIND_INLINE },
	{ "polygon", KIND_INLINE },
	{ "polyline", KIND_INLINE },
	{ "pre", KIND_BLOCK },
	{ "progress", KIND_INLINE },
	{ "q", KIND_INLINE },
	{ "rect", KIND_INLINE },
	{ "rp", KIND_INLINE },
	{ "rt", KIND_INLINE },
	{ "ruby", KIND_INLINE },
	{ "s", KIND_INLINE },
	{ "samp", KIND_INLINE },
	{ "script", KIND_DROPPED },
	{ "section", KIND_BLOCK },
	{ "select", KIND_BLOCK },
	{ "semantics", KIND_INLINE },
	{ "small", KIND_INLINE },
	{ "source", KIND_INLINE },
	{ "span", KIND_INLINE },
	{ "stop", KIND_INLINE },
	{ "strike", KIND_INLINE },
	{ "strong", KIND_INLINE },
	{ "style", KIND_DROPPED },
	{ "sub", KIND_INLINE },
	{ "summary", KIND_BLOCK },
	{ "sup", KIND_INLINE },
	{ "svg", KIND_INLINE },
	{ "table", KIND_BLOCK },
	{ "tbody", KIND_BLOCK },
	{ "td", KIND_BLOCK },
	{ "template", KIND_DROPPED },
	{ "textarea", KIND_BLOCK },
	{ "tfoot", KIND_BLOCK },
	{ "th", KIND_BLOCK },
	{ "thead", KIND_BLOCK },
	{ "time", KIND_INLINE },
	{ "title", KIND_BLOCK },
	{ "tr", KIND_BLOCK },
	{ "track", KIND_INLINE },
	{ "tt", KIND_INLINE },
	{ "u", KIND_INLINE },
	{ "ul", KIND_BLOCK },
	{ "use", KIND_INLINE },
	{ "var", KIND_INLINE },
	{ "video", KIND_BLOCK },
	{ "wbr", KIND_INLINE },
};

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

static int
compare_tag(const void *key, const void *row)
{
	const struct tag *tag = row;

	return strcmp(key, tag->name);
}

static const struct tag *
find_tag(const char *name)
{
	return bsearch(
	    name, tags, sizeof(tags) / sizeof(*tags), sizeof(*tags), compare_tag);
}

bool
plain_knows_tag(const char *name)
{
	char copy[NAME_MAX_BYTES];
	size_t len = strlen(name);

	if (len >= NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= len; i++)
		copy[i] = text_lower(name[i]);
	return find_tag(copy) != NULL;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * The kind of the tag at plain->at, which is a <; 0 when it is none.
 *
 * @param name  lower case; "" when it is longer than any we know
 */
static int
read_tag_name(const struct plain *plain, char name[NAME_MAX_BYTES])
{
	const char *at = plain->at + 1;
	const struct tag *tag;
	size_t len = 0;
	bool is_foreign = false;

	if (at < plain->end && *at == '/')
		at++;
	if (at == plain->end || !is_letter(*at))
		return 0;
	for (; at < plain->end && strchr(" \t\r\n/>", *at) == NULL; at++) {
		is_foreign |= *at == ':' || *at == '-';
		if (len + 1 < NAME_MAX_BYTES)
			name[len] = text_lower(*at);
		len++;
	}
	if (is_foreign)
		len = 0; /* <o:p>, <my-element> */
	name[len < NAME_MAX_BYTES ? len : 0] = '\0';
	if (len == 0 || len >= NAME_MAX_BYTES)
		return is_foreign ? KIND_INLINE : 0;
	tag = find_tag(name);
	return tag == NULL ? 0 : (int)tag->kind;
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
	char name[NAME_MAX_BYTES];
	bool is_end, is_empty;
	int kind;

	if (take_declaration(plain))
		return;
	kind = read_tag_name(plain, name);
	if (kind == 0) {
		add_span(plain, plain->at, 1);
		plain->at++;
		return;
	}
	is_end = plain->at + 1 < plain->end && plain->at[1] == '/';
	plain->wants_blank |= kind == KIND_BLOCK;
	plain->at = tag_end(plain);
	is_empty = plain->at[-2] == '/';
	if (kind == KIND_DROPPED && !is_end && !is_empty)
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
