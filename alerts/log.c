/*
 * Lines, places and the file they belong into.
 */
#include "alerts/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerts/file.h"
#include "alerts/store.h"
#include "base/buf.h"
#include "base/crash.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/error.h"

/* A line found damaged or in the way is given a new place so often in one delivery. */
#define REPLACE_MAX 8

struct log_sink {
	struct db *db;                        /* borrowed */
	const struct log_sink_events *events; /* borrowed */
	char *path;                           /* owned; NULL before the first setting */
	int fd;                               /* of the file at path, or -1 */
	int64_t device, inode;                /* of fd */
};

struct log_sink *
log_sink_open(struct db *db, const struct log_sink_events *events)
{
	struct log_sink *sink = mem_zalloc(sizeof(*sink));

	sink->db = db;
	sink->events = events;
	sink->fd = -1;
	return sink;
}

void
log_sink_reopen(struct log_sink *sink)
{
	if (sink->fd >= 0)
		(void)close(
		    sink->fd); /* everything promised was synced, or will be compared */
	sink->fd = -1;
}

void
log_sink_close(struct log_sink *sink)
{
	if (sink == NULL)
		return;
	log_sink_reopen(sink);
	free(sink->path);
	free(sink);
}

void
log_sink_set_path(struct log_sink *sink, const char *path)
{
	if (sink->path != NULL && strcmp(sink->path, path) == 0)
		return;
	log_sink_reopen(sink);
	free(sink->path);
	sink->path = mem_strdup(path);
}

const char *
log_sink_path(const struct log_sink *sink)
{
	return sink->path;
}

static void
notice(struct log_sink *sink, const char *text)
{
	AUTO_FREE char *line = mem_printf("%s: %s", sink->path, text);

	if (sink->events->on_notice != NULL)
		sink->events->on_notice(sink->events->ctx, line);
}

