/*
 * The readings of gathered text.
 */
#include "feeds/gathered.h"

#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/text.h"
#include "feeds/plain.h"

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
add_trimmed(struct buf *out, const char *text, size_t len)
{
	while (len > 0 && is_white(*text)) {
		text++;
		len--;
	}
	while (len > 0 && is_white(text[len - 1]))
		len--;
	buf_add(out, text, len);
}

/* A picture, or what else is no text, says nothing. */
static void
add_decoded(struct buf *out, const char *text, size_t len,
    void (*add)(struct buf *out, const char *text, size_t len))
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;

	if (base64_decode(text, len, &bytes) && text_is_utf8(bytes.data, bytes.len) &&
	    memchr(bytes.data, '\0', bytes.len) == NULL)
		add(out, bytes.data, bytes.len);
}

void
gathered_add(struct buf *out, enum reading reading, const char *text, size_t len)
{
	switch (reading) {
	case READ_NOTHING:
		return;
	case READ_RAW:
		add_trimmed(out, text, len);
		return;
	case READ_PLAIN:
		plain_add_text(out, text, len);
		return;
	case READ_HTML:
	case READ_XHTML:
		plain_add_html(out, text, len);
		return;
	case READ_BASE64_TEXT:
		add_decoded(out, text, len, plain_add_text);
		return;
	case READ_BASE64_HTML:
		add_decoded(out, text, len, plain_add_html);
		return;
	}
}
