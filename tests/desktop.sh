#!/bin/bash
# The desktop agent on a screen of its own: the real notification daemon, real clicks, a real
# dealwatchd behind it. Pictures of what was seen are left in tests/desktop-*.png of the build.

notification_daemon=/usr/lib/notification-daemon/notification-daemon
if [ -z "${DESKTOP_INSIDE:-}" ]; then
	for program in Xvfb xvfb-run xauth dbus-run-session dbus-monitor xdotool import \
	    "$notification_daemon" "${top_builddir:-.}/dealwatch-notify"; do
		command -v "$program" >/dev/null || {
			echo "1..0 # SKIP ${program##*/} is not there"
			exit 0
		}
	done
	export DESKTOP_INSIDE=yes GDK_BACKEND=x11 NO_AT_BRIDGE=1
	exec xvfb-run -a -s '-screen 0 800x400x24' dbus-run-session \
	    --config-file="${top_srcdir:-.}/tests/desktop/session.conf" -- bash "$0"
fi
. "${top_srcdir:-.}/tests/lib.sh"

notify=$top_builddir/dealwatch-notify
pictures=$top_builddir/tests
export XDG_STATE_HOME=$tmp/xdg
server_pid='' agent_pid='' monitor_pid=''
at_exit='end_all'

end_all()
{
	local pid

	[ -z "$server_pid" ] || kill -CONT "$server_pid" 2>/dev/null
	for pid in $agent_pid $server_pid $monitor_pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	[ $tap_failed -eq 0 ] || diag "the agent said:" "$(tail -20 "$tmp/agent.err")"
}

# -- the parts --

start_server()
{
	"$notification_daemon" >"$tmp/server.out" 2>&1 &
	server_pid=$!
	wait_for 20 bus_has_server
}

bus_has_server()
{
	dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
	    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.Notifications |
	    grep -q 'boolean true'
}

# end PID: and wait for its end.
end()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# start_agent [OPTION...]
start_agent()
{
	"$notify" --socket "$socket" --opener "$tmp/opener" "$@" 2>>"$tmp/agent.err" &
	agent_pid=$!
}

agent_says()
{
	grep -qF -- "$1" "$tmp/agent.err"
}

cursor()
{
	cut -d " " -f 1 "$XDG_STATE_HOME"/dealwatch/notify@* 2>/dev/null
}

cursor_is()
{
	[ "$(cursor)" = "$1" ]
}

# What crossed the bus: Notify calls, their answers, buttons, closings.
start_monitor()
{
	: >"$tmp/bus"
	dbus-monitor --session "interface='org.freedesktop.Notifications'" >"$tmp/bus" &
	monitor_pid=$!
	wait_for 10 test -s "$tmp/bus"
}

# notify_calls: the titles of all Notify calls so far, one a line, each with the id that it
# replaces.
notify_calls()
{
	awk '/member=Notify$/ { n = 1; next }
	    n == 1 && /^   string/ { n = 2; next }
	    n == 2 && /^   uint32/ { id = $2; n = 3; next }
	    n == 3 && /^   string/ { n = 4; next }
	    n == 4 && /^   string/ { sub(/^   string "/, ""); sub(/"$/, ""); print id "\t" $0; n = 0 }' \
	    "$tmp/bus"
}

call_count()
{
	notify_calls | wc -l
}

has_calls()
{
	[ "$(call_count)" -ge "$1" ]
}

last_call()
{
	notify_calls | tail -1 | cut -f2
}

bus_says()
{
	grep -qF -- "$1" "$tmp/bus"
}

pressed()
{
	grep -A2 'member=ActionInvoked' "$tmp/bus" | grep -qF "string \"$1\""
}

windows()
{
	xdotool search --onlyvisible --class notification-daemon 2>/dev/null | wc -l
}

has_windows()
{
	[ "$(windows)" -eq "$1" ]
}

# closed: ids of notifications that were taken away when CloseNotification asked for it.
closed()
{
	awk '/member=CloseNotification/ { n = 1; next }
	    /member=NotificationClosed/ { n = 2; next }
	    n == 1 { asked[$2] = 1; n = 0 }
	    n == 2 { if ($2 in asked) print $2; n = 0 }' "$tmp/bus"
}

