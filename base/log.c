/*
 * One line an event on standard error.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

#define LOG_LINE_MAX_BYTES                                             \
	4095 /* with its line feed PIPE_BUF: written whole into a pipe \
	      */

/* One of the two globals that STYLE.md allows. */
static enum log_level level_now = LOG_LEVEL_INFO;

static const struct level {
	const char *name;
	int priority; /* sd-daemon(3) */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARN] = { "warn", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

void
log_set_level(enum log_level level)
{
	level_now = level;
}

bool
log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		if (strcmp(text, levels[i].name) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* systemd.exec(5): the variable names the device and inode of the stream, so that a
 * redirected standard error is not taken for it. */
bool
log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(
	    here, sizeof(here), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, here) == 0;
}

static void
add_time(struct buf *line)
{
	struct timespec now = { 0, 0 };
	struct tm day = { 0 };
	char text[64] = "";

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	if (gmtime_r(&now.tv_sec, &day) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &day);
	buf_printf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

void
log_write(enum log_level level, const char *room, const char *format, ...)
{
	AUTO_BUF struct buf raw = BUF_EMPTY;
	AUTO_BUF struct buf line = BUF_EMPTY;
	va_list args;

	if (level > level_now)
		return;
	va_start(args, format);
	buf_vprintf(&raw, format, args);
	va_end(args);
	if (log_is_journal()) {
		buf_printf(&line, "<%d>", levels[level].priority);
	} else {
		add_time(&line);
		buf_printf(&line, " %-5s ", levels[level].name);
	}
	buf_printf(&line, "%s: ", room);
	text_escape(&line, buf_text(&raw), raw.len);
	line.len = text_cut(line.data, line.len, LOG_LINE_MAX_BYTES);
	buf_add_char(&line, '\n');
	if (write(STDERR_FILENO, line.data, line.len) < 0)
		return; /* there is nobody left to tell */
}
