#!/bin/bash
# ./setup demo: a made-up week of the deal in about a minute, without network.
#
#   run.sh BUILD [PAUSE [FOLDER]]
#
# A server on 127.0.0.1 publishes what week.tsv says, day by day; a real dealwatchd reads it
# and tells; a real `dealwatch tail` shows it here, and on a desktop dealwatch-notify too.
# PAUSE is the seconds between two days (6). Everything written is in FOLDER (BUILD/demo),
# which is emptied first; nothing is left running.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
build=$1 pause=${2:-6} demo=${3:-$1/demo}
socket=$demo/dealwatch.sock
export LC_ALL=C.UTF-8
unset STATE_DIRECTORY LOGS_DIRECTORY CACHE_DIRECTORY CONFIGURATION_DIRECTORY DEALWATCH_CRASH

# id, format, language, publisher, official
sources='
meti atom ja METI_(made_up) true
commerce rss en US_Commerce_(made_up) true
wire rss en Example_Wire false
shimbun rss ja 例新聞 false
ribao atom zh 示例日报 false
'
daemon_pid='' tail_pid='' agent_pid='' port=''
published=0 expected=0 day=''
declare -A items=()

bold='' dim='' yellow='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' yellow=$'\e[33m' red=$'\e[31m' plain=$'\e[0m'
fi

fail()
{
	echo "demo: $*" >&2
	[ ! -s "$demo/daemon.log" ] || tail -5 "$demo/daemon.log" >&2
	exit 1
}

# end PID: and wait for it.
end()
{
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

clean_up()
{
	local status=$?

	trap - EXIT
	trap '' INT
	end "$tail_pid"
	end "$agent_pid"
	end "$daemon_pid"
	if [ -n "${server_pid:-}" ]; then
		exec {server_in}>&- # it ends with its input
		wait "$server_pid"
	fi
	exit $status
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# rest SECONDS: a signal ends it at once, which a sleep in the foreground would not allow.
rest()
{
	read -rt "$1" <&"${server[0]}"
}

# -- the sources --

# mark TEXT: as XML has it.
mark()
{
	local text=${1//&/&amp;}

	text=${text//</&lt;}
	printf %s "${text//>/&gt;}"
}

# item FORMAT TITLE TEXT: of this minute; what stood there before is three days old.
item()
{
	local link=http://127.0.0.1:$port/$published.html when=$EPOCHSECONDS

	[ "$day" != Before ] || when=$((when - 3 * 86400))
	if [ "$1" = atom ]; then
		printf '<entry><title>%s</title><id>%s</id><link href="%s"/><updated>%(%FT%TZ)T</updated><summary>%s</summary></entry>\n' \
		    "$(mark "$2")" "$link" "$link" "$when" "$(mark "$3")"
	else
		printf '<item><title>%s</title><link>%s</link><pubDate>%(%a, %d %b %Y %T +0000)T</pubDate><description>%s</description></item>\n' \
		    "$(mark "$2")" "$link" "$when" "$(mark "$3")"
	fi
}

# The whole feed, put in place at once.
write_feed()
{
	local id=$1 format=$2 language=$3 publisher=${4//_/ }

	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		if [ "$format" = atom ]; then
			echo "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"$language\"><title>$publisher</title>"
			echo "<id>http://127.0.0.1:$port/$id.xml</id>${items[$id]-}</feed>"
		else
			echo "<rss version=\"2.0\"><channel><title>$publisher</title><language>$language</language>"
			echo "<link>http://127.0.0.1:$port/</link><description>made up</description>${items[$id]-}</channel></rss>"
		fi
	} >"$demo/new.xml"
	mv "$demo/new.xml" "$demo/www/$id.xml"
}

# publish SOURCE TITLE TEXT
publish()
{
	local row
	local -a source

	row=$(grep "^$1 " <<<"$sources") || fail "week.tsv: $1 is no source"
	read -ra source <<<"$row"
	printf '   %s%s: %s%s\n' "$dim" "${source[3]//_/ }" "$2" "$plain"
	published=$((published + 1))
	items[$1]=$(item "${source[1]}" "$2" "$3")${items[$1]-}
	printf '<!DOCTYPE html><meta charset="utf-8"><title>%s</title><h1>%s</h1><p>%s</p><p>Made up, for the demonstration of dealwatch.</p>\n' \
	    "$(mark "$2")" "$(mark "$2")" "$(mark "$3")" >"$demo/www/$published.html"
	write_feed "${source[@]}"
}

# -- the parts --

start_server()
{
	coproc server { exec "$build/tests/demo/server" "$demo/www"; }
	server_in=${server[1]}
	read -r port <&"${server[0]}" || fail "the server does not start"
}

write_config()
{
	local id format language publisher official

	echo "packs: []"
	echo "polling: {every: 30m, host_gap: 0s}"
	echo "alerts: {desktop: {min_severity: low}}"
	echo "feeds:"
	while read -r id format language publisher official; do
		[ -z "$id" ] || echo "  - {id: $id, url: \"http://127.0.0.1:$port/$id.xml\"," \
		    "publisher: \"${publisher//_/ }\", official: $official, private: true}"
	done <<<"$sources"
}

answers()
{
	"$build/dealwatch" status --socket "$socket"
}

answers_or_died()
{
	answers || ! kill -0 "$daemon_pid"
}

start_daemon()
{
	mkdir -p "$demo/etc/rules.d"
	cp "$here/rules.yaml" "$demo/etc/rules.d/"
	write_config >"$demo/etc/dealwatch.yaml"
	"$build/dealwatchd" --config "$demo/etc/dealwatch.yaml" --state "$demo" \
	    --socket "$socket" 2>"$demo/daemon.log" {server_in}>&- &
	daemon_pid=$!
	wait_for 30 answers_or_died
	answers >"$demo/status.txt" 2>&1 || fail "the daemon does not answer"
}

# Lines of tail, in its colours (here it writes into a pipe), and kept to be counted.
show()
{
	local line

	while IFS= read -r line; do
		case $line in
		20*' critical '*) printf '%s\n' "${line/critical/${red}critical${plain}}" ;;
		20*' high '*) printf '%s\n' "${line/high/${yellow}high${plain}}" ;;
		20*) printf '%s\n' "$line" ;;
		*) printf '%s%s%s\n' "$dim" "$line" "$plain" ;;
		esac
		printf '%s\n' "$line" >>"$demo/tail.txt"
	done
}