has_closed()
{
	[ "$(closed | wc -l)" -ge "$1" ]
}

# picture NAME WINDOWS: of the whole screen, when there are so many notifications on it; the
# server takes most away by itself after some seconds.
picture()
{
	wait_for 10 has_windows "$2"
	import -window root "$pictures/desktop-$1.png"
}

# The notification's window: $X $Y $WIDTH $HEIGHT.
find_window()
{
	local id

	id=$(xdotool search --onlyvisible --class notification-daemon 2>/dev/null | tail -1)
	[ -n "$id" ] && eval "$(xdotool getwindowgeometry --shell "$id")"
}

no_window()
{
	! find_window
}

# click RIGHT BOTTOM: so far from the corner of the notification. Then away with the pointer:
# what lies below it does not expire.
click()
{
	X=0 Y=0 WIDTH=0 HEIGHT=0
	wait_for 30 find_window
	xdotool mousemove $((X + WIDTH - $1)) $((Y + HEIGHT - $2)) click 1 mousemove 1 399
}

# -- the story --

: >"$tmp/items"

# tell TITLE: a new item in the feed, with a link of its own.
tell()
{
	local number

	number=$(($(grep -c '<item>' "$tmp/items") + 1))
	{
		echo "<item><title>$1</title><link>https://wire.example.org/$number?a=1&amp;b=2</link>"
		echo "<guid isPermaLink=\"false\">g$number</guid><description>${2:-}</description>"
		printf '<pubDate>%(%a, %d %b %Y %H:%M:%S +0000)T</pubDate></item>\n' \
		    $((EPOCHSECONDS - 60))
	} >>"$tmp/items"
	serve_items
}

serve_items()
{
	{
		echo '<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
		echo '<link>https://wire.example.org/</link><description/>'
		tac "$tmp/items" | awk '/<\/item>/ { d = $0; getline g; getline t; print t g d }'
		echo '</channel></rss>'
	} | serve - wire.xml
	poll_now >/dev/null
}

empty_feed()
{
	echo '<rss version="2.0"><channel><title>Wire</title><link/><description/></channel></rss>'
}

# event: the number of the last alert in the log.
event()
{
	tail -1 "$alert_log" | jq -r .event
}

cat >"$tmp/opener" <<END
#!/bin/sh
{ echo "\$#"; printf '%s\n' "\$@"; } >"$tmp/opened.new" && mv "$tmp/opened.new" "$tmp/opened"
END
chmod +x "$tmp/opener"

