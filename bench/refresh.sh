# The refresh of bench/run, which sources this file: many feeds on 100 loopback addresses,
# new ones and 304s, beside newsboat and sfeed_update where they are installed.
# shellcheck shell=bash disable=SC2154 # what it does not set is from bench/run and tests/lib.sh

refresh_feeds=${FEEDS:-1000 10000}
refresh_bodies=1000 # feeds beyond have those of others
refresh_hosts=100
peer_feeds=1000
peer_seconds=${PEER_SECONDS:-600}

refresh_url()
{
	echo "http://127.0.1.$(($1 % refresh_hosts + 1)):$nginx_port/$1.xml"
}

make_bodies()
{
	local i most=0

	for i in $refresh_feeds; do
		[ "$i" -le "$most" ] || most=$i
	done
	for ((i = 0; i < most; i++)); do
		if [ "$i" -lt $refresh_bodies ]; then
			"$bench/corpus" feed $feed_bytes "$i" >"$tmp/www/$i.xml"
		else
			ln -s "$((i % refresh_bodies)).xml" "$tmp/www/$i.xml"
		fi
	done
}

refresh_config()
{
	local i

	echo "packs: []"
	echo "polling: {every: 7d, host_gap: 0s}"
	echo "feeds:"
	for ((i = 0; i < $1; i++)); do
		echo "  - {id: feed-$i, url: \"$(refresh_url "$i")\", private: true}"
	done
	"$bench/corpus" rules 1000
}

# has_read COUNT SINCE: by the store, so that asking costs the daemon nothing.
has_read()
{
	[ "$(sql "SELECT count(*) FROM feed WHERE last_success_ms >= $2")" -ge "$1" ]
}

now_ms()
{
	echo "${EPOCHREALTIME/./}" | sed 's/...$//'
}

# refresh_row NAME MILLISECONDS FEEDS
refresh_row()
{
	awk -v name="$1" -v ms="$2" -v count="$3" 'BEGIN {
		printf "  %-38s %8.2f s  %8.1f us a feed\n", name, ms / 1000, ms * 1000 / count }'
}

# refresh COUNT: all new, then all unchanged; $new_ms, $unchanged_ms
refresh()
{
	local count=$1 since before

	rm -rf "$tmp/state" "$tmp/logs"
	write_config "$(refresh_config "$count")"
	launch_daemon
	wait_for 1200 has_read "$count" 1 || fail "not all are read"
	new_ms=$(cpu_of_all)
	since=$(now_ms) before=$new_ms
	"$dealwatch" poll --force --socket "$socket" >/dev/null || fail "no poll"
	wait_for 1200 has_read "$count" "$since" || fail "not all are read again"
	unchanged_ms=$(($(cpu_of_all) - before))
	stop_daemon TERM
}

# cpu_of COMMAND...: milliseconds of user and system time of it and its children.
cpu_of()
{
	local TIMEFORMAT='%U %S'

	{ time timeout "$peer_seconds" "$@" >"$tmp/peer.out" 2>&1; } 2>&1 |
	    awk '{ printf "%d", ($1 + $2) * 1000 }'
}

peer_newsboat()
{
	local i

	command -v newsboat >/dev/null || return 1
	mkdir -p "$tmp/newsboat"
	echo "reload-threads 8" >"$tmp/newsboat/config"
	for ((i = 0; i < peer_feeds; i++)); do
		refresh_url "$i"
	done >"$tmp/newsboat/urls"
	HOME=$tmp cpu_of newsboat -C "$tmp/newsboat/config" -u "$tmp/newsboat/urls" \
	    -c "$tmp/newsboat/cache.db" -x reload
}

peer_sfeed()
{
	local i

	command -v sfeed_update >/dev/null || return 1
	mkdir -p "$tmp/sfeed"
	{
		echo "sfeedpath='$tmp/sfeed' maxjobs=8"
		echo "feeds()"
		echo "{"
		for ((i = 0; i < peer_feeds; i++)); do
			echo "feed 'feed-$i' '$(refresh_url "$i")'"
		done
		echo "}"
	} >"$tmp/sfeedrc"
	HOME=$tmp cpu_of sfeed_update "$tmp/sfeedrc"
}

# peer_row NAME FUNCTION OURS: how many times ours it costs.
peer_row()
{
	local ms

	if ! ms=$("$2"); then
		printf '  %-38s %s\n' "$1" "not installed"
		return
	fi
	refresh_row "$1, $peer_feeds new" "$ms" $peer_feeds
	awk -v ms="$ms" -v ours="$3" 'BEGIN { printf "    %.1f x ours\n", ms / ours }'
}

bench_refresh()
{
	local count first='' i

	for ((i = 1; i <= refresh_hosts; i++)); do
		nginx_addresses+=" 127.0.1.$i"
	done
	start_nginx
	make_bodies
	echo "refresh: $feed_bytes bytes a feed, $refresh_hosts hosts, 1,000 rules; CPU of all our processes from their start"
	for count in $refresh_feeds; do
		refresh "$count"
		refresh_row "dealwatch, $count new" "$new_ms" "$count"
		refresh_row "dealwatch, $count unchanged (304)" "$unchanged_ms" "$count"
		[ -n "$first" ] || first=$new_ms
	done
	awk -v many="$new_ms" -v few="$first" 'BEGIN {
		printf "    the last of new cost %.1f x the first\n", many / few }'
	peer_row "newsboat, 8 threads" peer_newsboat "$first"
	peer_row "sfeed_update, 8 jobs" peer_sfeed "$first"
	stop_nginx
	nginx_addresses=''
}