/* Make fd the file that stands at the path now; a file moved away is let go. */
static bool
open_current(struct log_sink *sink, struct error *err)
{
	struct stat at_path, opened;
	bool is_there = stat(sink->path, &at_path) == 0;

	if (sink->fd >= 0 && is_there && (int64_t)at_path.st_dev == sink->device &&
	    (int64_t)at_path.st_ino == sink->inode)
		return true;
	log_sink_reopen(sink);
	sink->fd =
	    open(sink->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (sink->fd < 0)
		return error_system(err, errno, sink->path, "cannot open the log");
	if (fstat(sink->fd, &opened) != 0 || !S_ISREG(opened.st_mode)) {
		log_sink_reopen(sink);
		return error_set(
		    err, ERROR_SYSTEM, sink->path, "the log is not a plain file");
	}
	sink->device = (int64_t)opened.st_dev;
	sink->inode = (int64_t)opened.st_ino;
	if (!is_there)
		file_sync_folder(sink->path);
	return true;
}

/* The end of the current file; a last line that somebody else left torn is ended first. */
static bool
file_end(struct log_sink *sink, int64_t *offset, struct error *err)
{
	struct stat now;
	char last = '\n';

	if (fstat(sink->fd, &now) != 0)
		return error_system(err, errno, sink->path, "cannot measure the log");
	*offset = now.st_size;
	if (now.st_size > 0 && !file_read_at(sink->fd, &last, 1, now.st_size - 1))
		return error_system(err, errno, sink->path, "cannot read the log");
	if (last != '\n') {
		if (!file_write_at(sink->fd, "\n", 1, now.st_size))
			return error_system(err, errno, sink->path, "cannot write the log");
		notice(
		    sink, "the last line was torn by another writer; it is left as it is");
		(*offset)++;
	}
	return true;
}

/* Whether the file became shorter than what was written to it. */
static void
notice_truncation(struct log_sink *sink, const struct log_end *end, int64_t offset)
{
	if (end->is_placed && end->device == sink->device && end->inode == sink->inode &&
	    offset < end->offset)
		notice(sink, "the log was truncated by another program (copytruncate?); "
			     "rotate by renaming instead");
}

/*
 * Where the next line goes: behind the last promised one when that is not written yet, else
 * at the end of the file.
 */
static bool
next_offset(struct log_sink *sink, int64_t *offset, struct error *err)
{
	struct log_end end;

	if (!log_end_read(sink->db, true, &end, err))
		return false;
	if (end.is_placed && !end.is_done && end.device == sink->device &&
	    end.inode == sink->inode) {
		*offset = end.offset;
		return true;
	}
	if (!file_end(sink, offset, err))
		return false;
	notice_truncation(sink, &end, *offset);
	return true;
}

/* {record} with "event" and "prev" as its last members. */
static char *
finish_line(const char *record, int64_t event, const char *prev, size_t *len)
{
	AUTO_BUF struct buf line = BUF_EMPTY;

	buf_add(&line, record, strlen(record) - 1);
	buf_printf(&line, ",\"event\":%lld", (long long)event);
	if (prev[0] != '\0')
		buf_printf(&line, ",\"prev\":\"%s\"", prev);
	buf_add_char(&line, '}');
	*len = line.len;
	return buf_take(&line);
}

/* Promise the line a place in the current file. */
static bool
place_line(struct log_sink *sink, struct log_line *line, struct error *err)
{
	if (!open_current(sink, err) || !next_offset(sink, &line->offset, err))
		return false;
	free(line->path);
	line->path = mem_strdup(sink->path);
	line->device = sink->device;
	line->inode = sink->inode;
	line->state = LINE_PLACED;
	return true;
}

bool
log_sink_release(
    struct log_sink *sink, int64_t event, const char *record, struct error *err)
{
	struct log_line line = { .event = event, .state = LINE_WAITING };
	struct error later = { 0 };
	struct log_end end;
	bool ok;

	if (!log_end_read(sink->db, false, &end, err))
		return false;
	if (sink->events->on_line == NULL) {
		bool is_open = open_current(sink, &later);

		if (end.event == 0 && is_open)
			file_last_sha(sink->fd, end.sha);
		/* one waiting line makes the next ones wait too: the order is kept */
		if (is_open && (end.event == 0 || end.is_placed) &&
		    !place_line(sink, &line, &later))
			line.state = LINE_WAITING;
	}
	line.text = finish_line(record, event, end.sha, &line.len);
	ok = log_line_insert(sink->db, &line, err);
	log_line_clear(&line);
	return ok;
}

/* -- delivery -- */

/* One delivery: what was written and is not synced yet. */
struct delivery {
	struct log_sink *sink;
	int fd;          /* of the lines below; or -1 */
	bool is_current; /* fd is the sink's */
	int64_t device, inode;
	int64_t last; /* event of the last line brought in */
	int replaced;
};

static void
delivery_let_go(struct delivery *delivery)
{
	if (delivery->fd >= 0 && !delivery->is_current)
		(void)close(delivery->fd); /* it was synced */
	delivery->fd = -1;
}

/* Sync what was written, and mark it. */
static bool
delivery_mark(struct delivery *delivery, struct error *err)
{
	struct log_sink *sink = delivery->sink;

	if (delivery->last == 0)
		return true;
	crash_point("log-before-fsync");
	if (delivery->fd >= 0 && fdatasync(delivery->fd) != 0)
		return error_system(err, errno, sink->path, "cannot sync the log");
	crash_point("log-before-mark");
	if (!db_begin(sink->db, err))
		return false;
	if (!log_line_done(sink->db, delivery->last, err)) {
		db_rollback(sink->db);
		return false;
	}
	delivery->last = 0;
	return db_commit(sink->db, DB_GROUPED, err);
}

/* The log may have been renamed, and the setting changed, since the promise. */
static int
find_promised(struct log_sink *sink, const struct log_line *line)
{
	int fd = -1;

	if (line->path != NULL)
		fd = file_find(line->path, line->device, line->inode);
	return fd >= 0 ? fd : file_find(sink->path, line->device, line->inode);
}

/* Turn to the file that a line was promised to; fd is -1 when it is not to be found. */
static bool
delivery_turn_to(struct delivery *delivery, const struct log_line *line, struct error *err)
{
	struct log_sink *sink = delivery->sink;

	if (delivery->fd >= 0 && delivery->device == line->device &&
	    delivery->inode == line->inode)
		return true;
	if (!delivery_mark(delivery, err))
		return false;
	delivery_let_go(delivery);
	delivery->device = line->device;
	delivery->inode = line->inode;
	delivery->is_current = open_current(sink, err) && sink->device == line->device &&
			       sink->inode == line->inode;
	if (sink->fd < 0)
		return false;
	delivery->fd = delivery->is_current ? sink->fd : find_promised(sink, line);
	return true;
}

/* Give all waiting lines their places, durably, before any of them is written. */
static bool
place_waiting(struct log_sink *sink, struct log_line *line, struct error *err)
{
	int64_t event = line->event - 1;
	bool ok = db_begin(sink->db, err);

	if (!ok)
		return false;
	log_line_clear(line);
	while (ok && log_line_next(sink->db, event, line, err)) {
		event = line->event;
		ok = place_line(sink, line, err) && log_line_place(sink->db, line, err);
		log_line_clear(line);
	}
	if (!ok || err->text[0] != '\0') {
		db_rollback(sink->db);
		return false;
	}
	return db_commit(sink->db, DB_NOW, err);
}

/* Something else stands there, or the file is gone: this line and the later ones move on.
 */
static bool
replace_from(struct delivery *delivery, int64_t event, struct error *err)
{
	struct log_sink *sink = delivery->sink;

	if (++delivery->replaced > REPLACE_MAX)
		return error_set(err, ERROR_SYSTEM, sink->path,
		    "the log changes under our hands; tried again later");
	if (!delivery_mark(delivery, err) || !db_begin(sink->db, err))
		return false;
	if (!log_line_unplace(sink->db, event, err)) {
		db_rollback(sink->db);
		return false;
	}
	return db_commit(sink->db, DB_NOW, err);
}

static bool
write_line(struct delivery *delivery, struct log_line *line, struct error *err)
{
	size_t first = CRASH_POINTS ? line->len / 2 : 0;
	bool ok;

	line->text[line->len] = '\n';
	ok = file_write_at(delivery->fd, line->text, first, line->offset);
	crash_point("log-mid-write");
	ok = ok && file_write_at(delivery->fd, line->text + first, line->len + 1 - first,
		       line->offset + (int64_t)first);
	line->text[line->len] = '\0';
	if (ok)
		return true;
	(void)error_system(err, errno, delivery->sink->path, "cannot write the log");
	/* readers never see a torn line; if this fails too, the next try completes it */
	if (ftruncate(delivery->fd, (off_t)line->offset) != 0)
		return false;
	return false;
}

/* Bring one line into its file. */
static bool
deliver_line(struct delivery *delivery, struct log_line *line, struct error *err)
{
	enum finding found = FOUND_OTHER;

	if (line->state == LINE_WAITING)
		return delivery_mark(delivery, err) &&
		       place_waiting(delivery->sink, line, err);
	if (!delivery_turn_to(delivery, line, err))
		return false;
	if (delivery->fd >= 0)
		found = file_examine(delivery->fd, line->text, line->len, line->offset);
	switch (found) {
	case FOUND_OTHER:
		return replace_from(delivery, line->event, err);
	case FOUND_PART:
	case FOUND_ABSENT:
		if (!write_line(delivery, line, err))
			return false;
		break;
	case FOUND_WHOLE:
		break;
	}
	delivery->last = line->event;
	return true;
}

/* Replay has no file: lines are handed on, then marked. */
static bool
hand_on(struct log_sink *sink, struct log_line *line, struct error *err)
{
	line->text[line->len] = '\n';
	sink->events->on_line(sink->events->ctx, line->text, line->len + 1);
	line->text[line->len] = '\0';
	if (!db_begin(sink->db, err))
		return false;
	if (!log_line_place(sink->db, line, err) ||
	    !log_line_done(sink->db, line->event, err)) {
		db_rollback(sink->db);
		return false;
	}
	return db_commit(sink->db, DB_GROUPED, err);
}

bool
log_sink_deliver(struct log_sink *sink, struct error *err)
{
	struct delivery delivery = { .sink = sink, .fd = -1 };
	struct log_line line;
	bool ok = true;

	err->text[0] = '\0';
	while (ok && log_line_next(sink->db, delivery.last, &line, err)) {
		ok = sink->events->on_line != NULL ? hand_on(sink, &line, err)
						   : deliver_line(&delivery, &line, err);
		log_line_clear(&line);
	}
	ok = ok && err->text[0] == '\0';
	if (ok)
		ok = delivery_mark(&delivery, err);
	else
		(void)delivery_mark(
		    &delivery, &(struct error){ 0 }); /* what was written stays */
	delivery_let_go(&delivery);
	return ok;
}
