/*
 * What all sinks say: verdicts.
 */
#include "alerts/sink.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

void
verdict_set(struct verdict *verdict, enum verdict_kind kind, const char *format, ...)
{
	AUTO_BUF struct buf said = BUF_EMPTY;
	AUTO_BUF struct buf valid = BUF_EMPTY;
	AUTO_BUF struct buf line = BUF_EMPTY;
	size_t len;
	va_list args;

	va_start(args, format);
	buf_vprintf(&said, format, args);
	va_end(args);
	text_repair(&valid, buf_text(&said), said.len);
	text_escape(&line, buf_text(&valid), valid.len);
	len = text_cut(buf_text(&line), line.len, sizeof(verdict->reason) - 1);
	*verdict = (struct verdict){ .kind = kind };
	memcpy(verdict->reason, buf_text(&line), len);
}
