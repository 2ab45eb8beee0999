#!/bin/bash
# The verbs that ask for what was told, where stories stand, and whether sinks work.
# shellcheck source=tests/lib.sh
. "$top_srcdir/tests/lib.sh"

dealwatch=$top_builddir/dealwatch

# exits NAME CODE COMMAND...: its output is in $tmp/out and $tmp/err.
exits()
{
	local name=$1 code=$2

	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	is "$name" $? "$code"
}

says()
{
	grep -qF -- "$1" "$tmp/err"
}

shows()
{
	grep -qE -- "$1" "$tmp/out"
}

fits()
{
	! grep -E '^.{81}' "$tmp/out" | grep -qv 'https\?://'
}

start_nginx
growing_feed one 10 | serve - one.xml
cat >"$tmp/hook" <<'END'
#!/bin/sh
cat >>"$0.got"
END
cat >"$tmp/bad" <<'END'
#!/bin/sh
echo "no paper" >&2
exit 3
END
chmod +x "$tmp/hook" "$tmp/bad"
write_config "$(local_config one "$growing_rules" "alerts: {exec: [{name: hook, command: [$tmp/hook]}]}")"
start_daemon || bail "the daemon does not start"
export DEALWATCH_SOCKET=$socket
check "three alerts" wait_for 20 has_lines 3

# -- alerts --

exits "alerts" 0 "$dealwatch" alerts
is "all of them" "$(grep -c '^2' "$tmp/out")" 3
check "what moved" shows '^2.* high +deal/meeting-set reported$'
check "who says what" shows '^ +one: Minister meets the secretary'
check "where" shows '^ +http://one.example.org/7$'
check "it fits a terminal" fits
exits "the last one" 0 "$dealwatch" alerts -n 1 --json
is "is the newest" "$(jq -r '.alerts | map(.event) | join(" ")' "$tmp/out")" 3
exits "after an event" 0 "$dealwatch" alerts --after 1 -n 1 --json
is "the next one, and there is more" "$(jq -r '[.alerts[].event, .next] | join(" ")' "$tmp/out")" "2 2"
for filter in '--story deal' '--rule meeting' '--kind stage' '--severity high'; do
	# shellcheck disable=SC2086 # two words
	exits "alerts $filter" 0 "$dealwatch" alerts $filter --json
	is "only the meeting" "$(jq -r '.alerts[].rule' "$tmp/out" | xargs)" meeting
done
exits "alerts of a story that is none" 0 "$dealwatch" alerts --story x
is "there are none" "$(cat "$tmp/out")" "no alerts"
exits "a severity that is none" 65 "$dealwatch" alerts --severity heavy
check "what it takes" says "severity takes info, low, high or critical"
exits "a name that is none" 64 "$dealwatch" alerts --story 'x&y'
id=$("$dealwatch" alerts --kind stage --json | jq -r '.alerts[0].id')
exits "one alert" 0 "$dealwatch" alerts "$id"
check "its rule" shows '^  rule +meeting$'
check "why" shows '^  because +"[^"]+" in the title, at [0-9]+$'
check "its delivery" shows '^  delivery +log: delivered$'
exits "one alert as JSON" 0 "$dealwatch" alerts --json "$id"
is "its parts" "$(jq -r '[.alert.id == "'"$id"'", (.attached | type), (.delivery[0].sink)] | join(" ")' "$tmp/out")" \
    "true array log"
exits "an alert that is none" 65 "$dealwatch" alerts 0123456789abcdef
check "it is named" says "there is no alert 0123456789abcdef"
growing_feed one 17 | serve - one.xml
"$dealwatch" poll --force >/dev/null
is_attached()
{
	[ "$("$dealwatch" alerts --json "$id" | jq '.attached | length')" = 1 ]
}
check "a second voice is attached" wait_for 20 is_attached
exits "the alert with it" 0 "$dealwatch" alerts "$id"
check "who said it too" shows '^  also said .*one  http://one.example.org/17$'

# -- story --

exits "story" 0 "$dealwatch" story
check "its title" shows '^deal  The deal$'
check "a stage that stands" shows '^  ● meeting-set .*, 20'
check "by whose word" shows '^      one: Minister meets'
check "an implied one" shows '^  ● talks .*\(implied by a later one\)$'
check "one that does not" shows '^  ○ agreed$'
check "it fits too" fits
exits "story --json" 0 "$dealwatch" story --json deal
is "the record that told it" "$(jq -r '.stories[0].stages[1].alert.id' "$tmp/out")" "$id"
exits "a story that is none" 65 "$dealwatch" story nothing
check "its name" says "there is no story nothing"

# -- test-sink --

exits "test-sink" 0 "$dealwatch" test-sink
check "the log has it" shows '^log: delivered$'
check "the hook has it" shows '^hook: delivered$'
is "what the hook got" "$(jq -r 'select(.kind == "test") | .kind' "$tmp/hook.got")" test
is "and the log" "$(jq -r 'select(.kind == "test") | .kind' "$alert_log")" test
exits "one sink" 0 "$dealwatch" test-sink hook
is "no other" "$(cat "$tmp/out")" "hook: delivered"
exits "a sink that is none" 65 "$dealwatch" test-sink nobody
check "is named" says "nobody"
cp "$tmp/bad" "$tmp/hook"
exits "a sink that fails" 75 "$dealwatch" test-sink hook
check "why" shows '^hook: (waiting|dead) \(.*no paper'
end_daemon
finish
