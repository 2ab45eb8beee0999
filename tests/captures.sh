#!/bin/bash
# The same with what METI and ten other Japanese ministries really served (saved beside the
# source tree, not part of it): every entry with its title and date, read independently by
# tests/captures.py, and the default pack's rules over them.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/flow.sh"

captures=$top_srcdir/../shared/captures
[ -d "$captures/jp-government" ] || skip_all "the captures are not here ($captures)"

sources=meti
for file in "$captures"/jp-government/*.xml; do sources="$sources $(basename "$file" .xml)"; done
meeting='赤沢経済産業大臣がラトニック米国商務長官と会談を行いました'
new_count=1

document()
{
	case $1 in
	meti) echo "$captures/meti/ml_index_release_atom.xml" ;;
	*) echo "$captures/jp-government/$1.xml" ;;
	esac
}

start_nginx
for id in $sources; do
	serve "$(document "$id")" "$id.xml"
	python3 "$top_srcdir/tests/captures.py" "$id" "$(document "$id")"
done >"$tmp/expected"
write_config "$(local_config "$sources" "$(cat "$top_srcdir/rules/us-japan-deal.yaml")")"

# METI has one entry more; the others changed a byte that means nothing.
new_versions()
{
	local id item

	item="<entry><title>$meeting</title><link rel=\"alternate\" type=\"text/html\" href=\"https://www.meti.go.jp/press/2026/11/20261122001/20261122001.html\"/><updated>$(date -u +%FT%TZ)</updated></entry>"
	for id in $sources; do
		case $id in
		meti) awk -v item="$item" '!done && /<entry>/ { sub(/<entry>/, item "<entry>"); done = 1 } 1' \
		    "$(document meti)" ;;
		*) cat "$(document "$id")" && echo '<!-- changed -->' ;;
		esac | serve - "$id.xml"
	done
}

run_flow
finish
