/*
 * A number and a name in a file.
 */
#include "alerts/agent_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/options.h"
#include "base/paths.h"

#define CURSOR_MODE 0600
#define CURSOR_MAX_BYTES 64

bool
cursor_lock(const char *folder, int *fd, struct error *err)
{
	AUTO_FREE char *path = mem_printf("%s/notify.lock", folder);
	int lock;

	if (!paths_make(folder, err))
		return false;
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, CURSOR_MODE);
	if (lock < 0)
		return error_system(err, errno, path, "cannot open");
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		error_set(err, ERROR_LIMIT, path, "another dealwatch-notify of yours runs");
		(void)close(lock); /* nothing was written */
		return false;
	}
	*fd = lock;
	return true;
}

char *
cursor_path(const char *folder, const char *socket)
{
	char *path = mem_printf("%s/notify@%s", folder, socket);

	for (char *c = path + strlen(folder) + 1; *c != '\0'; c++) {
		if (*c == '/')
			*c = '-';
	}
	return path;
}

bool
cursor_is_store(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < CURSOR_STORE_BYTES &&
	       strspn(text, "0123456789abcdef") == len;
}

/* "EVENT STORE"; earlier versions wrote no store. */
static bool
parse(char *text, struct cursor *cursor)
{
	struct cursor read = { 0 };
	char *store = strchr(text, ' ');

	if (store != NULL) {
		*store++ = '\0';
		if (!cursor_is_store(store))
			return false;
		memcpy(read.store, store, strlen(store) + 1);
	}
	if (!options_number(text, 0, INT64_MAX, &read.event))
		return false;
	*cursor = read;
	return true;
}

bool
cursor_read(const char *path, struct cursor *cursor, struct error *err)
{
	char text[CURSOR_MAX_BYTES + 1] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0 && errno == ENOENT) {
		*cursor = (struct cursor){ .event = -1 };
		return true;
	}
	if (fd < 0)
		return error_system(err, errno, path, "cannot open");
	len = read(fd, text, CURSOR_MAX_BYTES);
	(void)close(fd); /* only read from */
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (len <= 0 || len == CURSOR_MAX_BYTES || !parse(text, cursor))
		return error_set(err, ERROR_FORMAT, path, "holds no number of an event");
	return true;
}

static bool
write_all(int fd, const char *path, const struct cursor *cursor, struct error *err)
{
	char text[CURSOR_MAX_BYTES];
	int len = snprintf(text, sizeof(text), "%" PRId64 "%s%s\n", cursor->event,
	    cursor->store[0] != '\0' ? " " : "", cursor->store);

	errno = ENOSPC; /* when less is written than asked for */
	if (write(fd, text, (size_t)len) != len || fsync(fd) != 0)
		return error_system(err, errno, path, "cannot write");
	return true;
}

bool
cursor_write(const char *path, const struct cursor *cursor, struct error *err)
{
	AUTO_FREE char *fresh = mem_printf("%s.new", path);
	int fd =
	    open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, CURSOR_MODE);
	bool ok;

	if (fd < 0)
		return error_system(err, errno, fresh, "cannot open");
	ok = write_all(fd, fresh, cursor, err);
	(void)close(fd); /* it is synced */
	if (ok && rename(fresh, path) != 0)
		ok = error_system(err, errno, path, "cannot exchange");
	if (!ok)
		(void)unlink(fresh); /* the old one stands */
	return ok;
}
