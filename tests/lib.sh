# What the whole-program tests share: TAP, a folder that goes away, a real nginx, the real
# daemon. Sourced by bash; expects top_srcdir and top_builddir (make check sets both).
#
#   . "${top_srcdir:-.}/tests/lib.sh"
#   start_nginx; serve "$top_srcdir/tests/feeds/x.xml" x.xml
#   write_config "..."; start_daemon
#   wait_for 10 has_lines 1; check "one line is told" has_lines 1
#   finish
#
# shellcheck shell=bash disable=SC2034 # what is set here is for the tests
# Nothing here sleeps for luck: wait_for asks again until a deadline.

set -u
top_srcdir=${top_srcdir:-.}
top_builddir=${top_builddir:-.}
export LC_ALL=C.UTF-8 TZ=UTC
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY DEALWATCH_SOCKET \
    DEALWATCH_CRASH STATE_DIRECTORY LOGS_DIRECTORY CACHE_DIRECTORY CONFIGURATION_DIRECTORY \
    RUNTIME_DIRECTORY CREDENTIALS_DIRECTORY NOTIFY_SOCKET WATCHDOG_USEC JOURNAL_STREAM

tap_count=0 tap_failed=0 tap_planned=no
nginx_pid='' daemon_pid='' serve_count=0

# -- TAP --

# plan N: how many rows come; without it finish() says so at the end.
plan()
{
	echo "1..$1"
	tap_planned=yes
}

skip_all()
{
	echo "1..0 # SKIP $*"
	tap_planned=yes
	exit 0
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

ok()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $*"
}

# not_ok NAME [REASON...]
not_ok()
{
	tap_count=$((tap_count + 1)) tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || diag "$@"
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# check NAME COMMAND...: passes when the command does; shows what it said when not.
check()
{
	local name=$1 output

	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "failed: $*"
		[ -z "$output" ] || diag "$(printf '%s\n' "$output" | head -40)"
		return 1
	fi
}

# is NAME GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag "$(diff -u --label wanted --label got <(printf '%s\n' "$3") <(printf '%s\n' "$2") |
		    head -60)"
		return 1
	fi
}

bail()
{
	echo "Bail out! $*"
	tap_failed=$((tap_failed + 1))
	exit 1
}

finish()
{
	[ $tap_planned = yes ] || echo "1..$tap_count"
	tap_planned=yes
	exit $((tap_failed > 0))
}

# wait_for SECONDS COMMAND...: until it succeeds; false when the time is over.
wait_for()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# -- a folder that goes away (kept with TEST_KEEP=1) --

tmp=$(mktemp -d "${TMPDIR:-/tmp}/dealwatch-test.XXXXXX") || exit 99
mkdir "$tmp/www" "$tmp/etc" "$tmp/run"
at_exit=''

clean_up()
{
	local status=$?

	trap - EXIT
	[ $tap_failed -eq 0 ] || show_logs
	stop_daemon TERM
	stop_nginx
	eval "$at_exit"
	if [ -n "${TEST_KEEP:-}" ]; then
		diag "kept: $tmp"
	else
		rm -rf "$tmp"
	fi
	exit $status
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

show_logs()
{
	local file

	for file in "$tmp/daemon.err" "$tmp/nginx.err"; do
		[ ! -s "$file" ] || diag "end of ${file##*/}:" "
$(tail -30 "$file")"
	done
}

# -- nginx on a free loopback port; $nginx_port, $nginx_log --

# $nginx_addresses: where else it listens. One line a request: status, path, validators sent, each in its own column.
nginx_config()
{
	[ "$(id -u)" -ne 0 ] || echo "user root;"
	cat <<END
daemon off;
worker_processes 1;
pid "$tmp/nginx.pid";
error_log "$tmp/nginx.err";
events { worker_connections 1024; }
http {
	log_format witness '\$status\t\$uri\t\$http_if_none_match\t\$http_if_modified_since\t\$http_user_agent';
	access_log "$tmp/nginx.log" witness;
	client_body_temp_path "$tmp/run"; proxy_temp_path "$tmp/run";
	fastcgi_temp_path "$tmp/run"; uwsgi_temp_path "$tmp/run"; scgi_temp_path "$tmp/run";
	types { application/xml xml rdf rss; }
	default_type application/octet-stream;
	server {
$(printf "\t\tlisten %s:$1;\n" 127.0.0.1 ${nginx_addresses:-})
		root "$tmp/www";
		${nginx_extra:-}
	}
}
END
}

# start_nginx: $nginx_extra goes into its server block.
start_nginx()
{
	local nginx try

	nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx) ||
	    skip_all "nginx is not installed"
	nginx_log=$tmp/nginx.log
	for try in 1 2 3 4 5 6 7 8 9 10; do
		nginx_port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		nginx_config "$nginx_port" >"$tmp/nginx.conf"
		"$nginx" -e "$tmp/nginx.err" -p "$tmp" -c "$tmp/nginx.conf" >/dev/null 2>&1 &
		nginx_pid=$!
		wait_for 10 nginx_is_settled
		if kill -0 "$nginx_pid" 2>/dev/null; then
			base_url=http://127.0.0.1:$nginx_port
			return 0
		fi
	done
	bail "nginx does not start (try $try): $(tail -3 "$tmp/nginx.err")"
}

