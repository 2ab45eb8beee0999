#!/bin/bash
# ./setup demo, without its pauses: the alerts of the made-up week in their order, on the
# terminal and in the log; it ends well, and alone.
. "${top_srcdir:-.}/tests/lib.sh"
unset DISPLAY WAYLAND_DISPLAY

demo=$tmp/demo
run=$top_srcdir/tests/demo/run.sh
alert_log=$demo/log/alerts.jsonl

# What is told in the week: severity, and what it is about.
wanted='low deal/talks
high deal/meeting-set
high put-off
high deal/meeting-held
critical deal/agreed
high power-plant/selected
critical deal/financing'

in_log()
{
	jq -r '"\(.severity) \(if .stage then .story + "/" + .stage else .rule end)"' "$alert_log"
}

# The lines of tail: date, time, severity, subject.
on_terminal()
{
	awk '/^20[0-9][0-9]-/ { print $3, $4 }' "$tmp/out"
}

left_running()
{
	pgrep -af "$demo"
}

# A server that was told to end may need a moment for it.
nothing_runs()
{
	[ -z "$(left_running)" ]
}

check "its rules and their examples are right" \
    "$dealwatch" check "$top_srcdir/tests/demo/rules.yaml"

bash "$run" "$top_builddir" 0 "$demo" >"$tmp/out" 2>"$tmp/err"
is "the week is played to its end" "$?$(cat "$tmp/err")" 0
is "the log has its alerts, in their order" "$(in_log)" "$wanted"
is "the terminal shows them" "$(on_terminal)" "$wanted"
check "each headline is shown too" grep -q 'METI (made up): 中小企業白書を公表します' "$tmp/out"
check "the log was found whole" grep -q 'whole, and as the store has them' "$tmp/out"
check "nothing is left running" wait_for 20 nothing_runs

# Once more, and ended in the middle.
bash "$run" "$top_builddir" 30 "$demo" >"$tmp/out" 2>"$tmp/err" &
demo_pid=$!
at_exit='kill $demo_pid 2>/dev/null'
check "it begins anew" wait_for 60 has_lines 1
kill "$demo_pid"
wait "$demo_pid"
is "it ends when asked" $? 143
check "nothing is left running then" wait_for 20 nothing_runs

finish
