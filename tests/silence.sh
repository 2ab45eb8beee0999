#!/bin/bash
# Silences: what they hold and what they do not, their end, and a restart in between.
. "${top_srcdir:-.}/tests/lib.sh"

# exits NAME CODE COMMAND...: its output is in $tmp/out and $tmp/err.
exits()
{
	local name=$1 code=$2

	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	is "$name" $? "$code"
}

delivery()
{
	api "/v1/alerts/$1" | jq -r '.delivery[] | .sink + " " + .state'
}

# got: how many alerts the program has had.
got()
{
	wc -l <"$tmp/hook.out"
}

# told N: there are N zebras more in the log.
tell_zebra()
{
	growing_feed one "$1" | serve - one.xml
	poll_now >/dev/null
	wait_for 30 has_lines "$2"
}

printf '#!/bin/sh\ncat >>"%s"\n' "$tmp/hook.out" >"$tmp/hook"
chmod +x "$tmp/hook"
: >"$tmp/hook.out"
start_nginx
growing_feed one 5 | serve - one.xml
write_config "$(local_config one "$growing_rules" "alerts:
  desktop: {min_severity: info}
  exec: [{name: hook, command: [$tmp/hook]}]")"
start_daemon || bail "the daemon does not start: $(tail -3 "$tmp/daemon.err")"
ask=("$dealwatch" silence --socket "$socket")

check "before any silence a program gets the zebra" wait_for 30 eval '[ "$(got)" = 1 ]'
is "there are none" "$("${ask[@]}")" "no silences"
exits "a silence" 0 "${ask[@]}" --rule zebra --minutes 90 --comment "too many zebras"
check "it is said" grep -q "^silence 1: rule zebra until .* (too many zebras)$" "$tmp/out"
exits "the list" 0 "${ask[@]}" --json
is "has it" "$(jq -r '.silences[] | [.id, .rule, .comment, .uid] | join(" ")' "$tmp/out")" \
    "1 zebra too many zebras $(id -u)"
is "for 90 minutes" "$(jq '.silences[0] | [.until, .since] | map(sub("\\.[0-9]+"; "") | fromdate) | .[0] - .[1] | . >= 5399 and . <= 5401' "$tmp/out")" true
check "the log gets the next zebra at once" tell_zebra 10 3
zebra=$(jq -r 'select(.rule == "zebra") | .id' "$alert_log" | tail -1)
check "others are not silenced" wait_for 30 eval '[ "$(got)" = 2 ]'
is "it is held" "$(delivery "$zebra")" "log delivered
hook held"
check "with its reason" eval "\"$dealwatch\" alerts --socket '$socket' --held |
    grep -q 'hook: held (silence 1 until .*: too many zebras)'"
api "/v1/alerts/stream?for=desktop&after=0" -N >"$tmp/stream" &
stream_pid=$!
wait_for 10 grep -q "^event: live" "$tmp/stream"
kill "$stream_pid"
is "desktops are not handed it" "$(sed -n 's/^data: //p' "$tmp/stream" | jq -r '.id // empty' | grep -c "$zebra")" 0
is "but the rest" "$(sed -n 's/^data: //p' "$tmp/stream" | jq -r '.id // empty' | wc -l)" 2

stop_daemon KILL
start_daemon || bail "the daemon does not start again"
is "it lasts over a kill" "$("${ask[@]}" --json | jq '.silences | length')" 1
check "and holds" tell_zebra 15 4
is "the next zebra, too" "$("$dealwatch" alerts --socket "$socket" --held --json | jq '.letters | length')" 2
exits "its end" 0 "${ask[@]}" --end 1
is "is said" "$(cat "$tmp/out")" "silence 1 has ended"
check "the next one is told" tell_zebra 20 5
check "to the program as well" wait_for 30 eval '[ "$(got)" = 3 ]'
is "what was held stays held" \
    "$("$dealwatch" alerts --socket "$socket" --held --json | jq '.letters | length')" 2
exits "no silence ends twice" 65 "${ask[@]}" --end 1
exits "two subjects" 64 "${ask[@]}" --rule zebra --feed one
exits "no minutes" 64 "${ask[@]}" --rule zebra --minutes 0
is "a body that is none" "$(api /v1/silences -d '{"minutes":5}' | jq -r .error.code)" body
is "too many minutes" "$(api /v1/silences -d '{"rule":"zebra","minutes":9223372036854775807}' | jq -r .error.code)" body
is "another method" "$(api /v1/silences -X DELETE | jq -r .error.code)" method
end_daemon
finish
