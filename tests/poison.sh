#!/bin/bash
# Three poison feeds beside ten good ones: one floods with attributes, one burns the parser's
# CPU, one crashes it (by hooks of the test build). The good ones go on; the poison backs off
# and never becomes a crash loop.
. "${top_srcdir:-.}/tests/lib.sh"

use_crash_build
good='g1 g2 g3 g4 g5 g6 g7 g8 g9 g10'
poison='flood burn segfault'

poisoned()
{
	echo '<?xml version="1.0"?><rss version="2.0"><channel><title>Poison</title>'
	echo '<item><title>Zebra in the poison</title><link>http://poison.example.org/1</link></item>'
	case $1 in
	flood)
		printf '<item'
		seq -f ' a%.0f="x"' 200000 | tr -d '\n'
		echo '><title>After the flood</title></item>'
		;;
	*) echo "<?dealwatch-test $1?>" ;;
	esac
	echo '</channel></rss>'
}

good_are_read()
{
	local id

	for id in $good; do
		[ "$(served 200 "/$id.xml")" -eq "$1" ] || return 1
	done
	# shellcheck disable=SC2086 # a list
	are_in_state ok $good
}

# Requests for the poison so far; a crash of the worker is no request.
poison_requests()
{
	local id sum=0

	for id in $poison; do
		sum=$((sum + $(awk -F'\t' -v path="/$id.xml" '$2 == path' "$nginx_log" | wc -l)))
	done
	echo $sum
}

failures_of()
{
	source_field "$1" failures
}

poison_failed()
{
	local id

	for id in burn segfault; do
		[ "$(failures_of "$id")" -ge "$1" ] 2>/dev/null || return 1
	done
}

# Seconds from now to the next poll.
wait_of()
{
	echo $(($(date -d "$(source_field "$1" next_poll)" +%s) - EPOCHSECONDS))
}

start_nginx
for id in $good; do growing_feed "$id" 5 | serve - "$id.xml"; done
for id in $poison; do poisoned "$id" | serve - "$id.xml"; done
write_config "$(local_config "$good $poison" "$growing_rules")"
start_daemon || bail "the daemon does not start"

check "the good ones are read" wait_for 60 good_are_read 1
check "the poison has failed" wait_for 60 poison_failed 1
first=$(wait_of segfault)
check "its next poll is away ($first s)" test "$first" -gt 60
check "its failure is named" grep -q . <<<"$(source_field segfault failure)"
diag "$(api /v1/status | jq -c '.sources[] | select(.failure) | [.id, .failure]')"
check "the good zebras are told" wait_for 10 has_lines 10

before=$(poison_requests)
for id in $good; do growing_feed "$id" 10 | serve - "$id.xml"; done
for id in $good; do poll_now "$id" >/dev/null; done
api /v1/poll -d '{}' >/dev/null
check "polled again, the poison without force: the good ones go on" wait_for 60 good_are_read 2
check "and tell" wait_for 10 has_lines 21
is "the poison is left alone while it backs off" "$(poison_requests)" "$before"

for count in 2 3; do
	for id in $good; do growing_feed "$id" $((count * 5 + 5)) | serve - "$id.xml"; done
	poll_now >/dev/null
	check "forced, round $count: the good ones go on" wait_for 90 good_are_read $((count + 1))
	check "forced, round $count: the poison fails again" wait_for 90 poison_failed $count
done
third=$(wait_of segfault)
check "it backs off further ($first s, then $third s)" test "$third" -gt "$first"
deaths=$(api /v1/status | jq '.worker.deaths')
check "the worker died a few times only ($deaths)" test "$deaths" -ge 2 -a "$deaths" -le 9
is "every good entry is stored" \
    "$(sql "SELECT count(*) FROM entry WHERE feed NOT IN ('flood', 'burn', 'segfault')")" 200
is "no zebra twice" "$(jq -r .id "$alert_log" | sort | uniq -d)" ""
check "verify" "$dealwatch" verify --db "$store" "$alert_log"
end_daemon
finish
