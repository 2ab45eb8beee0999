#!/bin/bash
# The units: what systemd-analyze says of them, and how they do under a real systemd, which is
# booted in namespaces from an installation of this build.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/boot.sh"

grep -qs '^#define HAVE_SYSTEMD 1' "$top_builddir/config.h" ||
    skip_all "built without libsystemd"
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not installed"
at_exit=boot_stop

# The build's own programs in the place of those that will be installed.
units=$tmp/units
mkdir "$units"
for name in dealwatchd.service dealwatchd.socket; do
	sed "s|^ExecStart=[^ ]*/|ExecStart=$top_builddir/|" "$top_builddir/systemd/$name" >"$units/$name"
done

# It ends with 0 whatever it finds: the output has to be empty.
is "the units are as systemd wants them" \
    "$(systemd-analyze verify --man=no "$units/dealwatchd.service" "$units/dealwatchd.socket" 2>&1)" ""
exposure=$(systemd-analyze security --offline=true "$units/dealwatchd.service" 2>&1 |
    sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
diag "exposure ${exposure:-unknown}"
check "the service is shut in well: at most 1.2" \
    systemd-analyze security --offline=true --threshold=12 "$units/dealwatchd.service"

# -- a system of its own --

! grep -q '^DW_CFLAGS = .*-fsanitize' "$top_builddir/Makefile" || {
	skip "under a real systemd" "sanitizers need what the service forbids"
	finish
}

# make_variable NAME: as the build has it.
make_variable()
{
	printf 'include Makefile\nshow:\n\t@echo $(%s)\n' "$1" |
	    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top_builddir" -f - show
}

prefix=$(make_variable prefix)
case $prefix in
/usr | /usr/local) ;;
*)
	skip "under a real systemd" "the service does not see what is below $prefix"
	finish
	;;
esac

boot_prepare || {
	skip "under a real systemd" "$boot_why"
	finish
}

install_it()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top_builddir" install DESTDIR="$boot_root"
}

check "it can be installed" install_it || finish
bin=$(make_variable bindir)/dealwatch
socket=$(make_variable runstatedir)/dealwatch.sock
unit_folder=$boot_root$(make_variable systemdsystemunitdir)
is "units are there" "$(cd "$unit_folder" && ls dealwatchd.*)" "dealwatchd.service
dealwatchd.socket"
cat >"$tmp/people.conf" <<'END'
u dw-reader -
u dw-stranger -
m dw-reader dealwatch
END
check "its user is made" systemd-sysusers --root="$boot_root" \
    "$boot_root$(make_variable sysusersdir)/dealwatch.conf" "$tmp/people.conf"

# A feed, on the loopback of that system.
mkdir -p "$boot_root/srv/feeds" "$boot_root/etc/dealwatch"
growing_feed one 5 >"$boot_root/srv/feeds/one.xml"
base_url=http://127.0.0.1:8080
host_gap=0s
service_config=$boot_root/etc/dealwatch/dealwatch.yaml
local_config "one two" "$growing_rules" >"$service_config"

boot_start || {
	skip "under a real systemd" "$boot_why"
	finish
}
inside systemd-run -q --unit=web --working-directory=/srv/feeds \
    python3 -m http.server --bind 127.0.0.1 8080
wait_for 60 inside curl -sf http://127.0.0.1:8080/one.xml || bail "no web server in there"

# service PROPERTY
service()
{
	inside systemctl show -P "$1" dealwatchd.service
}

# by USER COMMAND...
by()
{
	inside env -i PATH=/usr/bin:/bin \
	    setpriv --reuid="$1" --regid="$1" --init-groups -- "${@:2}"
}

# journal_says TEXT
journal_says()
{
	inside journalctl -q -u dealwatchd -o cat | grep -F -- "$1"
}

status_says()
{
	service StatusText | grep -- "$1"
}

check "the socket is made" inside systemctl start dealwatchd.socket
is "for its group" "$(inside stat -c '%F %a %U %G' "$socket")" "socket 660 root dealwatch"
is "the daemon does not run yet" "$(service ActiveState)" inactive
check "a member of the group asks" by dw-reader "$bin" status || {
	diag "$(inside journalctl -q -n 20 -o cat)"
	finish
}
is "that starts it" "$(service ActiveState)" active
by dw-stranger "$bin" status --socket "$socket" >"$tmp/out" 2>&1
is "others are not let in" $? 77
check "members may change things" by dw-reader "$bin" poll
check "systemctl says how things stand" wait_for 30 status_says \
    "^2 sources, 2 rules; 1 heard; 1 failing (two); last alert .*Z; next poll .*Z$" ||
    diag "$(service StatusText)" "$(inside journalctl -q -u dealwatchd -u web -n 20 -o cat)"

