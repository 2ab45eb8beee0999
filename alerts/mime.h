/*
 * Text in a form that mail takes: ASCII, in short lines (RFC 2045, 2047, 5322).
 */
#ifndef ALERTS_MIME_H
#define ALERTS_MIME_H

#include <stddef.h>

struct buf;

#define MIME_LINE_MAX 76 /* RFC 2045 6.7, RFC 2047 2 */

/** Append a header field of a short name; what is not plain ASCII becomes encoded words. */
void mime_add_header(struct buf *out, const char *name, const char *text);
/** Append a text as quoted-printable; its lines end in a line feed, the result's in CRLF.
 */
void mime_add_quoted(struct buf *out, const char *text);

#endif
