#!/bin/bash
# status is one screen, 24 lines of 80 columns, however much there is to say; it says which
# voices are heard, counts the sources that are not read, and names the worst.
. "${top_srcdir:-.}/tests/lib.sh"

command -v jq >/dev/null || skip_all "jq is not installed"

stories=14 walled=30

one_screen()
{
	[ "$(wc -l <"$tmp/out")" -le 24 ] && ! grep -qE '^.{81}' "$tmp/out"
}

shows()
{
	grep -qE -- "$1" "$tmp/out"
}

is_walled()
{
	[ "$(api /v1/status | jq '[.sources[] | select(.condition == "walled")] | length')" -eq "$1" ]
}

rounds()
{
	local round

	for round in 1 2 3; do
		poll_now >/dev/null
		wait_for 60 failed_so_often "$round" || return 1
	done
}

# Each of those that fail did so at least N times.
failed_so_often()
{
	[ "$(api /v1/status | jq --argjson n "$1" \
	    '[.sources[] | select(.publisher == "Wall" or .id == "press-b") | select(.failures >= $n)] | length')" \
	    -eq $((walled + 1)) ]
}

rules()
{
	local number

	echo 'stories:'
	for ((number = 1; number <= stories; number++)); do
		echo "  - {id: a-story-with-a-long-name-$number, title: What is told of number $number in many words, stages: [begun]}"
	done
	echo '  - {id: untouched, title: Nothing, stages: [begun]}'
	echo 'rules:'
	for ((number = 1; number <= stories; number++)); do
		echo "  - {id: rule-$number, story: a-story-with-a-long-name-$number, stage: begun, when: item$number}"
	done
	echo '  - {id: never, story: untouched, stage: begun, when: unheard}'
}

document()
{
	local number

	echo '<rss version="2.0"><channel><title>t</title><link>http://x.example.org/</link>'
	for ((number = 1; number <= stories; number++)); do
		echo "<item><title>the item$number came</title><link>http://x.example.org/$number</link></item>"
	done
	echo '</channel></rss>'
}

sources()
{
	local number

	echo 'feeds:'
	echo "  - {id: press-a, url: \"$base_url/a.xml\", private: true, publisher: The Ministry of all Things and some more of them, official: true}"
	echo "  - {id: press-b, url: \"$base_url/missing.xml\", private: true, publisher: The Ministry of all Things and some more of them}"
	echo "  - {id: other, url: \"$base_url/b.xml\", private: true, publisher: Other, in_place_of: [Wall]}"
	echo "  - {id: off, url: \"$base_url/b.xml\", private: true, publisher: Off, enabled: false}"
	for ((number = 1; number <= walled; number++)); do
		echo "  - {id: a-walled-source-of-some-length-$number, url: \"$base_url/wall/$number\", private: true, publisher: Wall}"
	done
}

nginx_extra='location /wall/ { return 403 "a wall that says nothing more than that and this"; }'
start_nginx
document | serve - a.xml
document | sed 's/item/thing/g; s/<thing>/<item>/g; s/<.thing>/<\/item>/g' | serve - b.xml
write_config "packs: []
polling: {host_gap: 0s}
$(sources)
$(rules)"
start_daemon || bail "the daemon does not start"
export DEALWATCH_SOCKET=$socket
check "what can be read is" wait_for 60 are_in_state ok press-a other
check "the rest fails three times" rounds
check "and is walled" wait_for 20 is_walled $walled

"$dealwatch" status >"$tmp/out"
diag "$(cat "$tmp/out")"
check "one screen" one_screen
check "a voice that nobody hears is first" \
    shows '^Wall +0 of 30 +1 of 1 +a-walled'
check "one that is heard in some ways" shows '^The Ministry of all Things … +1 of 2 +- +press-b down'
check "one that is heard" shows '^Other +1 of 1 +-'
check "what is not asked is no voice" eval '! shows ^Off'
check "sources are counted" shows '^34 sources: 2 read well, 31 not, 1 disabled$'
is "the worst are named" "$(grep -c '^  a-walled-source-of-some-l… ' "$tmp/out")" 3
check "with what they fail of" shows '^  a-walled.* walled .* ago +HTTP 403'
check "stories that stand" shows '^a-story-with-a-long-nam… +begun'
check "and the others, counted" shows '^and [0-9]+ more that moved, 1 story has not begun$'

is "the API counts the same" "$(api /v1/status |
    jq -c '.voices[] | select(.publisher == "Wall") | [.official, .sources, .heard, .blind, .stand_ins.heard]')" \
    '[false,30,0,30,1]'

printf 'packs: []\n' >"$config"
"$dealwatch" reload >/dev/null
"$dealwatch" status >"$tmp/out"
check "with nothing at all" one_screen
check "it says so" shows '^0 sources: 0 read well$'
end_daemon
finish
