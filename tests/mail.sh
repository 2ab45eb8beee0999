#!/bin/bash
# Alerts by mail, to a real SMTP server: TLS and logins, refusals, what a mail says.
# shellcheck disable=SC2016 # what is evaluated later
. "${top_srcdir:-.}/tests/lib.sh"

python=
for each in python3 /usr/bin/python3; do
	"$each" -c 'import aiosmtpd' 2>/dev/null && python=$each && break
done
[ -n "$python" ] || skip_all "python3-aiosmtpd is not installed"
command -v openssl >/dev/null || skip_all "openssl is not installed"
peer_pids=()
at_exit='kill "${peer_pids[@]}" 2>/dev/null'

# start_peer FOLDER [PORT [CERTIFICATE [smtps]]]
start_peer()
{
	mkdir -p "$1"
	rm -f "$1/port"
	"$python" "$top_srcdir/tests/mail_peer.py" "$@" 2>>"$1/err" &
	peer_pids+=($!)
	wait_for 20 test -s "$1/port" || bail "no mail server: $(tail -3 "$1/err")"
}

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

# mail_to ADDRESS FILTER: of each mail that came for it, in order.
mail_to()
{
	local file

	for file in $(find "$tmp"/peer-* -name '*.json' | sort -V); do
		jq -r --arg to "$1" 'select(.to | index($to)) | '"$2" "$file"
	done
}

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key" -out "$tmp/etc/ca" -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1
cat "$tmp/key" "$tmp/etc/ca" >"$tmp/both"
start_peer "$tmp/peer-start" 0 "$tmp/both"
start_peer "$tmp/peer-tls" 0 "$tmp/both" smtps
start_peer "$tmp/peer-bare"
start=127.0.0.1:$(cat "$tmp/peer-start/port")
tls=127.0.0.1:$(cat "$tmp/peer-tls/port")
bare=127.0.0.1:$(cat "$tmp/peer-bare/port")
echo open-sesame >"$tmp/etc/password"
echo open-sesami >"$tmp/etc/wrong"
chmod 600 "$tmp/etc/password" "$tmp/etc/wrong"

