/*
 * System calls that no fetcher needs, by name. A list of what is allowed would break with
 * the next version of a library; what is forbidden here is forbidden for good, and Landlock
 * holds files and ports (TESTBED "Sandbox" tells of those who learnt it).
 */
#include "base/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sandbox_private.h"

#define WHERE "sandbox"
#define NETLINK_ROUTE_PROTOCOL 0
#define SOCKET_TYPE_MASK 0xf /* the rest are SOCK_CLOEXEC and SOCK_NONBLOCK */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Never, with whatever arguments. */
static const int forbidden[] = {
	/* other programs, other processes */
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kcmp), SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(setpriority), SCMP_SYS(ioprio_set),
	/* another view of the system */
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2),
	SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount), SCMP_SYS(open_tree),
	SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount), SCMP_SYS(fspick),
	SCMP_SYS(mount_setattr), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
	SCMP_SYS(quotactl), SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(fanotify_init), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	/* the kernel itself */
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(syslog),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(modify_ldt), SCMP_SYS(personality),
	SCMP_SYS(vhangup), SCMP_SYS(lookup_dcookie),
	/* keys, identity, the clock */
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(setuid),
	SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid),
	SCMP_SYS(setresgid), SCMP_SYS(setgroups), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	SCMP_SYS(capset), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
	SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(stime),
	/* being a server, sharing memory by name */
	SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(shmget),
	SCMP_SYS(shmat), SCMP_SYS(msgget), SCMP_SYS(semget), SCMP_SYS(mq_open),
	/* files stay as they are, also the ones that are open */
	SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fsetxattr), SCMP_SYS(chmod),
	SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchownat), SCMP_SYS(lchown),
	SCMP_SYS(setxattr), SCMP_SYS(lsetxattr), SCMP_SYS(removexattr),
	SCMP_SYS(lremovexattr), SCMP_SYS(fremovexattr), SCMP_SYS(utimensat)
};

/* Calls that another kernel or machine does not have are no rule, and no failure. */
static bool
forbid_with(scmp_filter_ctx filter, int call, unsigned count, struct scmp_arg_cmp *args)
{
	int failed =
	    seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, count, args);

	errno = -failed;
	return failed == 0 || failed == -EDOM;
}

static bool
forbid(scmp_filter_ctx filter, int call, struct scmp_arg_cmp arg)
{
	return forbid_with(filter, call, 1, &arg);
}

static bool
forbid_calls(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (!forbid_with(filter, forbidden[i], 0, NULL))
			return false;
	return SANDBOX_IS_SANITIZED || forbid_with(filter, SCMP_SYS(ptrace), 0, NULL);
}

/*
 * Threads, but no processes and no namespaces. The flags of clone3() lie in memory, where a
 * filter cannot look: without it the library takes clone().
 */
static bool
forbid_processes(scmp_filter_ctx filter)
{
	static const uint64_t namespaces[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS,
		CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWTIME };

	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (!forbid(filter, SCMP_SYS(clone),
			SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i])))
			return false;
	return (SANDBOX_IS_SANITIZED ||
		   forbid(filter, SCMP_SYS(clone),
		       SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0))) &&
	       seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* IPv4 and IPv6, and of netlink the routes that name resolution asks for. */
static bool
forbid_sockets(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp raw_4[] = { SCMP_A0(SCMP_CMP_EQ, AF_INET),
		SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK, SOCK_RAW) };
	struct scmp_arg_cmp raw_6[] = { SCMP_A0(SCMP_CMP_EQ, AF_INET6),
		SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK, SOCK_RAW) };
	struct scmp_arg_cmp netlink[] = { SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
		SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE_PROTOCOL) };

	for (int family = 0; family < AF_NETLINK; family++)
		if (family != AF_INET && family != AF_INET6 &&
		    !forbid(filter, SCMP_SYS(socket),
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family)))
			return false;
	return forbid(filter, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_GT, AF_NETLINK)) &&
	       forbid_with(filter, SCMP_SYS(socket), 2, raw_4) &&
	       forbid_with(filter, SCMP_SYS(socket), 2, raw_6) &&
	       forbid_with(filter, SCMP_SYS(socket), 2, netlink);
}

/* Signals and limits of this process alone; nothing is typed into its terminal. */
static bool
forbid_outside(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();

	return forbid(filter, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_NE, self)) &&
	       forbid(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_NE, self)) &&
	       forbid(filter, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_NE, 0)) &&
	       forbid(filter, SCMP_SYS(ioctl),
		   SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI));
}

bool
sandbox_close_calls(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed;

	if (filter == NULL)
		return error_set(err, ERROR_SYSTEM, WHERE, "no filter of system calls");
	if (!forbid_calls(filter) || !forbid_processes(filter) || !forbid_sockets(filter) ||
	    !forbid_outside(filter)) {
		error_system(err, errno, WHERE, "the filter of system calls");
		seccomp_release(filter);
		return false;
	}
	failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed == 0 || error_system(err, -failed, WHERE,
				  "system calls cannot be restricted (seccomp)");
}

bool
sandbox_enter(const struct sandbox_limits *limits, unsigned *parts, struct error *err)
{
	bool has_ports = false, is_good = true;
	struct error ignored;

	*parts = 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_system(err, errno, WHERE, "no_new_privs");
	if (sandbox_close_files(limits, &has_ports, err))
		*parts |= SANDBOX_FILES | (has_ports ? SANDBOX_PORTS : 0);
	else
		is_good = false;
	if (sandbox_close_calls(is_good ? err : &ignored))
		*parts |= SANDBOX_CALLS;
	else
		is_good = false;
	return is_good;
}
