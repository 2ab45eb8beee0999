#!/bin/bash
# The API of the real daemon: what it answers, what it refuses, what it survives.
. "${top_srcdir:-.}/tests/lib.sh"

command -v socat >/dev/null || skip_all "socat is not installed"

# status_of METHOD PATH [CURL OPTION...]
status_of()
{
	curl -s -o "$tmp/body" -w '%{http_code}' --max-time 10 --unix-socket "$socket" -X "$1" \
	    "http://localhost$2" "${@:3}"
}

# answers NAME STATUS CODE METHOD PATH [CURL OPTION...]: status, and the error's code.
answers()
{
	local name=$1 got

	got=$(status_of "$4" "$5" "${@:6}")
	is "$name" "$got $(jq -r '.error.code // "-"' "$tmp/body" 2>/dev/null)" "$2 $3"
}

# spaces N
spaces()
{
	printf '%*s' "$1" ''
}

# ask REQUEST SECONDS: what comes back within the time, headers too.
ask()
{
	printf '%b' "$1" | timeout "$2" socat -t "$2" - "UNIX-CONNECT:$socket"
}

log_says()
{
	grep -qF -- "$1" "$tmp/daemon.err"
}

write_config 'packs: []'
start_daemon || bail "the daemon does not start"

# -- the socket --

is "the socket's mode" "$(stat -c %a "$socket")" 660
check "the start is one line with all places" \
    grep -q "dealwatchd .* 0 sources .* 0 rules.*$store.*$socket" "$tmp/daemon.err"
"$dealwatchd" --config "$config" --socket "$socket" --state "$tmp/other" 2>"$tmp/second.err"
is "a second daemon does not take the socket" $? 78
check "and says why" grep -q "another daemon answers there" "$tmp/second.err"
check "the first one still answers" daemon_answers

# -- reading --

api /v1/status >"$tmp/status"
is "status: the process" "$(jq -r .pid "$tmp/status")" "$daemon_pid"
is "status: its members" "$(jq -r 'keys_unsorted | join(" ")' "$tmp/status")" \
    "version pid started now config rules stories voices sources alerts sinks worker store"
is "status: the store" "$(jq -r .store "$tmp/status")" "$store"
answers "feeds: one that is none" 404 feed GET "/v1/feeds?id=x"
is "healthy" "$(api /-/healthy)" '{"healthy":true}'
is "ready" "$(api /-/ready)" '{"ready":true}'
is "alerts: none yet" "$(api /v1/alerts)" '{"alerts":[]}'

# -- refusing --

answers "an unknown path" 404 path GET /v1/nothing
answers "the root" 404 path GET /
answers "POST where GET is" 405 method POST /v1/status
answers "DELETE" 405 method DELETE /v1/poll
is "405 names what is allowed" "$(api /v1/poll -i | tr -d '\r' | sed -n 's/^Allow: //p')" POST
answers "a limit that is no number" 400 parameter GET "/v1/alerts?limit=ten"
answers "a limit with a tail" 400 parameter GET "/v1/alerts?limit=10x"
answers "a limit of 0" 400 parameter GET "/v1/alerts?limit=0"
answers "the greatest limit" 200 - GET "/v1/alerts?limit=1000"
answers "one more" 400 parameter GET "/v1/alerts?limit=1001"
answers "a negative cursor" 400 parameter GET "/v1/alerts?after=-1"
answers "a cursor past 64 bits" 400 parameter GET "/v1/alerts?after=9223372036854775808"
answers "a hidden NUL" 400 parameter GET "/v1/alerts?limit=10%00x"
answers "a parameter that is no text" 400 parameter GET "/v1/alerts?%ff%1b=1"
answers "an unknown parameter" 400 parameter GET "/v1/alerts?before=1"
answers "a parameter given twice" 400 parameter GET "/v1/alerts?limit=1&limit=2"
answers "a parameter where none is taken" 400 parameter GET "/v1/status?x=1"
answers "a stream's bad cursor" 400 parameter GET "/v1/alerts/stream?after=x"
answers "a stream for nobody known" 400 parameter GET "/v1/alerts/stream?for=phone"
answers "a bad Last-Event-ID" 400 parameter GET /v1/alerts/stream -H "Last-Event-ID: x"
answers "a body that is no JSON" 400 body POST /v1/poll -d '{"feed":'
answers "a body that is no object" 400 body POST /v1/poll -d '[1]'
answers "an unknown member" 400 body POST /v1/poll -d '{"feeds":"x"}'
answers "a member given twice" 400 body POST /v1/poll -d '{"force":true,"force":true}'
answers "a member of the wrong type" 400 body POST /v1/poll -d '{"force":"yes"}'
answers "a feed that is not there" 404 feed POST /v1/poll -d '{"feed":"nobody"}'
answers "polling nothing" 200 - POST /v1/poll
is "polled" "$(cat "$tmp/body")" '{"polled":0,"reason":"no source is watched"}'
check "who asked is in the log" log_says "user $(id -u) polls all feeds"