nginx_is_settled()
{
	! kill -0 "$nginx_pid" 2>/dev/null || (: <>"/dev/tcp/127.0.0.1/$nginx_port")
}

stop_nginx()
{
	[ -n "$nginx_pid" ] || return 0
	kill "$nginx_pid" 2>/dev/null
	wait "$nginx_pid" 2>/dev/null
	nginx_pid=''
}

# serve FILE NAME: put a file, or standard input (-), on the server at once; each version is
# a minute younger than the last, so that validators change.
serve()
{
	serve_count=$((serve_count + 1))
	mkdir -p "$(dirname "$tmp/www/$2")"
	cat -- "$1" >"$tmp/serve.new"
	touch -d "@$((1700000000 + serve_count * 60))" "$tmp/serve.new"
	mv "$tmp/serve.new" "$tmp/www/$2"
}

# served STATUS [PATH]: how many requests were answered so.
served()
{
	awk -F'\t' -v status="$1" -v path="${2:-}" \
	    '$1 == status && (path == "" || $2 == path) { n++ } END { print n + 0 }' "$nginx_log"
}

# -- the daemon: $config, $socket, $alert_log, $store --

config=$tmp/etc/dealwatch.yaml
socket=$tmp/run/dealwatch.sock
alert_log=$tmp/logs/alerts.jsonl
store=$tmp/state/dealwatch.db
dealwatchd=$top_builddir/dealwatchd
dealwatch=$top_builddir/dealwatch

write_config()
{
	printf '%s\n' "$1" >"$config"
}

# Take the programs of a build that can be made to die: this one or the one in crash/.
use_crash_build()
{
	local build

	for build in "$top_builddir" "$top_builddir/crash"; do
		grep -qs '^#define ENABLE_CRASH_POINTS 1' "$build/config.h" || continue
		[ -x "$build/dealwatchd" ] || continue
		dealwatchd=$build/dealwatchd
		dealwatch=$build/dealwatch
		return
	done
	skip_all "needs a build with --enable-crash-points (./setup test makes one)"
}

# launch_daemon [OPTION...]: and do not wait until it answers.
launch_daemon()
{
	[ -z "$daemon_pid" ] || stop_daemon TERM
	"$dealwatchd" --config "$config" --state "$tmp/state" --logs "$tmp/logs" \
	    --socket "$socket" "$@" \
	    >>"$tmp/daemon.out" 2>>"$tmp/daemon.err" &
	daemon_pid=$!
}

# start_daemon [OPTION...]: until it answers.
start_daemon()
{
	launch_daemon "$@"
	wait_for 20 daemon_answers_or_died
	daemon_is_alive
}

daemon_answers_or_died()
{
	! daemon_is_alive || daemon_answers
}

daemon_answers()
{
	curl -sf --max-time 5 --unix-socket "$socket" http://localhost/v1/status
}

daemon_is_alive()
{
	[ -n "$daemon_pid" ] && kill -0 "$daemon_pid" 2>/dev/null
}

