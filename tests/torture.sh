#!/bin/bash
# Dies at each named place once, then 100 times by kill -9 at random moments, while feeds
# grow: every alert is in the log exactly once, no line is torn, nothing is lost.
#
# Needs a build with crash points: this one, or the one in crash/ that ./setup test makes.
# TORTURE_SEED repeats a run; TORTURE_KILLS says how many.
. "${top_srcdir:-.}/tests/lib.sh"

use_crash_build
seed=${TORTURE_SEED:-$EPOCHSECONDS}
kills=${TORTURE_KILLS:-100}
RANDOM=$((seed % 32768))
diag "TORTURE_SEED=$seed TORTURE_KILLS=$kills"

names='alpha beta gamma delta'
declare -A size=([alpha]=0 [beta]=0 [gamma]=0 [delta]=0)
restarts=0 changes=0

# Every feed grows by 1 to $1 items; a multiple of 5 brings a zebra.
grow()
{
	local name

	for name in $names; do
		size[$name]=$((size[$name] + 1 + RANDOM % $1))
		growing_feed "$name" "${size[$name]}" | serve - "$name.xml"
	done
}

# Those of the log and of the sink, each once or more.
all_are_counted()
{
	[ "$(jq -r .id "$alert_log" | sort -u)" = "$(jq -r .id "$tmp/counted" | sort -u)" ]
}

# Whoever died: the daemon is there again.
revive()
{
	local try

	for try in 1 2 3 4 5; do
		daemon_is_alive && wait_for 20 daemon_answers && return 0
		stop_daemon KILL
		restarts=$((restarts + 1))
		start_daemon && return 0
	done
	bail "the daemon does not come back (try $try)"
}

is_hit()
{
	[ ! -e "$DEALWATCH_CRASH" ]
}

is_hit_or_dead()
{
	is_hit || ! daemon_is_alive
}

# A sink that is asked for each alert.
sinks="alerts: {exec: [{name: counter, command: [/bin/sh, -c, 'cat >>\"$tmp/counted\"']}]}"

# Rules that were never compiled before.
change_rules()
{
	changes=$((changes + 1))
	write_config "$(local_config "$names" "$growing_rules" "$sinks")
  - {id: more-$changes, title: More, when: \"unheard$changes\"}"
}

# What makes a daemon pass its crash points: start, polls, new rules, a log that is opened
# again. Until it was hit.
provoke()
{
	wait_for 20 daemon_answers_or_died
	is_hit && return
	poll_now
	wait_for 5 is_hit_or_dead && return
	change_rules
	kill -HUP "$daemon_pid"
	wait_for 5 is_hit_or_dead && return
	kill -USR1 "$daemon_pid"
	wait_for 5 is_hit_or_dead
}

crash_points()
{
	(cd "$top_srcdir" && grep -rhoE --include='*.c' 'crash_point\("[^"]+"\)' \
	    base feeds rules alerts watch daemon) | cut -d'"' -f2 | sort -u
}

# die_at POINT: a process reads its plan once, so all of them start anew with it.
die_at()
{
	stop_daemon TERM
	grow 5
	# a multiple of 5: something to tell
	size[alpha]=$(((size[alpha] / 5 + 1) * 5))
	growing_feed alpha "${size[alpha]}" | serve - alpha.xml
	echo "$1 1" >"$DEALWATCH_CRASH"
	launch_daemon
	provoke >/dev/null 2>&1
	if is_hit; then
		ok "died at $1"
	else
		not_ok "died at $1" "nothing came that way"
		rm -f "$DEALWATCH_CRASH"
	fi
	revive
}

worker_pid()
{
	local pid

	pid=$(api /v1/status | jq -e '.worker.pid // empty') && echo "$pid"
}

# One kill at a random moment of a round of polls; three in ten hit the worker.
kill_once()
{
	local worker

	grow 3
	(poll_now >/dev/null 2>&1 &)
	sleep "0.$(printf '%03d' $((RANDOM % 400)))"
	worker=$(worker_pid) && workers="$workers $worker"
	if [ -n "$worker" ] && [ $((RANDOM % 10)) -lt 3 ]; then
		kill -KILL "$worker" 2>/dev/null
		worker_kills=$((worker_kills + 1))
	else
		stop_daemon KILL
		daemon_kills=$((daemon_kills + 1))
		# Every fourth time nobody waits until it is up: starting is a moment too.
		if [ $((RANDOM % 4)) -eq 0 ]; then launch_daemon; else revive; fi
	fi
}

# Workers end with the daemon that started them, however it ended.
workers_are_gone()
{
	local worker

	for worker in $workers; do
		[ "$(cat "/proc/$worker/comm" 2>/dev/null)" != dealwatch-feeds ] || return 1
	done
}

# -- what has to be true in the end --

served_total()
{
	local name sum=0

	for name in $names; do sum=$((sum + size[$name])); done
	echo "$sum"
}

zebras_served()
{
	local name sum=0

	for name in $names; do sum=$((sum + size[$name] / 5)); done
	echo "$sum"
}

is_all_stored()
{
	[ "$(sql 'SELECT count(*) FROM entry')" -eq "$(served_total)" ]
}

is_all_told()
{
	has_lines $(($(zebras_served) + 1))
}

titles_served()
{
	cat "$tmp"/www/*.xml | grep -oE '<item><title>[^<]*' | sed 's/.*>//' | sort
}

titles_told()
{
	jq -r 'select(.kind == "match") | .title' "$alert_log" | sort
}

check_all()
{
	revive
	poll_now >/dev/null
	check "$1: every entry is stored" wait_for 60 is_all_stored
	is "$1: every entry once, by its title" \
	    "$(stored | cut -f2 | sort)" "$(titles_served)"
	check "$1: every alert has its line" wait_for 30 is_all_told
	is "$1: each zebra once" "$(titles_told)" "$(titles_served | grep Zebra)"
	is "$1: the meeting once" "$(jq -r 'select(.kind == "stage") | .stage' "$alert_log")" meeting-set
	is "$1: no id twice" "$(jq -r .id "$alert_log" | sort | uniq -d)" ""
	check "$1: every line is whole" test "$(jq -c . "$alert_log" | wc -l)" -eq "$(line_count)"
	check "$1: a program got every alert" wait_for 60 all_are_counted
	check "$1: verify" "$dealwatch" verify --db "$store" "$alert_log"
}

start_nginx
grow 5
write_config "$(local_config "$names" "$growing_rules" "$sinks")"
export DEALWATCH_CRASH=$tmp/crash
start_daemon || bail "the daemon does not start"

points=$(crash_points)
check "there are about a dozen crash points" test "$(wc -l <<<"$points")" -ge 10
for point in $points; do
	die_at "$point"
done
check_all "after each crash point"

worker_kills=0 daemon_kills=0 workers=''
for ((i = 0; i < kills; i++)); do
	daemon_is_alive || revive
	kill_once
done
check_all "after $kills kills"
diag "killed: daemon $daemon_kills times, worker $worker_kills times; entries $(served_total)," \
    "alerts $(line_count), starts $restarts"
end_daemon
check "some of the kills hit each of the two" test $daemon_kills -gt 0 -a $worker_kills -gt 0
check "no worker is left of those that were seen" wait_for 10 workers_are_gone
finish
