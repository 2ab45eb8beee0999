/*
 * The attempts, and their table.
 */
#include "feeds/trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

#define PORT_NOBODYS 9 /* discard: in nobody's list */

/* -- files -- */

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	(void)close(fd); /* nothing was written */
	return 0;
}

static int
read_passwords(void)
{
	return try_open("/etc/shadow", O_RDONLY);
}

static int
read_users(void)
{
	return try_open("/etc/passwd", O_RDONLY);
}

static int
list_root(void)
{
	return try_open("/", O_RDONLY | O_DIRECTORY);
}

static int
write_file(void)
{
	return try_open("/tmp", O_WRONLY | O_TMPFILE);
}

static int
make_folder(void)
{
	char path[] = "/tmp/dealwatch-XXXXXX";

	if (mkdtemp(path) == NULL)
		return errno;
	(void)rmdir(path); /* made just now */
	return 0;
}

/* -- processes -- */

static int
run_program(void)
{
	static char *const argv[] = { (char *)"true", NULL };
	static char *const environment[] = { NULL };

	(void)execve("/bin/true", argv, environment); /* returns when it failed */
	return errno;
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : errno;
}

static int
trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : errno;
}

static int
read_parent_memory(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return process_vm_readv(getppid(), &here, 1, &there, 1, 0) >= 0 ? 0 : errno;
}

/* -- the network -- */

static int
try_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	(void)close(fd); /* nothing was written */
	return 0;
}

static int
connect_elsewhere(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(PORT_NOBODYS),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed;

	if (fd < 0)
		return errno;
	failed = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0
		     ? 0
		     : errno;
	(void)close(fd);                            /* nothing was written */
	return failed == ECONNREFUSED ? 0 : failed; /* it came as far as the other side */
}

static int
be_server(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed;

	if (fd < 0)
		return errno;
	failed = listen(fd, 1) == 0 ? 0 : errno;
	(void)close(fd); /* nothing was written */
	return failed;
}

static int
open_unix_socket(void)
{
	return try_socket(AF_UNIX, SOCK_STREAM);
}

static int
open_raw_socket(void)
{
	return try_socket(AF_INET, SOCK_RAW);
}

static int
open_packet_socket(void)
{
	return try_socket(AF_PACKET, SOCK_RAW);
}

/* -- the kernel -- */

static int
make_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
}

static int
mount_something(void)
{
	return mount("none", "/proc/self/fd", "tmpfs", 0, NULL) == 0 ? 0 : errno;
}

static int
load_bpf(void)
{
	union bpf_attr attributes = { .map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = 1,
		.max_entries = 1 };

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) >= 0
		   ? 0
		   : errno;
}

static int
look_for_key(void)
{
	return syscall(SYS_request_key, "user", "dealwatch", NULL, 0) >= 0 ? 0 : errno;
}

static int
open_ring(void)
{
	char parameters[256] = { 0 }; /* struct io_uring_params is 120 bytes */

	return syscall(SYS_io_uring_setup, 1, parameters) >= 0 ? 0 : errno;
}

const struct trial trials[] = {
	{ "read /etc/shadow", SANDBOX_FILES, false, read_passwords },
	{ "read /etc/passwd", SANDBOX_FILES, true, read_users },
	{ "list /", SANDBOX_FILES, true, list_root },
	{ "write a file", SANDBOX_FILES, true, write_file },
	{ "make a folder", SANDBOX_FILES, true, make_folder },
	{ "connect to another port", SANDBOX_PORTS, true, connect_elsewhere },
	{ "listen", SANDBOX_CALLS, true, be_server },
	{ "open a Unix socket", SANDBOX_CALLS, true, open_unix_socket },
	{ "open a raw socket", SANDBOX_CALLS, false, open_raw_socket },
	{ "open a packet socket", SANDBOX_CALLS, false, open_packet_socket },
	{ "make a process", SANDBOX_CALLS, true, make_process },
	{ "signal the parent", SANDBOX_CALLS, true, signal_parent },
	{ "read the parent's memory", SANDBOX_CALLS, false, read_parent_memory },
	{ "be traced (ptrace)", SANDBOX_CALLS, false, trace },
	{ "make a namespace", SANDBOX_CALLS, false, make_namespace },
	{ "mount", SANDBOX_CALLS, false, mount_something },
	{ "load BPF", SANDBOX_CALLS, false, load_bpf },
	{ "look for a key", SANDBOX_CALLS, false, look_for_key },
	{ "open an io_uring", SANDBOX_CALLS, false, open_ring },
	/* last: where it is not prevented, nothing comes after it */
	{ "run a program", SANDBOX_CALLS, true, run_program },
	{ NULL },
};

/* What the sandbox says; anything else is another reason. */
static bool
is_denial(int failed)
{
	return failed == EACCES || failed == EPERM;
}

bool
trials_run(unsigned parts)
{
	bool is_good = true;

	for (const struct trial *trial = trials; trial->name != NULL; trial++) {
		bool is_held = (parts & trial->part) != 0;
		int failed;

		printf("%-26s", trial->name);
		(void)fflush(stdout); /* one of them may end this program */
		failed = trial->attempt();
		if (is_denial(failed))
			printf("denied\n");
		else if (is_held)
			printf("OPEN: %s\n", failed == 0 ? "done" : strerror(failed));
		else
			printf("open: this kernel has no rules for it\n");
		is_good = is_good && (is_denial(failed) || !is_held);
	}
	return is_good;
}
