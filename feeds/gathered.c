/*
 * Gathered text to what it says.
 */
#include "feeds/gathered.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/text.h"
#include "feeds/base64.h"
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

/* Pictures and other bytes that are no text say nothing. */
static void
add_base64(struct buf *out, const char *text, size_t len)
{
	AUTO_BUF struct buf html = BUF_EMPTY;

	if (base64_add(&html, text, len) && text_is_utf8(buf_text(&html), html.len))
		plain_add_html(out, buf_text(&html), html.len);
}

void
gathered_read(struct buf *out, enum reading reading, const char *text, size_t len)
{
	switch (reading) {
	case READ_NOTHING:
		return;
	case READ_RAW:
		add_trimmed(out, text, len);
		break;
	case READ_PLAIN:
		plain_add_text(out, text, len);
		break;
	case READ_HTML:
	case READ_XHTML:
		plain_add_html(out, text, len);
		break;
	case READ_BASE64:
		add_base64(out, text, len);
		break;
	}
}
