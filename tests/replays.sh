#!/bin/bash
# Saved responses through the whole pipeline: tests/replay/NAME/ has dealwatch.yaml,
# index.tsv, the responses, and in expect.jsonl what is told, in order.
. "${top_srcdir:-.}/tests/lib.sh"

fields='{kind, condition, story, stage, state, rule, episode, title, link, feed} | with_entries(select(.value != null))'

# Two runs of one case: the alerts, and that they are the same to the byte.
run_case()
{
	local dir=$1 name=${1##*/} status

	"$dealwatch" replay "$dir" >"$tmp/$name.jsonl" 2>"$tmp/$name.err"
	status=$?
	if [ $status -ne 0 ]; then
		not_ok "$name" "dealwatch replay ended with $status" "$(cat "$tmp/$name.err")"
		return
	fi
	is "$name" "$(jq -c "$fields" "$tmp/$name.jsonl")" "$(jq -c "$fields" "$dir/expect.jsonl")"
	"$dealwatch" replay "$dir" >"$tmp/$name.again" 2>/dev/null
	check "$name: the same again" cmp "$tmp/$name.jsonl" "$tmp/$name.again"
	check "$name: the log's chain is whole" "$dealwatch" verify "$tmp/$name.jsonl"
}

command -v jq >/dev/null || skip_all "jq is not installed"
for dir in "$top_srcdir"/tests/replay/*/; do
	run_case "${dir%/}"
done
finish
