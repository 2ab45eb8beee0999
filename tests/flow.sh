# The way of real sources through the whole house, shared by sources.sh (fixtures of our own) and
# captures.sh (what ministries served): three rounds of polls, nginx as the witness.
# shellcheck shell=bash disable=SC2034,SC2154,SC2119,SC2086
#
# Expects: $sources (ids), their documents served as ID.xml, and $tmp/expected: what has to be
# in the store, "feed TAB title TAB published TAB link" in byte order, BASE for the server.

all_sources_are_read()
{
	are_in_state ok $sources
}

# every_source_got N: requests so far.
every_source_got()
{
	local id

	for id in $sources; do
		[ "$(awk -F'\t' -v path="/$id.xml" '$2 == path' "$nginx_log" | wc -l)" -eq "$1" ] ||
		    return 1
	done
}

# What nginx saw of round N, "STATUS with ETag, date | without" for each source.
witness()
{
	local id

	for id in $sources; do
		awk -F'\t' -v path="/$id.xml" -v round="$1" '
		    $2 == path && ++n == round {
			print path, $1, ($3 == "-" ? "no etag" : "etag"), ($4 == "-" ? "no date" : "date")
		    }' "$nginx_log"
	done
}

# all_are WHAT: so it has to look for each source.
all_are()
{
	local id

	for id in $sources; do echo "/$id.xml $*"; done
}

round()
{
	"$dealwatch" poll --socket "$socket" --force >/dev/null &&
	    wait_for 60 every_source_got "$1" && wait_for 30 all_sources_are_read
}

run_flow()
{
	local before

	start_daemon || bail "the daemon does not start"
	check "every source is read" wait_for 60 all_sources_are_read
	is "first poll: no validators, 200" "$(witness 1)" "$(all_are 200 no etag no date)"
	is "titles, dates and links in the store" "$(stored | LC_ALL=C sort)" \
	    "$(sed "s|BASE|$base_url|" "$tmp/expected" | LC_ALL=C sort)"

	check "polled again" round 2
	is "second poll: conditional, all 304" "$(witness 2)" "$(all_are 304 etag date)"
	before=$(line_count)

	new_versions
	check "polled a third time" round 3
	is "third poll: conditional, all 200" "$(witness 3)" "$(all_are 200 etag date)"
	check "one new line" wait_for 10 has_lines $((before + 1))
	is "it is the meeting" "$(tail -n +$((before + 1)) "$alert_log" | jq -r .title)" "$meeting"
	is "nothing else is new in the store" "$(sql 'SELECT count(*) FROM entry')" \
	    $(($(wc -l <"$tmp/expected") + new_count))

	check "polled a fourth time" round 4
	is "fourth poll: all 304 with the new validators" "$(witness 4)" "$(all_are 304 etag date)"
	check "and nothing more is told" has_lines $((before + 1))
	check "verify" "$dealwatch" verify --db "$store" "$alert_log"
	end_daemon
}
