/*
 * In bench/fields: the texts of the fields as they come, in place of feeds/plain.c's.
 */
#include "base/buf.h"

void __wrap_plain_add_html(struct buf *out, const char *html, size_t len);
void __wrap_plain_add_text(struct buf *out, const char *text, size_t len);

void
__wrap_plain_add_html(struct buf *out, const char *html, size_t len)
{
	buf_add(out, html, len);
}

void
__wrap_plain_add_text(struct buf *out, const char *text, size_t len)
{
	buf_add(out, text, len);
}
