#!/bin/bash
# From a feed to every kind of sink: a real server, the real daemon, a webhook's receiver, a
# program, the journal. Sinks that fail, hang, are slow or gone; a daemon that is killed.
# shellcheck disable=SC2016,SC2317 # functions are called by name, at_exit is run at the end
. "${top_srcdir:-.}/tests/lib.sh"

command -v python3 >/dev/null || skip_all "python3 is not installed"
command -v openssl >/dev/null || skip_all "openssl is not installed"
peers=$top_srcdir/tests/webhook_peer.py
peer_pids=()
at_exit='kill "${peer_pids[@]}" 2>/dev/null'

# start_peer FOLDER [PORT [CERTIFICATE]]
start_peer()
{
	mkdir -p "$1"
	rm -f "$1/port"
	python3 "$peers" "$@" 2>>"$1/err" &
	peer_pids+=($!)
	wait_for 20 test -s "$1/port" || bail "no receiver: $(tail -3 "$1/err")"
}

# sink_field NAME FIELD: of /v1/status.
sink_field()
{
	api /v1/status | jq -r --arg name "$1" --arg field "$2" \
	    '.sinks[] | select(.name == $name) | .[$field] // empty'
}

sink_is()
{
	[ "$(sink_field "$1" "$2")" = "$3" ]
}

fails_with()
{
	sink_field "$1" failure | grep -q -- "$2"
}

# header FILE NAME
header()
{
	sed -n "s/^$2: //p" "$1" | tr -d '\r'
}

# ids_got NAME: of the requests that came, in order.
ids_got()
{
	local i

	for ((i = 1; ; i++)); do
		[ -e "$peer/$1.$i" ] || break
		header "$peer/$1.$i" Idempotency-Key
	done
}

logged_ids()
{
	jq -r .id "$alert_log"
}

# signed FILE: its signature is what openssl makes of its time and body.
signed()
{
	local wanted

	wanted=$({ printf '%s.' "$(header "$1" Dealwatch-Time)"; cat "$1.body"; } |
	    openssl dgst -sha256 -hmac "$secret" | sed 's/.*= *//')
	[ -n "$wanted" ] && [ "$(header "$1" Dealwatch-Signature)" = "v1=$wanted" ]
}

is_gone()
{
	! kill -0 "$1" 2>/dev/null
}

# -- a feed with two alerts, and sinks of all kinds --

secret="$(openssl rand -hex 24)"
echo "$secret" >"$tmp/etc/desk-secret"
chmod 600 "$tmp/etc/desk-secret"
cat >"$tmp/hook" <<END_HOOK
#!/bin/sh
cat >>"$tmp/hook.out"
env >"$tmp/hook.env"
ls /proc/self/fd >"$tmp/hook.fds"
! tty >/dev/null
END_HOOK
cat >"$tmp/sleeper" <<END_SLEEPER
#!/bin/sh
trap '' TERM
sh -c 'trap "" TERM; echo \$\$ >"$tmp/grandchild"; while :; do sleep 1000; done' &
echo "going to sleep" >&2
while :; do sleep 1000; done
END_SLEEPER
printf '#!/bin/sh\necho not this >&2; echo because of that >&2; exit 3\n' >"$tmp/failing"
printf '#!/bin/sh\necho never >&2; exit 65\n' >"$tmp/refusing"
chmod +x "$tmp/hook" "$tmp/sleeper" "$tmp/failing" "$tmp/refusing"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key" -out "$tmp/cert" -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1
cat "$tmp/key" "$tmp/cert" >"$tmp/both"
cp "$tmp/cert" "$tmp/etc/desk-ca"
peer=$tmp/peer tls=$tmp/tls down=$tmp/down
start_peer "$peer"
start_peer "$tls" 0 "$tmp/both"
start_peer "$down"
port=$(cat "$peer/port") tls_port=$(cat "$tls/port") down_port=$(cat "$down/port")
kill "${peer_pids[2]}" # its port is nobody's now
wait "${peer_pids[2]}" 2>/dev/null

