/*
 * A Unix stream socket. Its group is what decides who may change things; its mode who may
 * connect.
 */
#include "daemon/listener.h"

#include <errno.h>
#include <event2/util.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

#define LISTENER_BACKLOG 128
#define LISTENER_UMASK 0117
#define PEER_GROUPS_MAX 65536 /* Linux: NGROUPS_MAX */

struct listener {
	int fd;
	char *path;   /* owned */
	bool is_ours; /* made here, so the file is removed at the end */
	dev_t device;
	ino_t inode;
	gid_t group;
};

static bool
set_address(struct sockaddr_un *address, const char *path, struct error *err)
{
	size_t len = strlen(path);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0 || len >= sizeof(address->sun_path))
		return error_set(err, ERROR_CONFIG, path,
		    "a socket's path has 1 to %zu bytes, this one %zu",
		    sizeof(address->sun_path) - 1, len);
	memcpy(address->sun_path, path, len);
	return true;
}

/* Remove what a daemon that died left behind. Answers only when nobody listens there. */
static bool
remove_stale(const struct sockaddr_un *address, struct error *err)
{
	const char *path = address->sun_path;
	struct stat st;
	int fd, result, why;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ||
		       error_system(err, errno, path, "cannot look at it");
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERROR_CONFIG, path, "is there, and is no socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_system(err, errno, path, "cannot make a socket");
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	why = errno;
	(void)close(fd); /* nothing was written */
	if (result == 0 || why == EAGAIN)
		return error_set(err, ERROR_CONFIG, path, "another daemon answers there");
	if (why != ECONNREFUSED && why != ENOENT)
		return error_system(err, why, path, "cannot ask who is there");
	if (unlink(path) != 0 && errno != ENOENT)
		return error_system(err, errno, path, "cannot remove the old socket");
	return true;
}

static bool
make_socket(struct listener *listener, const char *path, struct error *err)
{
	struct sockaddr_un address;
	mode_t before;
	int result;

	if (!set_address(&address, path, err) || !remove_stale(&address, err))
		return false;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return error_system(err, errno, path, "cannot make a socket");
	before = umask(LISTENER_UMASK); /* so there is no moment with another mode */
	result = bind(listener->fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(before);
	if (result != 0)
		return error_system(err, errno, path, "cannot bind");
	listener->is_ours = true;
	if (listen(listener->fd, LISTENER_BACKLOG) != 0)
		return error_system(err, errno, path, "cannot listen");
	return true;
}

/* The path the kernel knows; "" for an abstract or unnamed socket. */
static void
read_path(struct listener *listener)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address);

	if (getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0)
		len = 0;
	address.sun_path[sizeof(address.sun_path) - 1] = '\0';
	listener->path = mem_strdup(
	    len > offsetof(struct sockaddr_un, sun_path) ? address.sun_path : "");
}

struct listener *
listener_open(int handed_fd, const char *path, struct error *err)
{
	AUTO(listener) listener = mem_zalloc(sizeof(*listener));
	struct listener *opened;
	struct stat st;

	listener->fd = handed_fd;
	if (handed_fd < 0 && !make_socket(listener, path, err))
		return NULL;
	read_path(listener);
	/* one from systemd blocks: accept() would hang in a burst that ends */
	if (evutil_make_socket_nonblocking(listener->fd) != 0) {
		error_system(err, errno, path, "cannot make the socket nonblocking");
		return NULL;
	}
	listener->group = getegid();
	if (stat(listener->path, &st) == 0) {
		listener->group = st.st_gid;
		listener->device = st.st_dev;
		listener->inode = st.st_ino;
	}
	opened = listener;
	listener = NULL;
	return opened;
}

void
listener_close(struct listener *listener)
{
	struct stat st;

	if (listener == NULL)
		return;
	if (listener->fd >= 0)
		(void)close(listener->fd); /* nothing was written */
	if (listener->is_ours && listener->path != NULL &&
	    lstat(listener->path, &st) == 0 && st.st_dev == listener->device &&
	    st.st_ino == listener->inode)
		(void)unlink(listener->path); /* the next start removes it, too */
	free(listener->path);
	free(listener);
}

int
listener_fd(const struct listener *listener)
{
	return listener->fd;
}

const char *
listener_path(const struct listener *listener)
{
	return listener->path;
}

/* The supplementary groups the peer had when it connected (unix(7), SO_PEERGROUPS). */
static bool
peer_has_group(int fd, gid_t group)
{
	socklen_t bytes = PEER_GROUPS_MAX * sizeof(gid_t);
	AUTO_FREE gid_t *groups = mem_zalloc(bytes);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) != 0)
		return false;
	for (size_t i = 0; i < bytes / sizeof(*groups); i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

bool
listener_peer(const struct listener *listener, int fd, struct peer *peer, struct error *err)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return error_system(err, errno, "api", "the kernel does not say who asks");
	peer->uid = who.uid;
	peer->pid = who.pid;
	peer->may_change = who.uid == 0 || who.uid == geteuid() ||
			   who.gid == listener->group ||
			   peer_has_group(fd, listener->group);
	return true;
}