# -- what it may, and what others may --

pid=$(service MainPID)
is "it is nobody but its user" "$(inside stat -c '%U %G' "/proc/$pid")" "dealwatch dealwatch"
is "without privileges, behind a filter" \
    "$(inside awk '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { print $1, $2 }' "/proc/$pid/status")" \
    "CapEff: 0000000000000000
CapBnd: 0000000000000000
NoNewPrivs: 1
Seccomp: 2"
is "its worker is shut in, under that filter too" \
    "$(by dw-reader "$bin" status --json | jq -r '.worker.sandbox[:2] | join(" ")')" "calls files"
is "the log is its group's to read" \
    "$(inside stat -c '%a %U %G' /var/log/dealwatch /var/log/dealwatch/alerts.jsonl)" \
    "750 dealwatch dealwatch
640 dealwatch dealwatch"
is "a member reads it" "$(by dw-reader jq -r .rule /var/log/dealwatch/alerts.jsonl)" zebra
check "others do not" eval '! by dw-stranger cat /var/log/dealwatch/alerts.jsonl'
is "state and cache are in their folders" \
    "$(inside ls /var/lib/dealwatch/dealwatch.db /var/cache/dealwatch/literals.cache)" \
    "/var/cache/dealwatch/literals.cache
/var/lib/dealwatch/dealwatch.db"
is "the journal has its lines with their weight" \
    "$(inside journalctl -q -u dealwatchd -o json SYSLOG_IDENTIFIER=dealwatchd |
        jq -r 'select(.MESSAGE | test("watches|two: HTTP 404")) | .PRIORITY' | sort -u | tr '\n' ' ')" "4 6 "

# -- reload --

local_config one "$growing_rules" >"$service_config"
check "a reload" inside systemctl reload dealwatchd.service
check "is done" wait_for 30 journal_says "in force: 1 sources"
is "by the same process" "$(service MainPID)" "$pid"
check "and seen" wait_for 10 status_says "^1 sources"
echo "colour: red" >>"$service_config"
check "a bad reload" inside systemctl reload dealwatchd.service
check "is seen, too" wait_for 30 status_says "the configuration has mistakes, the old one is in force"
is "and kills nobody" "$(service MainPID)" "$pid"
local_config one "$growing_rules" >"$service_config"

# -- ends --

is_restarted()
{
	[ "$(service ActiveState)" = active ] && [ "$(service NRestarts)" = "$1" ] &&
	    by dw-reader "$bin" status
}

inside systemctl kill -s KILL --kill-who=main dealwatchd.service
check "killed, it is started again" wait_for 30 is_restarted 1
is "nothing is told twice" "$(inside wc -l </dev/null -- /var/log/dealwatch/alerts.jsonl)" \
    "1 /var/log/dealwatch/alerts.jsonl"
is "no child is left behind" "$(($(inside pgrep -c -x dealwatch-feeds) < 2))" 1

mkdir -p "$boot_root/etc/systemd/system/dealwatchd.service.d"
printf '[Service]\nWatchdogSec=5s\n' >"$boot_root/etc/systemd/system/dealwatchd.service.d/watchdog.conf"
inside systemctl daemon-reload
inside systemctl restart dealwatchd.service
inside systemctl kill -s STOP --kill-who=main dealwatchd.service
check "silent, it is started again" wait_for 60 is_restarted 1
check "by the watchdog" inside sh -c "journalctl -q -u dealwatchd | grep -q 'Watchdog timeout'"

check "it can be stopped" inside systemctl stop dealwatchd.service
is "well" "$(service Result)" success
is "the socket stays" "$(inside systemctl is-active dealwatchd.socket; inside stat -c %F "$socket")" \
    "active
socket"
check "and starts it again" by dw-reader "$bin" status

inside systemctl stop dealwatchd.service
echo "colour: red" >>"$service_config"
check "with a mistake it does not start" eval '! inside systemctl start dealwatchd.service'
is "and is not tried again" "$(service NRestarts) $(service ExecMainStatus)" "0 78"
check "the mistake is in the journal" journal_says 'unknown key "colour"'
finish