hooks="
    - {name: desk, url: \"http://127.0.0.1:$port/desk\", secret_file: desk-secret, private: true}
    - {name: plain, url: \"http://127.0.0.1:$port/plain\", private: true, min_severity: high}
    - {name: flaky, url: \"http://127.0.0.1:$port/flaky\", private: true, min_severity: high}
    - {name: later, url: \"http://127.0.0.1:$port/later\", private: true, min_severity: high}
    - {name: gone, url: \"http://127.0.0.1:$port/gone\", private: true}
    - {name: moved, url: \"http://127.0.0.1:$port/moved\", private: true}
    - {name: hang, url: \"http://127.0.0.1:$port/hang?token=hush-hush\", private: true, timeout: 10m}
    - {name: huge, url: \"http://127.0.0.1:$port/huge\", private: true}
    - {name: public, url: \"http://127.0.0.1:$port/public\"}
    - {name: tls, url: \"https://127.0.0.1:$tls_port/tls\", private: true}
    - {name: known, url: \"https://127.0.0.1:$tls_port/known\", ca_file: desk-ca, private: true}"
programs="
    - {name: hook, command: [\"$tmp/hook\"]}
    - {name: sleeper, command: [\"$tmp/sleeper\"], timeout: 1s, min_severity: high}
    - {name: failing, command: [\"$tmp/failing\"]}
    - {name: refusing, command: [\"$tmp/refusing\"]}
    - {name: missing, command: [\"$tmp/nowhere\"]}"

# sinks_config WEBHOOKS PROGRAMS
sinks_config()
{
	local_config a "$growing_rules" "alerts:
  webhook:$1
  exec:$2"
}

start_nginx
growing_feed a 7 | serve - a.xml
down_hook="
    - {name: down, url: \"http://127.0.0.1:$down_port/down\", private: true}"
write_config "$(sinks_config "$hooks$down_hook" "$programs")"
# by somebody who does not wait for children: that is inherited
really=$dealwatchd dealwatchd=$tmp/careless
printf '#!/bin/sh\nexec env --ignore-signal=CHLD "%s" "$@"\n' "$really" >"$dealwatchd"
chmod +x "$dealwatchd"
start_daemon || bail "the daemon does not start: $(tail -3 "$tmp/daemon.err")"
dealwatchd=$really

check "the log has both alerts" wait_for 30 has_lines 2
zebra=$(logged_ids | head -1) meeting=$(logged_ids | tail -1)

# -- webhooks --

check "a webhook gets both" wait_for 30 sink_is desk delivered 2
is "in order, with their ids" "$(ids_got desk)" "$(logged_ids)"
is "the body is the record" "$(jq -S . "$peer/desk.2.body")" \
    "$(tail -1 "$alert_log" | jq -S 'del(.event, .prev)')"
check "openssl confirms the signature" signed "$peer/desk.1"
check "and the other one" signed "$peer/desk.2"
check "the time is now" test $((EPOCHSECONDS - $(header "$peer/desk.1" Dealwatch-Time))) -lt 300
is "it is JSON" "$(header "$peer/desk.1" Content-Type)" application/json
check "a webhook that wants what is high gets that" wait_for 30 sink_is plain delivered 1
is "and nothing else" "$(ids_got plain)" "$meeting"
is "without a secret nothing is signed" "$(header "$peer/plain.1" Dealwatch-Signature)" ""
check "500, then 200: delivered" wait_for 60 sink_is flaky delivered 1
is "with the same id" "$(ids_got flaky)" "$meeting
$meeting"
check "429 with Retry-After: delivered" wait_for 60 sink_is later delivered 1
check "not before that" test \
    $(($(header "$peer/later.2" Dealwatch-Time) - $(header "$peer/later.1" Dealwatch-Time))) -ge 2
check "410: to the dead letters" wait_for 30 sink_is gone dead 2
is "the log says so, once for each" \
    "$(grep -c 'sink gone: .*dead letters: HTTP 410' "$tmp/daemon.err")" 2
"$dealwatch" alerts --socket "$socket" --dead --sink gone --json >"$tmp/dead"
is "the list has them with their reason" "$(jq -r '.letters[] | .alert.id + " " + .reason' \
    "$tmp/dead")" "$zebra HTTP 410
$meeting HTTP 410"
is "one page, one event" "$("$dealwatch" alerts --socket "$socket" --dead --sink gone -n 1 |
    grep -c "gone: dead (HTTP 410)\|^more with --after 1$")" 2
"$dealwatch" alerts --socket "$socket" --resend --sink gone "$zebra" >"$tmp/resent"
is "one is sent again" "$(cat "$tmp/resent")" "1 letter is sent again"
check "and comes, with its id" wait_for 20 eval '[ "$(ids_got gone)" = "$zebra
$meeting
$zebra" ]'
check "refused once more" wait_for 20 sink_is gone dead 2
check "a redirect is not followed" wait_for 30 fails_with moved "HTTP 307, and redirects"
check "nowhere" test ! -e "$peer/stolen.1"
check "an answer without an end is not waited for" wait_for 30 sink_is huge delivered 2
check "an address that is not public is refused" wait_for 30 fails_with public "not a public address"
check "before anything is sent" test ! -e "$peer/public.1"
check "a certificate that nobody vouches for is refused" wait_for 30 fails_with tls "certificate"
check "before anything is sent, too" test ! -e "$tls/tls.1"
check "but by ca_file" wait_for 30 sink_is known delivered 2
check "one that is down waits" wait_for 30 fails_with down "onnect"
is "with both" "$(sink_field down waiting)" 2

# -- programs --

check "a program gets both" wait_for 30 sink_is hook delivered 2
is "as lines of JSON" "$(jq -r .id "$tmp/hook.out")" "$(logged_ids)"
is "its environment is clean" "$(cut -d= -f1 "$tmp/hook.env" | grep -v '^PWD$\|^_$\|^SHLVL$' | sort | tr '\n' ' ')" \
    "DEALWATCH_ID DEALWATCH_KIND DEALWATCH_SEVERITY DEALWATCH_SINK LANG PATH "
is "it has no file but its own" "$(tr '\n' ' ' <"$tmp/hook.fds")" "0 1 2 3 "
check "exit status and last line are the reason" \
    wait_for 30 fails_with failing "exit status 3: because of that"
check "65 is never" wait_for 30 sink_is refusing dead 2
check "a program that is missing" wait_for 30 fails_with missing "No such file"
check "one that hangs is killed" \
    wait_for 30 fails_with sleeper "not done after 1s and killed: going to sleep"
check "with its children" wait_for 20 is_gone "$(cat "$tmp/grandchild")"
is "nobody is left to be buried" "$(ps -o stat= --ppid "$daemon_pid" | grep -c '^Z')" 0

# -- one that hangs --

check "a webhook hangs" wait_for 30 test -e "$peer/hang.1"
growing_feed a 10 | serve - a.xml
poll_now >/dev/null
check "others get the next alert meanwhile" wait_for 30 sink_is desk delivered 3
check "the log too" has_lines 3
is "the one that hangs has all three before it" "$(sink_field hang waiting)" 3
check "and was asked once" test ! -e "$peer/hang.2"

# -- killed in the middle --

stop_daemon KILL
start_peer "$down" "$down_port"
start_daemon || bail "the daemon does not start again"
check "what was down gets all after a kill" wait_for 60 sink_is down delivered 3
peer=$down
is "with the ids that the log has" "$(ids_got down)" "$(logged_ids)"
peer=$tmp/peer
check "what hung is tried again" wait_for 30 test -e "$peer/hang.2"
is "with the same id" "$(header "$peer/hang.2" Idempotency-Key)" "$zebra"
is "nobody gets twice what was delivered" "$(ids_got desk)" "$(logged_ids)"

# -- other settings --

write_config "$(sinks_config "$hooks" "
    - {name: hook, command: [\"$tmp/hook\"]}")"
kill -HUP "$daemon_pid"
check "what goes to a sink that is gone is held" wait_for 20 sink_is failing held 3
is "and not counted as waiting" "$(sink_field failing waiting)" 0
is "with its reason" "$(api "/v1/letters?state=held&sink=failing" |
    jq -r '[.letters[].reason] | unique[]')" "no sink of this name is configured"
printf '#!/bin/sh\ncat >>"%s"\n' "$tmp/failing.out" >"$tmp/failing"
write_config "$(sinks_config "$hooks" "$programs")"
kill -HUP "$daemon_pid"
check "and delivered when it is there again" wait_for 20 sink_is failing delivered 3
is "all of it" "$(jq -r .id "$tmp/failing.out")" "$(logged_ids)"
chmod o+r "$tmp/etc/desk-secret"
kill -HUP "$daemon_pid"
check "a secret that everybody can read is a mistake" \
    wait_for 20 grep -q "desk-secret: everybody can read the secret" "$tmp/daemon.err"
check "the old settings stay" daemon_answers
growing_feed a 15 | serve - a.xml
poll_now >/dev/null
check "and work" wait_for 30 sink_is desk delivered 4
check "signed as before" signed "$peer/desk.4"
api /v1/status >"$tmp/status"
api "/v1/alerts" >>"$tmp/status"
is "no secret is shown" "$(cat "$tmp/daemon.err" "$tmp/daemon.out" "$tmp/status" |
    grep -c "$secret\|hush-hush")" 0
# a program that runs when the daemon is stopped
rm -f "$tmp/grandchild"
write_config "$(sinks_config "$down_hook" "
    - {name: sleeper, command: [\"$tmp/sleeper\"], timeout: 10m}")"
kill -HUP "$daemon_pid"
check "a program runs for long" wait_for 60 test -s "$tmp/grandchild"
end_daemon
check "and ends with the daemon, children too" wait_for 20 is_gone "$(cat "$tmp/grandchild")"
is "no secret is kept" "$(grep -rlF "$secret" "$tmp/state" "$tmp/logs")" ""

# -- the catalog --

is "each kind has a message in the catalog" \
    "$(sed -n 's/^-- //p' "$top_srcdir/systemd/dealwatch.catalog" | sort)" \
    "$(grep -oE '"[0-9a-f]{32}"' "$top_srcdir/alerts/sink_journal.c" | tr -d '"' | sort)"

# -- where there is no journal --

if [ -S /run/systemd/journal/socket ]; then
	skip "standard error instead of a journal" "there is a journal"
else
	rm -rf "$tmp/state" "$tmp/logs" "$tmp/daemon.err"
	write_config "$(local_config a "$growing_rules" 'alerts: {journal: {min_severity: high}}')"
	start_daemon
	check "standard error instead of a journal" wait_for 30 grep -q \
	    "^<4>alert $meeting high: deal meeting-set reported: Minister meets" "$tmp/daemon.err"
	is "only what is high" "$(grep -c '^<.>alert' "$tmp/daemon.err")" 1
	stop_daemon TERM
	rm -rf "$tmp/state" "$tmp/logs" "$tmp/daemon.err"
	write_config "$(local_config a "$growing_rules")"
	start_daemon
	wait_for 30 has_lines 4
	end_daemon
	is "and nothing there unless it is asked for" "$(grep -c '^<.>' "$tmp/daemon.err")" 0
fi

# -- a real journal, in a namespace of its own --

journald=/lib/systemd/systemd-journald
[ "$(id -u)" -eq 0 ] || { skip "the journal" "needs root"; finish; }
[ -x $journald ] || { skip "the journal" "systemd-journald is not installed"; finish; }
unshare -m true 2>/dev/null || { skip "the journal" "no namespaces here"; finish; }

mkdir "$tmp/journal"
cat >"$tmp/in-journal" <<END_WRAPPER
#!/bin/bash
mount -t tmpfs none /run && mkdir -p /run/systemd/journald.conf.d /run/log/journal &&
mount --bind "$tmp/journal" /run/log/journal || exit 1
printf '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=no\n' >/run/systemd/journald.conf.d/a.conf
$journald >"$tmp/journald.err" 2>&1 &
echo \$! >"$tmp/journald.pid"
for i in {1..200}; do [ -S /run/systemd/journal/socket ] && break; sleep 0.05; done
exec "$dealwatchd" "\$@"
END_WRAPPER
printf '#!/bin/sh\nexec unshare -m bash "%s" "$@"\n' "$tmp/in-journal" >"$tmp/with-journal"
chmod +x "$tmp/with-journal"
at_exit="$at_exit; kill \$(cat '$tmp/journald.pid') 2>/dev/null"

# entry FIELDS: of the meeting's entry, by jq.
entry()
{
	journalctl -q -D "$tmp/journal" -o json "DEALWATCH_ID=$meeting" | jq -r "$1"
}

rm -rf "$tmp/state" "$tmp/logs" "$tmp/daemon.err"
write_config "$(local_config a "$growing_rules" 'alerts: {journal: {}}')"
dealwatchd=$tmp/with-journal
start_daemon || bail "the daemon does not start: $(tail -3 "$tmp/daemon.err")"
check "the journal has them" wait_for 30 sink_is journal delivered 4
check "really" wait_for 20 test -n "$(entry .MESSAGE)"
is "fields" "$(entry '[.PRIORITY, .SYSLOG_IDENTIFIER, .DEALWATCH_KIND, .DEALWATCH_SEVERITY,
    .DEALWATCH_STORY, .DEALWATCH_STAGE, .DEALWATCH_STATE, .DEALWATCH_RULE,
    .DEALWATCH_PUBLISHER] | join(" ")')" \
    "4 dealwatchd stage high deal meeting-set reported meeting a"
is "the record" "$(entry .DEALWATCH_RECORD | jq -r .id)" "$meeting"
is "the kind has an id of its own" "$(entry .MESSAGE_ID | tr -d '0-9a-f' | wc -c)" 1
is "nothing on standard error" "$(grep -c '^<.>' "$tmp/daemon.err")" 0
end_daemon
finish