# -- limits --

spaces 65534 >"$tmp/full"
printf '{}' >>"$tmp/full"
answers "a body of 64 K" 200 - POST /v1/poll --data-binary "@$tmp/full"
printf ' ' >>"$tmp/full"
answers "one byte more" 413 body POST /v1/poll --data-binary "@$tmp/full"
spaces 300000 >"$tmp/huge"
# a client that is still sending may find the connection cut before it has read the answer
check "a huge body" eval '[[ $(status_of POST /v1/poll --data-binary "@$tmp/huge") =~ ^(413|000)$ ]]'
check "and the daemon goes on" daemon_answers
answers "headers below 16 K" 200 - GET /v1/status -H "X: $(head -c 16000 /dev/zero | tr '\0' x)"
answers "headers past 16 K" 413 headers GET /v1/status \
    -H "X: $(head -c 16400 /dev/zero | tr '\0' x)"
check "garbage is refused" grep -q "^HTTP/1.. 400" <(ask 'nonsense\r\n\r\n' 5)

# hold N: so many connections that say nothing, until let_go.
hold()
{
	local i

	held=()
	for ((i = 0; i < $1; i++)); do
		socat -u "UNIX-CONNECT:$socket" STDOUT >/dev/null 2>&1 &
		held+=($!)
	done
}

let_go()
{
	kill "${held[@]}" 2>/dev/null
	wait "${held[@]}" 2>/dev/null
	held=()
}

is_refused()
{
	[ "$(status_of GET /v1/status)" = 503 ]
}

held=()
at_exit='let_go'
hold 64
check "the 65th connection is refused" wait_for 10 is_refused
is "and told so" "$(jq -r .error.code "$tmp/body")" busy
let_go
check "with room again it is served" wait_for 10 daemon_answers

# -- the stream --

# stream CURSOR FILE [CURL OPTION...]: in the background, in $stream_pid.
stream()
{
	curl -sN --max-time 60 --unix-socket "$socket" "${@:3}" \
	    "http://localhost/v1/alerts/stream$1" >"$2" 2>/dev/null &
	stream_pid=$!
}

stream "" "$tmp/quiet"
quiet_pid=$stream_pid
stream "?after=99" "$tmp/beyond"
check "a cursor beyond the end is reset" wait_for 5 grep -q "^event: reset" "$tmp/beyond"
is "and goes on from the end" "$(grep '^id: ' "$tmp/beyond")" "id: 0"
kill "$stream_pid"
store=$(sed -n '/^event: store/{n;s/^data: //p}' "$tmp/beyond" | jq -r .store)
is "the store has a name" "$(echo "$store" | tr -d '0-9a-f' | wc -c) ${#store}" "1 16"
stream "?after=0&store=$store" "$tmp/same"
check "a cursor of this store is followed" wait_for 5 grep -q "^event: store" "$tmp/same"
kill "$stream_pid"
stream "?after=0&store=0123456789abcdef" "$tmp/elsewhere"
check "one of another store is reset" wait_for 5 grep -q "^event: reset" "$tmp/elsewhere"
is "and this one's is not" "$(grep -c "^event: reset" "$tmp/same")" 0
kill "$stream_pid"
stream "?for=desktop" "$tmp/beyond"
check "a desktop is told when it has all" wait_for 5 grep -q "^event: live" "$tmp/beyond"
kill "$stream_pid"
stream "" "$tmp/beyond" -H "Last-Event-ID: 7"
check "Last-Event-ID counts as a cursor" wait_for 5 grep -q "^event: reset" "$tmp/beyond"
kill "$stream_pid"
mkfifo "$tmp/flood.in"
timeout 30 socat -u "FILE:$tmp/flood.in" "UNIX-CONNECT:$socket" 2>/dev/null &
flood_pid=$!
exec 7>"$tmp/flood.in"
printf 'GET /v1/alerts/stream HTTP/1.1\r\n\r\n' >&7
head -c 100000000 /dev/zero >&7 2>/dev/null &
writer_pid=$!
exec 7>&-
check "a stream's client that sends is cut" wait_for 25 log_says "a stream is cut: its reader sends"
kill "$writer_pid" "$flood_pid" 2>/dev/null
check "and 100 MB of it are not kept" \
    test "$(awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status")" -lt 90000
