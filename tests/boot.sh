#!/bin/bash
# A real systemd as PID 1, in namespaces, over an overlay of this machine's root that is thrown
# away. Sourced by tests; needs root, namespaces and cgroups.
#
#   boot_prepare || skip...      $boot_root is the overlay's root: put files there
#   boot_start || skip...        boots it
#   inside COMMAND...            runs in it
#   boot_stop                    ends it (also from at_exit)
#
# $boot_why says why not.
# shellcheck shell=bash
boot_folder='' boot_root='' boot_pid='' boot_leader='' boot_why=''
boot_groups=()

# Units of this machine that have no business in the test.
boot_masked='cron.service ssh.service nginx.service postgresql.service redis-server.service
docker.service nats-server.service apt-daily.timer apt-daily-upgrade.timer
networking.service systemd-networkd.service'

boot_prepare()
{
	local unit

	[ "$(id -u)" -eq 0 ] || { boot_why="not root"; return 1; }
	[ -x /lib/systemd/systemd ] || { boot_why="systemd is not installed"; return 1; }
	boot_folder=$(mktemp -d "${TMPDIR:-/tmp}/dealwatch-boot.XXXXXX") || return 1
	mount -t tmpfs -o size=1g tmpfs "$boot_folder" 2>/dev/null ||
	    { boot_why="nothing can be mounted"; return 1; }
	mkdir "$boot_folder"/{upper,work,root}
	boot_root=$boot_folder/root
	mount -t overlay -o "lowerdir=/,upperdir=$boot_folder/upper,workdir=$boot_folder/work" \
	    overlay "$boot_root" 2>/dev/null || { boot_why="no overlay can be mounted"; return 1; }
	for unit in $boot_masked; do
		ln -sf /dev/null "$boot_root/etc/systemd/system/$unit"
	done
	rm -rf "$boot_root/var/log/journal"
}

# Where the cgroups of the new system begin: in each hierarchy that this machine has.
boot_make_groups()
{
	local base=/sys/fs/cgroup name=dealwatch-$$ folder

	boot_controllers=
	if [ -e $base/cgroup.controllers ]; then
		boot_groups=("$base/$name")
	else
		boot_groups=("$base/systemd/$name" "$base/unified/$name")
		for folder in memory pids cpu cpuacct; do
			[ -d "$base/$folder" ] || continue
			boot_groups+=("$base/$folder/$name")
			boot_controllers="$boot_controllers $folder"
		done
	fi
	mkdir "${boot_groups[@]}" 2>/dev/null || { boot_why="no cgroups can be made"; return 1; }
}

# Runs in the new namespaces, and becomes systemd.
boot_inner='
set -e
cd "$1"
mount --make-rprivate /
mount --rbind . .
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
	touch dev/$name
	mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
if [ "$2" = v2 ]; then
	mount -t cgroup2 cgroup2 sys/fs/cgroup
else
	mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
	for name in $3; do
		mkdir sys/fs/cgroup/$name
		mount -t cgroup -o $name cgroup sys/fs/cgroup/$name
	done
	mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
	mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
	mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
fi
mkdir -p .old
pivot_root . .old
umount -l /.old
mount --make-rshared /
export container=other
exec /lib/systemd/systemd --system --unit=multi-user.target --show-status=0 --log-target=journal
'

inside()
{
	nsenter -t "$boot_leader" -m -p -i -u -C -n -- "$@"
}

boot_is_up()
{
	local state

	kill -0 "$boot_pid" 2>/dev/null || return 0 # no use in waiting
	boot_leader=$(pgrep -P "$boot_pid" | head -1)
	[ -n "$boot_leader" ] || return 1
	state=$(inside systemctl is-system-running 2>/dev/null)
	[ "$state" = running ] || [ "$state" = degraded ]
}

boot_start()
{
	local mode=v1

	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || mode=v2
	boot_make_groups || return 1
	(
		for group in "${boot_groups[@]}"; do
			echo "$BASHPID" >"$group/cgroup.procs"
		done
		exec unshare --pid --mount --cgroup --uts --ipc --net --fork --kill-child=KILL \
		    bash -c "$boot_inner" boot "$boot_root" $mode "$boot_controllers"
	) </dev/null >"$boot_folder/boot.log" 2>&1 &
	boot_pid=$!
	if ! wait_for 60 boot_is_up || ! kill -0 "$boot_pid" 2>/dev/null; then
		boot_why="systemd does not come up: $(tail -1 "$boot_folder/boot.log")"
		return 1
	fi
	nsenter -t "$boot_leader" -n ip link set lo up
}

boot_groups_are_gone()
{
	local group

	for group in "${boot_groups[@]}"; do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
		[ ! -d "$group" ] || return 1
	done
}

boot_stop()
{
	if [ -n "$boot_pid" ]; then
		kill -KILL "$boot_pid" 2>/dev/null
		wait "$boot_pid" 2>/dev/null
	fi
	[ -z "$boot_folder" ] || wait_for 10 boot_groups_are_gone
	[ -z "$boot_root" ] || umount -R "$boot_root" 2>/dev/null
	if [ -n "$boot_folder" ]; then
		umount "$boot_folder" 2>/dev/null
		rmdir "$boot_folder"
	fi
	boot_pid='' boot_root='' boot_folder='' boot_groups=()
}
