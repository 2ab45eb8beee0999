/*
 * Reading secrets.
 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

/* A credential of the service, else a file beside the configuration. */
static char *
find_path(const char *name, const char *folder)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (name[0] == '/')
		return mem_strdup(name);
	if (credentials != NULL) {
		path = mem_printf("%s/%s", credentials, name);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return mem_printf("%s/%s", folder, name);
}

static bool
check_file(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_system(err, errno, path, "the secret cannot be read");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_CONFIG, path, "the secret is no plain file");
	if ((st.st_mode & S_IROTH) != 0)
		return error_set(err, ERROR_CONFIG, path,
		    "everybody can read the secret (allowed: chmod o-rwx)");
	return true;
}

static bool
is_line(const char *data, size_t len)
{
	return memchr(data, '\0', len) == NULL && memchr(data, '\n', len) == NULL;
}

/* One line; blanks and the line end behind it are not part of it. */
static bool
take_line(struct buf *secret, size_t min, const char *path, struct error *err)
{
	size_t len = secret->len;

	while (len > 0 && strchr(" \t\r\n", secret->data[len - 1]) != NULL)
		len--;
	secret->len = len;
	if (secret->data != NULL)
		secret->data[len] = '\0';
	if (len >= min && len <= SECRET_MAX_BYTES && is_line(buf_text(secret), len))
		return true;
	return error_set(err, ERROR_CONFIG, path,
	    "the secret has %zu bytes (allowed: %zu to %d, one line, without NUL)", len,
	    min, SECRET_MAX_BYTES);
}

bool
secret_read(
    const char *name, const char *folder, size_t min, struct buf *secret, struct error *err)
{
	AUTO_FREE char *path = find_path(name, folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got;
	bool is_good;

	if (fd < 0)
		return error_set(err, ERROR_CONFIG, path, "the secret cannot be read: %s",
		    strerror(errno));
	is_good = check_file(fd, path, err);
	if (is_good) {
		got = read(
		    fd, buf_reserve(secret, SECRET_MAX_BYTES + 64), SECRET_MAX_BYTES + 64);
		secret->len = got > 0 ? (size_t)got : 0;
		is_good = take_line(secret, min, path, err);
	}
	(void)close(fd); /* only read from */
	return is_good;
}

void
secret_clear(struct buf *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->len);
	buf_clear(secret);
}
