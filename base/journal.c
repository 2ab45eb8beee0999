/*
 * One datagram; an entry that is too large for it goes as a sealed memory file
 * (systemd's "Native Journal Protocol").
 */
#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)

void
journal_add(struct buf *entry, const char *name, const char *value, size_t len)
{
	buf_add_text(entry, name);
	if (memchr(value, '\n', len) == NULL) {
		buf_add_char(entry, '=');
	} else {
		buf_add_char(entry, '\n');
		for (unsigned shift = 0; shift < 64; shift += 8) /* little endian */
			buf_add_char(entry, (char)((uint64_t)len >> shift));
	}
	buf_add(entry, value, len);
	buf_add_char(entry, '\n');
}

/* @return a sealed file with the entry, or -1 with errno */
static int
make_file(const struct buf *entry)
{
	int fd = memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int cause;

	if (fd < 0)
		return -1;
	if (write(fd, entry->data, entry->len) == (ssize_t)entry->len &&
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
		return fd;
	cause = errno;
	(void)close(fd); /* the first failure counts */
	errno = cause;
	return -1;
}

static bool
send_file(int socket_fd, struct sockaddr_un *address, const struct buf *entry)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_name = address,
		.msg_namelen = sizeof(*address),
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	int fd = make_file(entry);
	bool is_sent;

	if (fd < 0)
		return false;
	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(int));
	is_sent = sendmsg(socket_fd, &message, SEND_FLAGS) >= 0;
	(void)close(fd); /* sent with the message, or errno says why not */
	return is_sent;
}

/* @return true, or false with errno */
static bool
send_entry(int fd, const char *socket_path, const struct buf *entry)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(socket_path);

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path, socket_path, len);
	if (sendto(fd, entry->data, entry->len, SEND_FLAGS, (struct sockaddr *)&address,
		sizeof(address)) >= 0)
		return true;
	return (errno == EMSGSIZE || errno == ENOBUFS) && send_file(fd, &address, entry);
}

enum journal_sent
journal_send(const char *socket_path, const struct buf *entry, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_sent = fd >= 0 && send_entry(fd, socket_path, entry);
	int cause = errno;

	if (fd >= 0)
		(void)close(fd); /* a datagram is there or not */
	if (is_sent)
		return JOURNAL_SENT;
	if (cause == ENOENT || cause == ECONNREFUSED)
		return JOURNAL_ABSENT;
	(void)error_system(err, cause, "journal", "cannot be written");
	return JOURNAL_FAILED;
}
