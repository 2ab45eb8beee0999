#!/bin/bash
# Seven feeds as one meets them (RSS 2.0 and 0.91, Atom without ids, RDF, Shift_JIS, a BOM with
# relative links, no guids) through the real daemon: all in the store, conditional polls, and
# one new item about the meeting makes one line.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/flow.sh"

sources='rss atom rdf sjis bom noid old'
meeting="Minister Akazawa meets Secretary Lutnick in Washington"
new_count=2

start_nginx
for id in $sources; do serve "$top_srcdir/tests/e2e/$id.xml" "$id.xml"; done
cp "$top_srcdir/tests/e2e/expected.tsv" "$tmp/expected"
write_config "$(local_config "$sources" '
rules:
  - id: meeting
    title: Lutnick and Akazawa meet
    severity: high
    when: "Akazawa AND meets"
')"

# One item about the meeting, one about nothing, the rest in new clothes only.
new_versions()
{
	local id item=''

	for id in $sources; do
		case $id in
		rss) item="<item><title>$meeting</title><link>https://wire.example.org/m</link><guid>m</guid><pubDate>$(date -Ru)</pubDate></item>" ;;
		atom) item="<entry><title>予算について</title><link href=\"https://industry.example.jp/n\"/><updated>$(date -u +%FT%TZ)</updated></entry>" ;;
		*) item='' ;;
		esac
		sed "s|<!-- NEW -->|$item<!-- changed -->|" "$top_srcdir/tests/e2e/$id.xml" |
		    serve - "$id.xml"
	done
}

run_flow
finish