check "a heartbeat comes within 15 s" wait_for 17 grep -q "^: heartbeat" "$tmp/quiet"

# -- reload --

reload_status()
{
	status_of POST /v1/reload
}

is "a good reload" "$(reload_status)" 200
write_config "$(echo 'packs: []'
    echo 'feeds:'
    printf '  - {id: %s, url: "http://127.0.0.1:9/", private: true, enabled: false}\n' e d c b a)"
is "a good reload of more" "$(reload_status)" 200
is "it says what is in force" "$(jq -c '[.sources, .rules, (.warnings | length)]' "$tmp/body")" "[5,0,0]"
page_of_feeds()
{
	api "/v1/feeds?limit=$1&after=$2" | jq -r '[.feeds[].id, "next", .next] | join(" ")'
}
is "feeds: a page" "$(page_of_feeds 3 '')" "a b c next c"
is "feeds: the last page" "$(page_of_feeds 3 c)" "d e next "
is "feeds: all of it is no page" "$(page_of_feeds 5 '')" "a b c d e next "
is "feeds: one" "$(api '/v1/feeds?id=d' | jq -r '.feeds[].id, .feeds[].state' | xargs)" "d disabled"
write_config 'pack: []'
is "a bad reload" "$(reload_status) $(jq -r .error.code "$tmp/body")" "422 config"
check "its mistakes are in the answer" eval 'jq -r ".error.mistakes[]" "$tmp/body" | grep -q "dealwatch.yaml:1:1"' 
write_config 'packs: [] # two'
kill -HUP "$daemon_pid"
check "a good reload by HUP" wait_for 10 eval \
    '[ "$(grep -c "the new configuration is in force" "$tmp/daemon.err")" = 3 ]'
write_config 'packs: ['
kill -HUP "$daemon_pid"
check "a bad one by HUP keeps the old" wait_for 10 eval \
    '[ "$(grep -c "the old configuration stays in force" "$tmp/daemon.err")" = 2 ]'
check "the daemon answers" daemon_answers

# A reader that has much to do, and then dies, does not hurt the daemon.
write_config "$(echo 'packs: []'
    echo 'rules: [{id: many, when: "@many"}]'
    printf 'sets: {many: ['
    seq -f 'word%.0f,' 60000
    echo 'last]}')"
kill -HUP "$daemon_pid"
has_reader()
{
	reader_pid=$(pgrep -P "$daemon_pid" -x dealwatchd)
}
check "a child reads the configuration" wait_for 5 has_reader
has_reader
check "the daemon answers meanwhile" daemon_answers
write_config 'packs: [] # three'
status_of POST /v1/reload >"$tmp/waiting" &
waiting_pid=$!
check "a reload asked for meanwhile comes later" wait_for 5 log_says "asks for a reload"
kill -SEGV "$reader_pid"
check "a reader that dies is a mistake" wait_for 5 log_says "killed by signal 11"
wait "$waiting_pid"
is "the one that waited is answered" "$(cat "$tmp/waiting")" 200

is "reopen" "$(status_of POST /v1/reopen) $(cat "$tmp/body")" '200 {"reopened":true}'
kill -USR1 "$daemon_pid"
check "USR1 opens the log again" wait_for 5 log_says "opening the alert log again"

# -- who may change things --

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$tmp" "$tmp/run"
	chmod 666 "$socket"
	as_nobody()
	{
		setpriv --reuid 65534 --regid 65534 "$@" curl -s -o "$tmp/nobody" -w '%{http_code}' \
		    --max-time 10 --unix-socket "$socket" -X POST http://localhost/v1/poll
	}
	: >"$tmp/nobody"
	chmod 666 "$tmp/nobody"
	is "nobody may change nothing" "$(as_nobody --clear-groups)" 403
	check "and it is in the log" log_says "user 65534 may change nothing"
	is "with the socket's group it may" "$(as_nobody --groups "$(stat -c %g "$socket")")" 200
else
	skip "nobody may change nothing" "needs root"
fi

# -- the end --

stop_daemon TERM
is "it stops when asked" $? 0
check "its socket is gone" test ! -e "$socket"
check "streams end with it" wait_for 5 eval "! kill -0 $quiet_pid 2>/dev/null"
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$socket"
write_config 'packs: []'
start_daemon
is "a dead daemon's socket is replaced" $? 0
stop_daemon TERM
rm -f "$socket"
: >"$socket"
"$dealwatchd" --config "$config" --socket "$socket" --state "$tmp/other" 2>"$tmp/second.err"
is "a file that is no socket is not removed" "$? $(stat -c %F "$socket")" "78 regular empty file"
finish
