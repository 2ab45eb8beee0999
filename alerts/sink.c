/*
 * What all sinks say: verdicts; and what several of them need.
 */
#include "alerts/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "alerts/alerts.h"
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

/* libcurl reads it for each connection; one that is not there is a mistake of today. */
bool
sink_find_ca_file(const struct sink_settings *settings, char **found, struct error *err)
{
	const char *name = settings->ca_file;

	if (name == NULL)
		return true;
	*found =
	    name[0] == '/' ? mem_strdup(name) : mem_printf("%s/%s", settings->folder, name);
	return access(*found, R_OK) == 0 ||
	       error_set(err, ERROR_CONFIG, *found, "the certificates cannot be read: %s",
		   strerror(errno));
}
