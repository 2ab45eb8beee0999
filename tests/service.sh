#!/bin/bash
# What systemd sees of the daemon: readiness, reloads, the watchdog, a socket handed over.
. "${top_srcdir:-.}/tests/lib.sh"

grep -qs '^#define HAVE_SYSTEMD 1' "$top_builddir/config.h" ||
    skip_all "built without libsystemd"
command -v socat >/dev/null || skip_all "socat is not installed"

# What the daemon says to systemd.
notes=$tmp/notes
: >"$notes"
socat -u "UNIX-RECV:$tmp/notify" "OPEN:$notes,append" &
listener_pid=$!
at_exit='kill $listener_pid $activate_pid 2>/dev/null'
activate_pid=''
wait_for 5 test -S "$tmp/notify" || bail "socat makes no socket"
export NOTIFY_SOCKET=$tmp/notify

# noted N PATTERN: so many times; messages stand one behind the other.
noted()
{
	[ "$(grep -o -- "$2" "$notes" | wc -l)" -ge "$1" ]
}

write_config 'packs: []'
WATCHDOG_USEC=400000 start_daemon || bail "the daemon does not start"
check "it says when it is ready" wait_for 5 noted 1 "READY=1"
check "and what it does" noted 1 "^STATUS=0 sources, 0 rules"
check "the watchdog hears of it" wait_for 5 noted 2 "WATCHDOG=1"
kill -HUP "$daemon_pid"
check "a reload is announced" wait_for 5 noted 1 "RELOADING=1"
check "with its time" noted 1 "^MONOTONIC_USEC=[0-9][0-9]*"
check "and its end" wait_for 5 noted 2 "READY=1"
write_config 'packs: ['
kill -HUP "$daemon_pid"
check "a bad one ends as well" wait_for 5 noted 3 "READY=1"
check "and is seen" noted 1 "the old one is in force"
stop_daemon TERM
is "it stops" $? 0
check "and says so" wait_for 5 noted 1 "STOPPING=1"

# -- how things stand, in one line --

start_nginx
growing_feed one 5 | serve - one.xml
write_config "$(local_config "one two" "$growing_rules")"
: >"$notes"
start_daemon || bail "the daemon does not start"
check "what is heard and what fails" wait_for 20 noted 1 \
    "STATUS=2 sources, 2 rules; 1 heard; 1 failing (two); last alert 20[-0-9T:]*Z; next poll 20[-0-9T:]*Z"
is "once for what happens at once" "$(($(grep -o 'STATUS=' "$notes" | wc -l) < 8))" 1
stop_daemon TERM

# -- a socket from systemd --

if ! command -v systemd-socket-activate >/dev/null; then
	skip "a socket handed over" "systemd-socket-activate is not installed"
	finish
fi
unset NOTIFY_SOCKET
write_config 'packs: []'
systemd-socket-activate -l "$socket" "$dealwatchd" --config "$config" --state "$tmp/state" \
    >/dev/null 2>>"$tmp/daemon.err" &
activate_pid=$!
check "the socket is there before the daemon" wait_for 5 test -S "$socket"
check "the first request starts it" wait_for 10 daemon_answers
check "it is the socket that was handed over" \
    grep -q "socket $socket$" <(tail -1 "$tmp/daemon.err")
# several at once: one that blocks in accept() would not come back
for i in 1 2 3 4 5 6 7 8; do
	api /v1/status >"$tmp/answer.$i" &
	asking[i]=$!
done
wait "${asking[@]}"
is "all are answered" "$(cat "$tmp"/answer.? | grep -c '"version"')" 8
check "and more" daemon_answers
kill -TERM "$activate_pid"
wait "$activate_pid"
is "it stops" $? 0
check "the socket is systemd's to remove" test -S "$socket"
finish
