#!/bin/bash
# The worker's sandbox as an administrator meets it: what --sandbox-test shows, what the
# status says, a reload that needs another port, a redirect to one that nobody named.
. "${top_srcdir:-.}/tests/lib.sh"

! grep -q '^DW_CFLAGS = .*-fsanitize' "$top_builddir/Makefile" ||
    skip_all "a sanitizer makes processes and traces them"

# -- what it must not be able to do --

write_config "packs: []"
"$dealwatchd" --sandbox-test --config "$config" >"$tmp/trials" 2>"$tmp/err"
is "the trials end well" $? 0
diag "$(cat "$tmp/trials" "$tmp/err")"
for what in "read /etc/shadow" "read /etc/passwd" "write a file" "run a program" "make a process" \
    "be traced (ptrace)" "listen" "open a Unix socket" "mount"; do
	check "denied: $what" grep -qF "$what" <(grep 'denied$' "$tmp/trials")
done
check "nothing is open that a part holds" eval '! grep -q "OPEN" "$tmp/trials"'
printf 'sandbox: none\n' >"$tmp/bad.yaml"
"$dealwatchd" --sandbox-test --config "$tmp/bad.yaml" >/dev/null 2>"$tmp/err"
is "a mistake in the configuration comes first" $? 78
check "and has its place" grep -q 'bad.yaml:1:10: sandbox is "none" (allowed: required, best-effort' "$tmp/err"

# -- a daemon's worker --

start_nginx
growing_feed one 4 | serve - one.xml
write_config "$(local_config one "$growing_rules")"
start_daemon || bail "the daemon does not start"
check "the feed is read" wait_for 20 are_in_state ok one
is "system calls and files are held" \
    "$(api /v1/status | jq -r '.worker.sandbox[:2] | join(" ")')" "calls files"

worker_pid()
{
	api /v1/status | jq -r .worker.pid
}

grep -q "connect to another port  *denied" "$tmp/trials" && has_ports=yes || has_ports=no
first=$(worker_pid)
# The same page through another port of the machine.
other_port=$((nginx_port + 1))
while (: <>"/dev/tcp/127.0.0.1/$other_port") 2>/dev/null; do
	other_port=$((other_port + 1))
done
socat "TCP-LISTEN:$other_port,bind=127.0.0.1,fork,reuseaddr" "TCP:127.0.0.1:$nginx_port" &
socat_pid=$!
at_exit=stop_socat
stop_socat()
{
	kill "$socat_pid" 2>/dev/null
	wait "$socat_pid" 2>/dev/null
}
check "there is another port" wait_for 10 eval "(: <>/dev/tcp/127.0.0.1/$other_port)"
growing_feed two 4 | serve - two.xml
write_config "$(local_config "one two" "$growing_rules" |
    sed "s|:$nginx_port/two.xml|:$other_port/two.xml|")"
kill -HUP "$daemon_pid"
check "a source at another port is read" wait_for 20 are_in_state ok two ||
    diag "$(tail -5 "$tmp/daemon.err")"
if [ $has_ports = yes ]; then
	check "by another worker" [ "$(worker_pid)" != "$first" ]
else
	check "by the same worker" [ "$(worker_pid)" = "$first" ]
fi
is "that is no death" "$(api /v1/status | jq .worker.deaths)" 0
second=$(worker_pid)
write_config "$(local_config one "$growing_rules")"
kill -HUP "$daemon_pid"
check "one source less" wait_for 20 eval '[ -z "$(source_field two id)" ]'
is "needs no new worker" "$(worker_pid)" "$second"
finish