from='from: watch@dealwatch.example, timeout: 20s'
login="user: reader, password_file: password, ca_file: ca, $from"
start_nginx
write_config "$(local_config a "$growing_rules" "alerts:
  mail:
    - {name: desk, to: [desk@example.org, chief@example.org], smtp: \"smtp://$start\", $login}
    - {name: digest, to: [digest@example.org], smtp: \"smtp://$start\", $login, digest: 1m}
    - {name: tls, to: [tls@example.org], smtp: \"smtps://$tls\", $login}
    - {name: wrong, to: [wrong@example.org], smtp: \"smtp://$start\", user: reader, password_file: wrong, ca_file: ca, $from}
    - {name: nobody, to: [nobody@example.org], smtp: \"smtp://$start\", $login}
    - {name: later, to: [later@example.org], smtp: \"smtp://$start\", $login, min_severity: high}
    - {name: unknown, to: [unknown@example.org], smtp: \"smtp://$start\", user: reader, password_file: password, $from}
    - {name: bare, to: [bare@example.org], smtp: \"smtp://$bare\", $from}
    - {name: plain, to: [plain@example.org], smtp: \"smtp://$bare\", plain: true, $from}")"
growing_feed a 7 | sed 's/Minister meets the secretary, says/ラトニック米商務長官と赤沢経産相が会談へ: Minister meets \&lt;b\&gt; =?x?= \&amp;/;
    s|</guid>|&<description>.A dot first, and 日米の戦略的投資、とても長い行のために繰り返す日米の戦略的投資</description>|' |
    serve - a.xml
start_daemon || bail "the daemon does not start: $(tail -3 "$tmp/daemon.err")"
wait_for 30 has_lines 2
zebra=$(jq -r .id "$alert_log" | head -1) meeting=$(jq -r .id "$alert_log" | tail -1)
title=$(tail -1 "$alert_log" | jq -r .title)

check "mail by STARTTLS and login" wait_for 30 sink_is desk delivered 2
is "each alert once, its id in the Message-ID" "$(mail_to desk@example.org .id)" \
    "<$zebra@dealwatch.example>
<$meeting@dealwatch.example>"
is "both readers, the sender, over TLS, logged in" \
    "$(mail_to desk@example.org '[.from, .to[], .tls, .login] | join(" ")' | sort -u)" \
    "watch@dealwatch.example desk@example.org chief@example.org true reader"
is "the subject is the title, with what happened" \
    "$(mail_to desk@example.org .subject | tail -1)" "meeting-set reported: $title"
is "a mail is ASCII in short lines, and well formed" \
    "$(mail_to desk@example.org '[.ascii, .longest <= 78, (.defects | length)] | join(" ")' | sort -u)" \
    "true true 0"
mail_to desk@example.org '.parts["text/plain"]' | tr -d '\r' | sed -n '/ラト/,$p' >"$tmp/plain"
is "plain text: the title" "$(head -1 "$tmp/plain")" "$title"
check "why" grep -q "^high, deal: meeting-set reported, rule meeting" "$tmp/plain"
check "the link" grep -qx "http://a.example.org/7" "$tmp/plain"
check "the excerpt, its first dot too" \
    grep -qx "\.A dot first, and 日米の戦略的投資、とても長い行のために繰り返す日米の戦略的投資" "$tmp/plain"
check "where more is" grep -qx "dealwatch alerts $meeting" "$tmp/plain"
mail_to desk@example.org '.parts["text/html"]' | tr -d '\r' | sed -n '/ラト/,$p' >"$tmp/html"
check "HTML: the title is a link, and no markup" \
    grep -q '^<h3><a href="http://a.example.org/7">ラトニック.* meets =?x?= &amp; a' "$tmp/html"
is "a story is a thread" "$(mail_to desk@example.org '.headers.References // empty')" \
    "<story-deal@dealwatch.example>"
check "mail by TLS from the start" wait_for 30 sink_is tls delivered 2
check "a wrong password waits" wait_for 30 fails_with wrong "535"
check "no such reader: to the dead letters" wait_for 30 sink_is nobody dead 2
is "with what the server said" \
    "$("$dealwatch" alerts --socket "$socket" --dead --json | jq -r '[.letters[].reason] | unique[]')" \
    "RCPT failed: 550: 550 5.1.1 no such reader"
check "refused for now, then taken" wait_for 60 sink_is later delivered 1
is "with its id" "$(mail_to later@example.org .id)" "<$meeting@dealwatch.example>"
check "a certificate that nobody vouches for" wait_for 30 fails_with unknown "certificate"
check "no TLS, no mail" wait_for 30 fails_with bare "STARTTLS"
check "but by plain: true" wait_for 30 sink_is plain delivered 2
is "nothing went where it should not" "$(mail_to wrong@example.org .id; mail_to unknown@example.org .id
    mail_to bare@example.org .id)" ""
is "no password is shown" "$(cat "$tmp/daemon.err" "$tmp/daemon.out" | grep -c open-sesam)" 0
is "test-sink says how it went" "$("$dealwatch" test-sink --socket "$socket" desk 2>&1 | grep -c "desk.*delivered")" 1
is "its subject" "$(mail_to desk@example.org .subject | tail -1)" "A test of the sink desk"

check "a digest comes after its minute" wait_for 90 sink_is digest delivered 3
is "two in one mail" "$(mail_to digest@example.org .subject)" "2 alerts"
is "each with its title" "$(mail_to digest@example.org '.parts["text/plain"]' | tr -d '\r' |
    grep -c "^Zebra 5\|^ラトニック\|^dealwatch alerts")" 4
is "each says where it went" "$(api "/v1/alerts/$zebra" | jq -r \
    '.delivery[] | select(.sink == "digest") | .state + " " + .reason' | tr -d '0-9a-f')" \
    "$(echo "delivered in the digest " | tr -d '0-9a-f')"

# -- killed in the middle --

kill "${peer_pids[0]}"
wait "${peer_pids[0]}" 2>/dev/null
growing_feed a 10 | serve - a.xml
poll_now >/dev/null
check "a server that is down" wait_for 30 sink_is desk waiting 1
stop_daemon KILL
start_peer "$tmp/peer-start-2" "${start##*:}" "$tmp/both"
start_daemon || bail "the daemon does not start again"
check "gets it after a kill of ours" wait_for 60 sink_is desk waiting 0
is "each alert at least once, one Message-ID each" \
    "$(mail_to desk@example.org .id | grep -v "$("$dealwatch" alerts --socket "$socket" --kind test --json | jq -r '.alerts[0].id')" | sort -u)" \
    "$(jq -r '"<\(.id)@dealwatch.example>"' "$alert_log" | sort)"
end_daemon
finish
