/*
 * Reading and writing at places, without a word of what the lines mean.
 */
#include "alerts/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* How far back the last line of a foreign log is looked for. */
#define TAIL_MAX_BYTES (1 << 20)

bool
file_write_at(int fd, const char *data, size_t len, int64_t offset)
{
	while (len > 0) {
		ssize_t done = pwrite(fd, data, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done == 0 ? ENOSPC : errno;
			return false;
		}
		data += done;
		len -= (size_t)done;
		offset += done;
	}
	return true;
}

bool
file_read_at(int fd, char *data, size_t len, int64_t offset)
{
	while (len > 0) {
		ssize_t done = pread(fd, data, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		len -= (size_t)done;
		offset += done;
	}
	return true;
}

enum finding
file_examine(int fd, const char *line, size_t len, int64_t offset)
{
	struct stat now;
	AUTO_FREE char *there = NULL;
	size_t room;

	if (fstat(fd, &now) != 0 || now.st_size < offset || now.st_nlink == 0)
		return FOUND_OTHER;
	if (now.st_size == offset)
		return FOUND_ABSENT;
	room = (size_t)(now.st_size - offset);
	if (room > len + 1)
		room = len + 1;
	there = mem_zalloc(room);
	if (!file_read_at(fd, there, room, offset))
		return FOUND_OTHER;
	if (memcmp(there, line, room > len ? len : room) != 0)
		return FOUND_OTHER;
	if (room <= len)
		return FOUND_PART;
	return there[len] == '\n' ? FOUND_WHOLE : FOUND_OTHER;
}

void
file_last_sha(int fd, char sha[DIGEST_HEX_BYTES])
{
	struct stat now;
	AUTO_FREE char *tail = NULL;
	size_t len, begin;

	sha[0] = '\0';
	if (fstat(fd, &now) != 0 || now.st_size == 0)
		return;
	len = now.st_size < TAIL_MAX_BYTES ? (size_t)now.st_size : TAIL_MAX_BYTES;
	tail = mem_zalloc(len + 1);
	if (!file_read_at(fd, tail, len, now.st_size - (off_t)len))
		return;
	while (len > 0 && tail[len - 1] != '\n')
		len--;
	if (len == 0)
		return;
	len--;
	for (begin = len; begin > 0 && tail[begin - 1] != '\n'; begin--)
		;
	digest_hex(tail + begin, len - begin, sha);
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? mem_strdup(".")
			     : mem_strndup(path, (size_t)(slash - path) + 1);
}

void
file_sync_folder(const char *path)
{
	AUTO_FREE char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd); /* a file system that cannot do it loses the name at most */
	(void)close(fd);
}

static bool
is_file(const struct stat *found, int64_t device, int64_t inode)
{
	return S_ISREG(found->st_mode) && (int64_t)found->st_dev == device &&
	       (int64_t)found->st_ino == inode;
}

/*
 * Open a name when it is the file looked for, else -1. Asked before, so that nothing else
 * is opened, and by its status: on an overlay the entry's d_ino is another number. Asked
 * again of what was opened: names move.
 */
static int
open_if(int folder, const char *name, int64_t device, int64_t inode)
{
	struct stat found;
	int fd;

	if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !is_file(&found, device, inode))
		return -1;
	fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || (fstat(fd, &found) == 0 && is_file(&found, device, inode)))
		return fd;
	(void)close(fd); /* nothing was written */
	return -1;
}

int
file_find(const char *path, int64_t device, int64_t inode)
{
	AUTO_FREE char *folder = folder_of(path);
	DIR *dir = opendir(folder);
	struct dirent *item;
	int fd = -1;

	if (dir == NULL)
		return -1;
	while (fd < 0 && (item = readdir(dir)) != NULL)
		fd = open_if(dirfd(dir), item->d_name, device, inode);
	(void)closedir(dir);
	return fd;
}
