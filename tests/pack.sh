#!/bin/bash
# The default pack: it is right, every topic has a rule, every rule has examples of both kinds,
# and it tells what it should of labelled headlines (saved beside the source tree).
. "${top_srcdir:-.}/tests/lib.sh"

rules=$top_srcdir/rules/us-japan-deal.yaml
feeds=$top_srcdir/feeds/us-japan-deal.yaml
score=$top_srcdir/../shared/tools/score_rules.py
labelled=$top_srcdir/../shared/corpus/labelled.tsv

# One line a rule: id, its topics, how many examples of each kind.
rules_of()
{
	awk '
	function tell() { if (id != "") print id "\t" topics "\t" n["match"] + 0 "\t" n["ignore"] + 0 }
	/^rules:/ { here = 1 }
	!here { next }
	/^  - id:/ { tell(); id = $3; topics = kind = ""; delete n }
	/^    topics:/ { gsub(/^    topics: \[|\]|,/, ""); topics = " " $0 " " }
	/^      (match|ignore):/ { kind = $1; sub(":", "", kind); if (NF > 1) n[kind] += gsub(/", "/, "") + 1 }
	/^        - / { n[kind]++ }
	END { tell() }' "$1"
}

"$dealwatch" check "$feeds" "$rules" >"$tmp/out" 2>&1
is "the pack is right" "$?" 0
check "without a warning" grep -q "all good" "$tmp/out"

rules_of "$rules" >"$tmp/rules"
is "every rule is looked at" "$(grep -c '' "$tmp/rules") rules" \
    "$(sed -n 's/.* \([0-9]* rules\),.*/\1/p' "$tmp/out")"
is "every example is, too" "$(awk -F'\t' '{ n += $3 + $4 } END { print n " examples" }' "$tmp/rules")" \
    "$(sed -n 's/.* \([0-9]* examples\):.*/\1/p' "$tmp/out")"
is "each has examples of both kinds" "$(awk -F'\t' '!($3 && $4) { print $1 }' "$tmp/rules")" ""
is "each has a topic" "$(awk -F'\t' '$2 == "" { print $1 }' "$tmp/rules")" ""
for topic in deal meeting finalised project-datacenter project-crude-terminal project-diamond \
    financing regulation china-response delay-risk official-release trade second-round technology \
    energy materials; do
	check "there is a rule for $topic" grep -qF " $topic " "$tmp/rules"
done

# A set or a define that no other names is a concept that nobody asks for.
sed -n '/^sets:/,/^rules:/s/^  \([a-z0-9-]*\): .*/\1/p' "$rules" >"$tmp/names"
check "there are names" [ "$(grep -c '' "$tmp/names")" -gt 30 ]
is "every name is used" "$(while read -r name; do
	grep -qE "[@&]$name([^a-z0-9-]|\$)" "$rules" || echo "$name"
done <"$tmp/names")" ""

# What only looks like the deal, and what is it in all four scripts, in one run.
while IFS='|' read -r id title; do
	printf '{"id":"%s","title":"%s"}\n' "$id" "$title"
done >"$tmp/entries" <<'END'
deal-en|Japan and America settle on the second tranche of the $550bn fund
deal-ja|５５００億ドルの対米投資、次の案件を日米が公表
deal-hans|日美公布5500亿美元投资机制的下一批项目
deal-hant|日美公布5500億美元投資機制的下一批項目
slip|Japan's $55 billion investment in the U.S.: Akira Akasaka names three projects
other-korea|Seoul names first project of its $350 billion U.S. investment
other-palace|Akasaka Palace to host Trump and Japanese investors
other-buyout|Saudi fund completes $55 billion purchase of game maker
other-judo|Nakazawa meets old rival in Washington
other-kana|プラトニックな会談
other-shop|人造鑽石珠寶在日本熱銷 美國品牌加大投資
END
"$dealwatch" match --rules "$rules" "$tmp/entries" >"$tmp/out"
is "of these it tells" "$(jq -r 'select(.rules != []).id' "$tmp/out" | tr '\n' ' ')" \
    "deal-en deal-ja deal-hans deal-hant slip "

# Names, places and numbers that only look like those of the deal.
jq -cR '{id: ., title: .}' "$top_srcdir/tests/edges.txt" >"$tmp/entries"
check "there are edges" [ "$(grep -c '' "$tmp/entries")" -ge 40 ]
"$dealwatch" match --rules "$rules" "$tmp/entries" >"$tmp/out"
is "no edge is told" "$(jq -r 'select(.rules != []) | .id' "$tmp/out")" ""

# The same headlines of the rules' own examples written otherwise: one verdict.
python3 - "$rules" "$labelled" >"$tmp/variants" <<'END'
import csv, json, os, re, sys
text = open(sys.argv[1], encoding="utf-8").read().split("\nrules:", 1)[1]
titles = [line.strip()[3:-1] for line in text.split("\n") if re.match(r' +- ".*"$', line)]
if os.path.exists(sys.argv[2]):
    titles += [row["title"] for row in csv.DictReader(
        open(sys.argv[2], encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE)]
wide = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}
for title in titles:
    for kind, other in (("as it is", title), ("full width", title.translate(wide)),
                        ("upper case", title.upper()),
                        ("dashes", re.sub("[-\u2010-\u2015]", "\u2014", title))):
        print(json.dumps({"id": kind + ": " + title, "title": other}))
END
"$dealwatch" match --rules "$rules" "$tmp/variants" >"$tmp/out"
check "there are headlines" [ "$(grep -c '' "$tmp/out")" -gt 600 ]
is "no way of writing changes a verdict" "$(jq -c '[.id, .rules]' "$tmp/out" |
    jq -rn '[inputs] | _nwise(4) | select(map(.[1]) | unique | length > 1) | .[][0]')" ""

if [ -r "$labelled" ]; then
	python3 "$score" --quiet --min-precision 0.98 --min-recall 0.97 "$dealwatch" "$rules" \
	    "$labelled" >"$tmp/out"
	is "of labelled headlines it tells the right ones" "$?" 0
	diag "$(tail -n 1 "$tmp/out")"
else
	skip "of labelled headlines it tells the right ones" "they are not here ($labelled)"
fi
finish