# stop_daemon [SIGNAL]: and wait for its end; returns how it ended.
stop_daemon()
{
	local status

	[ -n "$daemon_pid" ] || return 0
	kill -"${1:-TERM}" "$daemon_pid" 2>/dev/null
	wait "$daemon_pid" 2>/dev/null
	status=$?
	daemon_pid=''
	return $status
}

# As a row of its own: it ends when asked, and well.
end_daemon()
{
	stop_daemon TERM
	is "it ends when asked" $? 0
}

api()
{
	curl -s --max-time 10 --unix-socket "$socket" "http://localhost$1" "${@:2}"
}

# poll_now [FEED]: whatever pause there is.
poll_now()
{
	api /v1/poll -d "{${1:+\"feed\":\"$1\",}\"force\":true}"
}

# source_field ID FIELD: of /v1/status, "" when absent.
source_field()
{
	api /v1/status | jq -r --arg id "$1" --arg field "$2" \
	    '.sources[] | select(.id == $id) | .[$field] // empty'
}

# sources_in_state STATE: ids, one a line.
sources_in_state()
{
	api /v1/status | jq -r --arg state "$1" '.sources[] | select(.state == $state) | .id'
}

# are_in_state STATE ID...: all of them.
are_in_state()
{
	local state=$1

	shift
	[ "$(sources_in_state "$state" | grep -cxF "$(printf '%s\n' "$@")")" -eq $# ]
}

line_count()
{
	if [ -f "$alert_log" ]; then wc -l <"$alert_log"; else echo 0; fi
}

has_lines()
{
	[ "$(line_count)" -eq "$1" ]
}

# sql QUERY: rows of the daemon's store, columns by tabs; it may be running.
sql()
{
	python3 - "$store" "$1" <<'END'
import sqlite3, sys
store = sqlite3.connect("file:%s?mode=ro" % sys.argv[1].replace("%", "%25").replace("?", "%3f"),
                        uri=True, timeout=10)
for row in store.execute(sys.argv[2]):
    print("\t".join("" if v is None else str(v) for v in row))
END
}

# stored: all entries, "feed TAB title TAB Unix time TAB link", blanks as they are compared.
stored()
{
	sql "SELECT feed, title, CASE published_s WHEN 0 THEN updated_s ELSE published_s END,
	    link FROM entry" | sed 's/\xe3\x80\x80/ /g; s/  \+/ /g; s/ *\t */\t/g'
}

# -- feeds that grow --

growing_base_s=$((EPOCHSECONDS - 7200)) # young enough for a first sight

# growing_feed NAME COUNT: RSS with items 1..COUNT, newest first. Each 5th tells of a zebra
# (alone), each 10th from the 7th on of the ministers.
growing_feed()
{
	local name=$1 number date what

	echo '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
	echo "<title>$name</title><link>http://$name.example.org/</link><description/>"
	for ((number = $2; number > 0; number--)); do
		printf -v date '%(%a, %d %b %Y %H:%M:%S +0000)T' $((growing_base_s + number))
		case $number in
		*[05]) what="Zebra $number is seen by $name" ;;
		*7) what="Minister meets the secretary, says $name for the time $number" ;;
		*) what="Nothing of note, $name number $number" ;;
		esac
		echo "<item><title>$what</title><link>http://$name.example.org/$number</link>"
		echo "<guid isPermaLink=\"false\">$name-$number</guid><pubDate>$date</pubDate></item>"
	done
	echo '</channel></rss>'
}

growing_rules='
stories:
  - id: deal
    title: The deal
    stages: [talks, meeting-set, agreed]
rules:
  - id: zebra
    title: A zebra is seen
    severity: info
    when: zebra
  - id: meeting
    title: The ministers meet
    story: deal
    stage: meeting-set
    severity: high
    when: "minister AND meets"
'

# A configuration without packs for feeds of the local server.
# local_config "ID..." RULES [MORE-OF-ALERTS]
local_config()
{
	local id

	echo "packs: []"
	echo "polling: {every: 30m, host_gap: ${host_gap:-0s}}"
	[ -z "${3:-}" ] || echo "$3"
	echo "feeds:"
	for id in $1; do
		echo "  - {id: $id, url: \"$base_url/$id.xml\", private: true}"
	done
	echo "$2"
}