start_nginx
empty_feed | serve - wire.xml
write_config "packs: []
polling: {every: 30m, host_gap: 0s}
feeds:
  - {id: wire, url: \"$base_url/wire.xml\", private: true, publisher: METI, official: true}
stories:
  - id: fund
    title: The fund
    stages: [talks, meeting-set, agreed, paid]
rules: # what is clicked is critical, and stays until then
  - {id: talks, story: fund, stage: talks, severity: critical, when: negotiate}
  - {id: meeting, story: fund, stage: meeting-set, severity: critical, when: meets}
  - {id: agreed, story: fund, stage: agreed, severity: critical, when: sign}
  - {id: paid, story: fund, stage: paid, severity: critical, when: pay}
  - {id: zebra, severity: high, when: zebra}
  - {id: gnu, severity: critical, when: gnu}
  - {id: chatter, severity: info, when: weather}"
start_daemon || bail "the daemon does not start"
wait_for 20 are_in_state ok wire || bail "the feed is not read"

# -- no server --

tell "A zebra before anybody looked"
check "an alert before the agent's first start" wait_for 20 has_lines 1
start_agent
check "a new agent begins with the next alert" wait_for 20 cursor_is 1
tell "Ministers negotiate" "Fish &amp;amp; &amp;lt;b&amp;gt;chips&amp;lt;/b&amp;gt;"
check "an alert is told" wait_for 20 has_lines 2
check "without a server the agent says so" wait_for 20 agent_says "nothing can be shown"
is "and keeps its place" "$(cursor)" 1

# -- a server comes --

start_monitor
start_server || bail "the notification daemon does not start"
check "with a server it is shown" wait_for 20 cursor_is 2
check "on the screen" wait_for 20 find_window
picture first 1
is "its title" "$(last_call)" "Ministers negotiate"
check "publisher, stage and host" bus_says "METI · official · talks reported"
check "markup is escaped" bus_says "Fish &amp; &lt;b&gt;chips&lt;/b&gt;"
tell "Nice weather"
check "what is not severe enough is not shown" wait_for 20 cursor_is 3
is "no call for it" "$(call_count)" 1

# -- the same story --

tell "Minister meets the secretary"
check "the story moves" wait_for 20 has_calls 2
is "under the id of the first" "$(notify_calls | tail -1 | grep -cE '^[1-9]')" 1
is "in one window" "$(windows)" 1
check "the unread headline stays below" bus_says "before: Ministers negotiate"
picture replaced 1

# -- buttons --

click 155 37
check "a click on Open" wait_for 10 pressed open
check "runs the opener" wait_for 10 test -s "$tmp/opened"
is "with the link as its one argument" "$(cat "$tmp/opened")" "1
https://wire.example.org/4?a=1&b=2"
check "the notification goes" wait_for 10 no_window
tell "They sign"
check "a critical one" wait_for 20 has_calls 3
picture critical 1
click 89 37
check "a click on Mute" wait_for 10 pressed mute
check "mutes the story" wait_for 10 agent_says "story fund is muted"
tell "They pay"
check "its next alert" wait_for 20 has_lines 6
check "is passed over" wait_for 20 cursor_is 6
is "without a call" "$(call_count)" 3

# -- one agent for a user --

"$notify" --socket "$socket" 2>"$tmp/second.err"
is "a second agent ends" $? 75
check "and says why" grep -q "another dealwatch-notify" "$tmp/second.err"
"$notify" --socket "$socket" extra 2>/dev/null
is "an argument too many" $? 64
"$notify" --no-contact-after 0 2>/dev/null
is "a bad number" $? 64

# -- away for ten alerts --

end "$agent_pid"
is "it ends when asked" $? 0
for word in Aardvark Bicycle Copper Dynamo Election; do tell "$word by a zebra"; done
tell "Furnace by a gnu"
for word in Glacier Harvest Insulin Juniper; do tell "$word by a zebra"; done
check "ten alerts while it is away" wait_for 30 has_lines 16
before=$(call_count)
start_agent
check "are one notification" wait_for 20 has_calls $((before + 1))
is "a summary" "$(last_call)" "10 alerts while you were away"
check "the most severe first, then the newest" wait_for 10 \
    grep -qzF "• Furnace by a gnu (METI)
• Juniper by a zebra (METI)
• Insulin by a zebra (METI)" "$tmp/bus"
check "and how many more" bus_says "and 5 more: dealwatch tail -n 10"
check "the place is the last one's" wait_for 20 cursor_is 16
picture summary 1
rm -f "$tmp/opened"
click 93 37
check "its Open" wait_for 10 test -s "$tmp/opened"
is "leads to the first" "$(tail -1 "$tmp/opened")" \
    "$(grep -F Furnace "$alert_log" | jq -r .link)"

# -- a server that hangs --

# measure FILE WORD...: milliseconds from the poll to the line in the log, one for each word.
measure()
{
	local file=$1 word lines from

	: >"$file"
	shift
	for word; do
		lines=$(line_count)
		from=${EPOCHREALTIME/./}
		tell "$word by a zebra"
		wait_for 30 has_lines $((lines + 1)) || return
		echo $(((${EPOCHREALTIME/./} - from) / 1000)) >>"$file"
	done
}

before=$(call_count)
check "three more are told" measure "$tmp/free" Kerosene Lantern Mercury
check "and shown" wait_for 20 has_calls $((before + 3))
wait_for 20 cursor_is "$(event)"
kill -STOP "$server_pid"
place=$(cursor)
: >"$tmp/agent.err"
check "three more are told with a hung server" measure "$tmp/hung" Nickel Oxygen Pipeline
diag "latency of the log in ms: $(xargs <"$tmp/free"), with a hung server $(xargs <"$tmp/hung")"
check "the daemon does not notice" test "$(sort -n "$tmp/hung" | tail -1)" -lt \
    $(($(sort -n "$tmp/free" | tail -1) * 3 + 500))
check "the agent does" wait_for 30 agent_says "nothing can be shown: Timeout"
is "and keeps its place" "$(cursor)" "$place"
kill -KILL "$agent_pid"
wait "$agent_pid" 2>/dev/null
start_agent
kill -CONT "$server_pid"
check "what waited is shown then, by the next agent" wait_for 60 cursor_is "$(event)"
is "all of it" "$(notify_calls | tail -3 | cut -f2)" "Nickel by a zebra
Oxygen by a zebra
Pipeline by a zebra"

# -- a server that dies --

end "$server_pid"
tell "Quartz by a zebra"
wait_for 20 has_lines 23
start_server
check "the next server gets what waited" wait_for 30 cursor_is "$(event)"
is "as something new" "$(notify_calls | tail -1)" "0	Quartz by a zebra"

# -- no contact --

end "$agent_pid"
start_agent --no-contact-after 1
wait_for 20 daemon_answers
stop_daemon TERM
check "without the daemon it says so" wait_for 30 eval \
    '[ "$(last_call)" = "No contact with dealwatchd" ]'
start_daemon
check "until the daemon is back" wait_for 60 has_closed 1

# -- another store --

stop_daemon TERM
rm -rf "$tmp/state"
empty_feed | serve - wire.xml
start_daemon
check "a daemon with another store" wait_for 60 eval \
    '[ "$(last_call)" = "Alerts may have been missed" ]'
stop_daemon TERM
check "out of contact again" wait_for 30 eval \
    '[ "$(last_call)" = "No contact with dealwatchd" ]'
picture no-contact 1
is "whose name it keeps" "$(cut -d " " -f 2 "$XDG_STATE_HOME"/dealwatch/notify@*)" \
    "$(sqlite3 "$tmp/state/dealwatch.db" 'SELECT store FROM event_store' 2>/dev/null)"
before=$(closed | wc -l)
end "$agent_pid"
check "it stays no longer than the agent" wait_for 60 has_closed $((before + 1))
start_daemon

# -- a place that cannot be read --

lines=$(line_count)
tell "Rhubarb by a zebra"
check "a new store tells anew" wait_for 30 has_lines $((lines + 24))
echo nonsense >"$(echo "$XDG_STATE_HOME"/dealwatch/notify@*)"
start_agent
check "a place that is nonsense is said" wait_for 20 agent_says "holds no number of an event"
check "and found again" wait_for 30 cursor_is "$(api /v1/status | jq .alerts.last_event)"
end "$agent_pid"

# -- a daemon that is none --

rm -rf "$XDG_STATE_HOME"
python3 "$top_srcdir/tests/desktop/daemon.py" "$tmp/hostile.sock" &
hostile_pid=$!
at_exit="kill $hostile_pid 2>/dev/null; $at_exit"
wait_for 10 test -S "$tmp/hostile.sock"
before=$(call_count)
start_agent --socket "$tmp/hostile.sock"
check "a daemon that sends nonsense is borne" wait_for 60 cursor_is 4
check "what is no alert is passed over" agent_says "event 1 is no alert"
is "one of its alerts is shown" "$(call_count)" $((before + 1))
is "cleaned and cut" "$(last_call | cut -c 1-34)" "first [2J <b>second</b> long long "
is "without a button for its link" \
    "$(sed -n '/member=Notify$/h; /member=Notify$/!H; ${x;p}' "$tmp/bus" | grep -c '"Open"')" 0
picture hostile 2

# -- the session's end --

end "$agent_pid"
dbus-daemon --config-file="$top_srcdir/tests/desktop/session.conf" --nofork \
    --print-address >"$tmp/address" 2>/dev/null &
bus_pid=$!
wait_for 10 test -s "$tmp/address"
rm -rf "$XDG_STATE_HOME"
mkdir -p "$XDG_STATE_HOME/dealwatch"
echo 0 >"$XDG_STATE_HOME/dealwatch/notify@${socket//\//-}"
: >"$tmp/agent.err"
DBUS_SESSION_BUS_ADDRESS=$(cat "$tmp/address") start_agent
check "on another bus there is no server" wait_for 20 agent_says "nothing can be shown"
end "$bus_pid"
wait "$agent_pid"
is "without its bus the agent ends, to be started anew" $? 75
agent_pid=''
finish
