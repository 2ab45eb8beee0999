/*
 * Landlock: files and TCP ports. The numbers are the kernel's own interface (Landlock's
 * user-space API, linux/landlock.h); Debian 12's header has those of ABI 2 only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sandbox.h"
#include "base/sandbox_private.h"

#define WHERE "sandbox"
#define CREATE_VERSION 1u
#define RULE_PATH 1
#define RULE_PORT 2

/* access to files */
#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_READ (FS_READ_FILE | FS_READ_DIR)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_ALL_1 ((UINT64_C(1) << 13) - 1) /* execute to make_sym */
#define FS_REFER (UINT64_C(1) << 13)       /* from ABI 2 on */
#define FS_TRUNCATE (UINT64_C(1) << 14)    /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15)   /* 5 */
/* TCP, from ABI 4 on */
#define NET_BIND (UINT64_C(1) << 0)
#define NET_CONNECT (UINT64_C(1) << 1)
/* what lies outside, from ABI 6 on */
#define SCOPE_ABSTRACT_SOCKETS (UINT64_C(1) << 0)
#define SCOPE_SIGNALS (UINT64_C(1) << 1)

struct ruleset {
	uint64_t files, net, scoped; /* what is refused unless a rule allows it */
};
struct __attribute__((packed)) path_rule {
	uint64_t allowed;
	int32_t fd;
};
struct port_rule {
	uint64_t allowed, port;
};

/* @return 0 or less when there is no Landlock, with errno set */
static long
abi_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
}

static struct ruleset
all_of(long abi)
{
	struct ruleset all = { .files = FS_ALL_1 };

	if (abi >= 2)
		all.files |= FS_REFER;
	if (abi >= 3)
		all.files |= FS_TRUNCATE;
	if (abi >= 4)
		all.net = NET_BIND | NET_CONNECT;
	if (abi >= 5)
		all.files |= FS_IOCTL_DEV;
	if (abi >= 6)
		all.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
	return all;
}

/* An older kernel takes the shorter struct, and refuses a longer one with bits set. */
static size_t
size_of(long abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
}

static bool
allow_path(int rules, const char *path, uint64_t allowed, struct error *err)
{
	struct path_rule rule = { .allowed = allowed };
	struct stat st;
	bool is_good;

	rule.fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
		       error_system(err, errno, WHERE, "%s", path);
	if (fstat(rule.fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= FS_READ_FILE;
	is_good = syscall(SYS_landlock_add_rule, rules, RULE_PATH, &rule, 0) == 0 ||
		  error_system(err, errno, WHERE, "%s", path);
	(void)close(rule.fd); /* nothing was written */
	return is_good;
}

static bool
allow_port(int rules, uint16_t port, struct error *err)
{
	struct port_rule rule = { .allowed = NET_CONNECT, .port = port };

	return syscall(SYS_landlock_add_rule, rules, RULE_PORT, &rule, 0) == 0 ||
	       error_system(err, errno, WHERE, "port %u", port);
}

/* A test build dies where a file says so, and removes it. */
static bool
allow_crashes(int rules, struct error *err)
{
	AUTO_FREE char *folder = crash_folder();

	return folder == NULL || allow_path(rules, folder, FS_READ | FS_REMOVE_FILE, err);
}

static bool
add_rules(int rules, const struct sandbox_limits *limits, bool has_ports, struct error *err)
{
	if (SANDBOX_IS_SANITIZED && !allow_path(rules, "/proc", FS_READ, err))
		return false;
	if (!allow_crashes(rules, err))
		return false;
	for (const char *const *path = limits->readable; *path != NULL; path++)
		if (!allow_path(rules, *path, FS_READ, err))
			return false;
	for (size_t i = 0; has_ports && i < limits->port_count; i++)
		if (!allow_port(rules, limits->ports[i], err))
			return false;
	return true;
}

bool
sandbox_close_files(const struct sandbox_limits *limits, bool *has_ports, struct error *err)
{
	long abi = abi_version();
	struct ruleset all = all_of(abi);
	bool is_good;
	int rules;

	*has_ports = false;
	if (abi < 1)
		return error_system(
		    err, errno, WHERE, "files cannot be restricted (Landlock)");
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size_of(abi), 0);
	if (rules < 0)
		return error_system(
		    err, errno, WHERE, "files cannot be restricted (Landlock)");
	is_good =
	    add_rules(rules, limits, all.net != 0, err) &&
	    (syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
		error_system(err, errno, WHERE, "files cannot be restricted (Landlock)"));
	(void)close(rules); /* nothing was written */
	*has_ports = is_good && all.net != 0;
	return is_good;
}