start_watchers()
{
	"$build/dealwatch" tail --socket "$socket" > >(show) {server_in}>&- &
	tail_pid=$!
	[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ -x "$build/dealwatch-notify" ] || return 0
	XDG_STATE_HOME=$demo "$build/dealwatch-notify" --socket "$socket" \
	    2>"$demo/notify.log" {server_in}>&- &
	agent_pid=$!
}

# -- the week --

# Everything published is in the store, everything expected is told and shown.
is_settled()
{
	local entries

	entries=$("$build/dealwatch" status --json --socket "$socket" |
	    grep -o '"entries":[0-9]*' | awk -F: '{ n += $2 } END { print n + 0 }')
	[ "$entries" -ge "$published" ] && [ "$(told)" -ge "$expected" ] &&
	    [ "$(grep -c '^20' "$demo/tail.txt")" -ge "$expected" ]
}

told()
{
	if [ -f "$demo/log/alerts.jsonl" ]; then
		wc -l <"$demo/log/alerts.jsonl"
	else
		echo 0
	fi
}

end_day()
{
	[ -n "$day" ] || return 0
	"$build/dealwatch" poll --force --socket "$socket" >>"$demo/poll.log" 2>&1 ||
	    fail "the daemon does not poll"
	wait_for 60 is_settled || fail "$day: $(told) alerts told, $expected expected"
	rest "$pause"
}

# begin_day NAME EXPECTED TEXT
begin_day()
{
	day=$1 expected=$2
	printf '\n%s── %s%s\n   %s\n' "$bold" "$day" "$plain" "$3"
}

play()
{
	local what title text

	while IFS=$'\t' read -r what title text; do
		case $what in
		'' | '#'*) ;;
		'= '*)
			end_day
			begin_day "${what#= }" "$title" "$text"
			;;
		*) publish "$what" "$title" "$text" ;;
		esac
	done <"$here/week.tsv"
	end_day
}

say_hello()
{
	cat <<END
${bold}dealwatch: a made-up week in a minute${plain}
Five sources on 127.0.0.1:$port publish a story in three languages, day by day: their
headlines are made up. A real dealwatchd reads them, and \`dealwatch tail\` shows here
what it tells, with date and severity. Nothing leaves this machine.
END
	[ -z "$agent_pid" ] || echo "Each alert is shown as a notification too."
}

say_goodbye()
{
	cat <<END

${bold}The week is over.${plain} $published headlines, $(told) alerts; the rest was known already, or no news of the deal.
Is the log whole? $("$build/dealwatch" verify --state "$demo" 2>&1)

   alerts, as programs read them   $demo/log/alerts.jsonl
   what status said on Sunday      $demo/status.txt
   the rules, and the week         tests/demo/rules.yaml, tests/demo/week.tsv
   now with the real sources       ./setup run
END
}

trap clean_up EXIT
trap 'echo; exit 130' INT
trap 'exit 143' HUP TERM
rm -rf "$demo"
mkdir -p "$demo/www"
: >"$demo/tail.txt"
start_server
while read -r -a source; do
	[ ${#source[@]} -eq 0 ] || write_feed "${source[@]}"
done <<<"$sources"
start_daemon
say_hello
start_watchers
play
end "$tail_pid"
tail_pid=''
answers >"$demo/status.txt" 2>&1
end "$daemon_pid"
daemon_pid=''
say_goodbye
