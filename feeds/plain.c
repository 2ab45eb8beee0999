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
	{ "cite", KIND_INLINE },
	{ "code", KIND_INLINE },
	{ "col", KIND_BLOCK },
	{ "colgroup", KIND_BLOCK },
	{ "data", KIND_INLINE },
	{ "dd", KIND_BLOCK },
	{ "del", KIND_INLINE },
	{ "details", KIND_BLOCK },
	{ "dfn", KIND_INLINE },
	{ "dialog", KIND_BLOCK },
	{ "dir", KIND_BLOCK },
	{ "div", KIND_BLOCK },
	{ "dl", KIND_BLOCK },
	{ "dt", KIND_BLOCK },
	{ "em", KIND_INLINE },
	{ "embed", KIND_BLOCK },
	{ "fieldset", KIND_BLOCK },
	{ "figcaption", KIND_BLOCK },
	{ "figure", KIND_BLOCK },
	{ "font", KIND_INLINE },
	{ "footer", KIND_BLOCK },
	{ "form", KIND_BLOCK },
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
	{ "iframe", KIND_DROPPED },
	{ "img", KIND_INLINE },
	{ "input", KIND_INLINE },
	{ "ins", KIND_INLINE },
	{ "kbd", KIND_INLINE },
	{ "label", KIND_INLINE },
	{ "legend", KIND_BLOCK },
	{ "li", KIND_BLOCK },
	{ "link", KIND_INLINE },
	{ "main", KIND_BLOCK },
	{ "map", KIND_INLINE },
	{ "mark", KIND_INLINE },
	{ "marquee", KIND_BLOCK },
	{ "math", KIND_INLINE },
	{ "menu", KIND_BLOCK },
	{ "meta", KIND_INLINE },
	{ "meter", KIND_INLINE },
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
	{ "picture", KIND_INLINE },
	{ "pre", KIND_BLOCK },
	{ "progress", KIND_INLINE },
	{ "q", KIND_INLINE },
	{ "rp", KIND_INLINE },
	{ "rt", KIND_INLINE },
	{ "ruby", KIND_INLINE },
	{ "s", KIND_INLINE },
	{ "samp", KIND_INLINE },
	{ "script", KIND_DROPPED },
	{ "section", KIND_BLOCK },
	{ "select", KIND_BLOCK },
	{ "small", KIND_INLINE },
	{ "source", KIND_INLINE },
	{ "span", KIND_INLINE },
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
	{ "var", KIND_INLINE },
	{ "video", KIND_BLOCK },
	{ "wbr", KIND_INLINE },
};

struct plain {
	struct buf *out;
	size_t begin;     /* of our text in out */
	bool wants_blank; /* before the next character */
	const char *at, *end;
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

/* A character at plain->at that is_special(). */
static void
take_character(struct plain *plain)
{
	uint32_t c = 0;
	size_t used = text_decode(plain->at, (size_t)(plain->end - plain->at), &c);

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

/* Go behind the element's end tag, or to the end when it has none. */
static void
skip_content(struct plain *plain, const char *name)
{
	size_t len = strlen(name);

	while (plain->at < plain->end) {
		const char *at = memchr(plain->at, '<', (size_t)(plain->end - plain->at));

		if (at == NULL) {
			plain->at = plain->end;
			return;
		}
		plain->at = at + 1;
		if ((size_t)(plain->end - at) > len + 2 && at[1] == '/' &&
		    strncasecmp(at + 2, name, len) == 0) {
			plain->at = tag_end(plain);
			return;
		}
	}
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

/* <!-- -->, <!DOCTYPE >, <? ?>. A CDATA section inside HTML is its text. */
static bool
take_declaration(struct plain *plain)
{
	if (begins_with(plain, "<!--"))
		skip_behind(plain, "-->");
	else if (begins_with(plain, "<![CDATA["))
		plain->at += strlen("<![CDATA[");
	else if (begins_with(plain, "<!") || begins_with(plain, "<?"))
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
	struct plain plain = { out, out->len, false, html, html + len };

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
	struct plain plain = { out, out->len, false, text, text + len };

	while (plain.at < plain.end) {
		take_span(&plain);
		if (plain.at < plain.end)
			take_character(&plain);
	}
}
