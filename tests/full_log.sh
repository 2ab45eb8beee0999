#!/bin/bash
# The log (not the store) on a file system of 64 KB that fills in the middle of a line: the
# daemon goes on, says so, survives a kill, and when there is room again every alert arrives,
# exactly once.
. "${top_srcdir:-.}/tests/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "mounting a small file system needs root"
small=$tmp/small
mkdir "$small"
mount -t tmpfs -o size=64k,mode=0700 dealwatch-test "$small" 2>/dev/null ||
    skip_all "a tmpfs cannot be mounted here"
at_exit='umount -l "$small"'
alert_log=$small/alerts.jsonl

is_all_stored()
{
	[ "$(sql 'SELECT count(*) FROM entry')" -eq $((2 * $1)) ]
}

is_full()
{
	[ "$(df --output=avail -B1 "$small" | tail -1)" -eq 0 ]
}

daemon_complains()
{
	api /v1/status | jq -e '.. | strings | select(test("No space left"))'
}

start_nginx
for name in one two; do growing_feed $name 400 | serve - $name.xml; done
write_config "$(local_config "one two" "$growing_rules" "alerts: {log: {path: \"$alert_log\"}}")"
start_daemon || bail "the daemon does not start"
check "the store takes everything" wait_for 60 is_all_stored 400
check "the file system is full" wait_for 30 is_full
check "status says so" wait_for 30 daemon_complains
check "not everything is in the log" test "$(line_count)" -lt 161

stop_daemon KILL
start_daemon
check "killed and back with a full log" daemon_answers
for name in one two; do growing_feed $name 410 | serve - $name.xml; done
poll_now >/dev/null
check "it still stores" wait_for 30 is_all_stored 410
stop_daemon KILL
start_daemon

mount -o remount,size=4m "$small"
# 82 zebras a feed, and the meeting
check "with room again everything arrives" wait_for 120 has_lines 165
is "no id twice" "$(jq -r .id "$alert_log" | sort | uniq -d)" ""
check "every line is whole" test "$(jq -c . "$alert_log" | wc -l)" -eq 165
check "verify" "$dealwatch" verify --db "$store" "$alert_log"
end_daemon
finish
