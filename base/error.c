/*
 * What went wrong, and where.
 */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* Make raw one printable line that fits. */
static void
keep(struct error *err, const struct buf *raw)
{
	AUTO_BUF struct buf line = BUF_EMPTY;
	size_t len = 0;

	text_escape(&line, buf_text(raw), raw->len);
	len = text_cut(buf_text(&line), line.len, sizeof(err->text) - 1);
	memcpy(err->text, buf_text(&line), len);
	err->text[len] = '\0';
}

bool
error_set(
    struct error *err, enum error_kind kind, const char *where, const char *format, ...)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	va_list args;

	if (err == NULL)
		return false;
	buf_printf(&raw, "%s: ", where);
	va_start(args, format);
	buf_vprintf(&raw, format, args);
	va_end(args);
	err->kind = kind;
	keep(err, &raw);
	return false;
}

bool
error_system(struct error *err, int errno_value, const char *where, const char *format, ...)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	char reason[128] = "";
	va_list args;

	if (err == NULL)
		return false;
	buf_printf(&raw, "%s: ", where);
	va_start(args, format);
	buf_vprintf(&raw, format, args);
	va_end(args);
	buf_printf(&raw, ": %s", strerror_r(errno_value, reason, sizeof(reason)));
	err->kind = ERROR_SYSTEM;
	keep(err, &raw);
	return false;
}

bool
error_prefix(struct error *err, const char *format, ...)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	buf_vprintf(&raw, format, args);
	va_end(args);
	buf_printf(&raw, ": %s", err->text);
	keep(err, &raw);
	return false;
}

const char *
error_kind_name(enum error_kind kind)
{
	switch (kind) {
	case ERROR_NETWORK:
		return "network";
	case ERROR_LIMIT:
		return "limit";
	case ERROR_FORMAT:
		return "format";
	case ERROR_SYSTEM:
		return "system";
	case ERROR_CONFIG:
		return "config";
	}
	assert(!"a kind of error that is none");
	return "system";
}
