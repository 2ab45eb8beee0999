/*
 * Encoded words and quoted-printable.
 */
#include "alerts/mime.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* "=?UTF-8?Q?" and "?=" around so many bytes of code are no longer than a word may be. */
#define WORD_CODE_MAX (75 - 12)
#define CODE_BYTES 3 /* "=E8" */

static void
add_code(struct buf *out, unsigned char byte)
{
	buf_printf(out, "=%02X", byte);
}

/* -- headers -- */

static bool
is_plain(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		if (*at < ' ' || *at > '~')
			return false;
	}
	/* what looks like an encoded word would be decoded; a long line is folded by none
	 */
	return strstr(text, "=?") == NULL && strlen(text) <= MIME_LINE_MAX;
}

/* What stands for itself in an encoded word, in any header (RFC 2047 5.3). */
static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("!*+-/", c) != NULL;
}

/* The code of one character; control characters are blanks. */
static void
encode_char(struct buf *code, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte <= ' ' || byte == 0x7f)
			buf_add_char(code, '_');
		else if (byte < 0x80 && is_word_char(bytes[i]))
			buf_add_char(code, bytes[i]);
		else
			add_code(code, byte);
	}
}

static void
add_word(struct buf *out, const struct buf *code, bool is_first)
{
	buf_printf(out, "%s=?UTF-8?Q?%s?=", is_first ? "" : "\r\n ", buf_text(code));
}

/* Words end between characters, never inside one. The first line has begun already. */
static void
add_words(struct buf *out, const char *text, size_t column)
{
	AUTO_BUF struct buf word = BUF_EMPTY, code = BUF_EMPTY;
	size_t len = strlen(text), used;
	bool is_first = true;
	uint32_t c;

	for (size_t at = 0; at < len; at += used) {
		used = text_decode(text + at, len - at, &c);
		if (used == 0)
			break; /* records are valid UTF-8 */
		buf_reset(&code);
		encode_char(&code, text + at, used);
		if (word.len + code.len > WORD_CODE_MAX - (is_first ? column : 0)) {
			add_word(out, &word, is_first);
			is_first = false;
			buf_reset(&word);
		}
		buf_add(&word, code.data, code.len);
	}
	if (word.len > 0)
		add_word(out, &word, is_first);
}

void
mime_add_header(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "%s: ", name);
	if (is_plain(text))
		buf_add_text(out, text);
	else
		add_words(out, text, strlen(name) + strlen(": "));
	buf_add_text(out, "\r\n");
}

/* -- bodies -- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void
mime_add_quoted(struct buf *out, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		bool is_plain_char =
		    (*text >= ' ' && *text <= '~' && *text != '=') || *text == '\t';
		size_t width;

		if (*text == '\n') {
			buf_add_text(out, "\r\n");
			column = 0;
			continue;
		}
		/* a blank at the end of a line is cut off on the way */
		if (is_blank(*text) && (text[1] == '\n' || text[1] == '\0'))
			is_plain_char = false;
		width = is_plain_char ? 1 : CODE_BYTES;
		if (column + width > MIME_LINE_MAX - 1) {
			buf_add_text(out, "=\r\n");
			column = 0;
		}
		if (is_plain_char)
			buf_add_char(out, *text);
		else
			add_code(out, (unsigned char)*text);
		column += width;
	}
	if (column > 0)
		buf_add_text(out, "\r\n");
}
