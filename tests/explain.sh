#!/bin/bash
# Why rules are true or false: the tree, the text, the same as data, and from where entries
# may come.
. "${top_srcdir:-.}/tests/lib.sh"

command -v jq >/dev/null || skip_all "jq is not installed"

rules=$tmp/rules.yaml
cat >"$rules" <<'END'
sets:
  lutnick: [Lutnick, ラトニック]
  tea: [tea, coffee, milk]
define:
  food: "@tea OR bread"
stories:
  - {id: deal, stages: [talks, agreed], unless: "category:sport"}
rules:
  - id: meeting
    story: deal
    stage: talks
    when: (@lutnick NEAR/9 minister OR &food) AND meets
    unless: "title:opinion"
  - id: zebra
    when: zebra
END

explain()
{
	"$dealwatch" explain --rules "$rules" "$@" 2>"$tmp/err"
}

# of_title TEXT [OPTION...]: of one entry with this title
of_title()
{
	local title=$1

	shift
	jq -nc --arg title "$title" '{id: 7, title: $title}' | explain "$@" -
}

# -- a true rule --

is "a true one" "$(of_title "The minister meets Lutnick again")" \
    "The minister meets Lutnick again
  ✓ meeting is true, by when: (@lutnick NEAR/9 minister OR &food) AND meets
    title     The [minister] [meets] [Lutnick] again
    when:
      ✓ AND
        ✓ OR
          ✓ NEAR/9
            ✓ @lutnick
            ✓ minister
          ✗ &food
        ✓ meets
    unless:
      ✗ title:opinion
    unless of the story:
      ✗ category:sport"

# -- false ones --

of_title "Opinion: the minister meets Lutnick" >"$tmp/out"
check "an exclusion that decided is said" grep -qF \
    "  ✗ meeting is false, by unless: title:opinion" "$tmp/out"
check "it was true but for that" grep -qxF "      ✓ AND" "$tmp/out"
check "what excluded is marked too" grep -qF \
    "title     [Opinion]: the [minister] [meets] [Lutnick]" "$tmp/out"
jq -nc '{title: "The minister meets Lutnick", categories: ["news", "sport"]}' |
    explain - >"$tmp/out"
check "the story's exclusion" grep -qF "is false, by unless of the story: category:sport" \
    "$tmp/out"
check "it is marked in the item of its list" grep -qxF "    category  [sport]" "$tmp/out"
of_title "Lutnick meets nobody" >"$tmp/out"
check "a rule that was touched is shown, false" grep -qF "  ✗ meeting is false, by when: " \
    "$tmp/out"
is "one that no word touches is not" "$(of_title "A quiet day")" \
    "A quiet day
  no rule is touched by it"

# -- asked for --

of_title "A quiet day" --rule zebra --rule meeting >"$tmp/out"
is "rules that are asked for are shown" "$(grep -o '[a-z]* is false' "$tmp/out")" \
    "zebra is false
meeting is false"
is "a part in which nothing is true is one line" "$(grep -c '✗' "$tmp/out")" 6
of_title "A quiet day" --rule meeting --full >"$tmp/out"
is "in full it is as many as it has parts" "$(grep -c '✗' "$tmp/out")" 15
check "with those of a definition" grep -qx '              ✗ bread' "$tmp/out"
of_title "A quiet day" --rule zebar >"$tmp/out"
is "one that is not there" "exit code $?" "exit code 64"
check "is understood" grep -q "no rule zebar; did you mean zebra?" "$tmp/err"

# -- long and strange texts --

long=$(printf 'word %.0s' {1..200})
jq -nc --arg long "$long" '{title: "", content: ($long + "zebra " + $long + "zebra")}' |
    explain - >"$tmp/out"
check "of a long text the surroundings are shown" grep -qE \
    '^    content   …(ord |d |word ){10,13}\[zebra\] (word ?){10,13}w?o?r?d?….{55,65}\[zebra\]$' "$tmp/out"
check "no title is said so" grep -qx "(no title)" "$tmp/out"
check "characters are counted, not bytes" \
    grep -qxF "    title     赤沢 minister meets [ラトニック]氏" \
    <(jq -nc '{title: "赤沢 minister meets ラトニック氏"}' | explain --rule meeting - |
	sed 's/\[minister\] \[meets\]/minister meets/')
printf '{"title":"zebra \\u001b[31m\\u202e red"}\n' | explain - >"$tmp/out"
check "control characters are shown escaped" grep -qF '    title     [zebra] \x1b[31m\u{202E} red' "$tmp/out"
check "in the title too" grep -qxF 'zebra \x1b[31m\u{202E} red' "$tmp/out"

# -- as data --

of_title "The minister meets Lutnick again" --json >"$tmp/out"
is "as data" "$(jq -c '[.id, .title, (.rules[] | [.rule, .true, .clause, .decided,
    (.clauses | map(.name))])]' "$tmp/out")" \
    '[7,"The minister meets Lutnick again",["meeting",true,"when","(@lutnick NEAR/9 minister OR &food) AND meets",["when","unless","unless of the story"]]]'
is "the tree has every part" "$(jq -r '.rules[0].clauses[0].tree[] |
    "\(.depth) \(.kind) \(.label) \(.true)"' "$tmp/out")" \
    "0 and AND true
1 or OR true
2 near NEAR/9 true
3 set @lutnick true
3 term minister true
2 define &food false
3 or OR false
4 set @tea false
4 term bread false
1 term meets true"
is "and what was found, where" "$(jq -c '[.rules[0].clauses[0].tree[].found // empty | .[] |
    [.term, .set, .field, .at, .length]]' "$tmp/out")" \
    '[["Lutnick","lutnick","title",19,7],["minister",null,"title",4,8],["meets",null,"title",13,5]]'

# -- where entries come from --

cat >"$tmp/feed.xml" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>A feed</title><link>http://www.example.org/</link>
<description/><item><title>A zebra</title><link>/1</link></item>
<item><title>Nothing</title></item></channel></rss>
END
printf '{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1","title":"A zebra"}]}' \
    >"$tmp/feed.json"
is "a feed's document" "$(explain --json "$tmp/feed.xml" | jq -c '[.title, (.rules | length)]')" \
    '["A zebra",1]
["Nothing",0]'
is "one of JSON" "$(explain --json "$tmp/feed.json" | jq -r .title)" "A zebra"
is "a feed from standard input" "$(explain --json - <"$tmp/feed.xml" | jq -r .title | head -1)" "A zebra"
printf '\n{"title":"A zebra"}\nnonsense\n{"title":3}\n{"title":"Nothing"}\n' >"$tmp/lines"
is "lines go on behind a bad one" "$(explain --json "$tmp/lines" | jq -r .title)" "A zebra
Nothing"
is "the bad ones are said" "$(grep -o ':[0-9]*: [a-z]* [a-zA-Z]* [a-zA-Z]*' "$tmp/err")" \
    ":3: no JSON object
:4: title is not"
explain "$tmp/lines" >"$tmp/out"
is "and counted" "exit code $?" "exit code 65"
echo '<html><body>no</body></html>' | explain - >"$tmp/out"
is "what is no feed" "exit code $?" "exit code 65"
check "is said" grep -q "^dealwatch: standard input: " "$tmp/err"
explain - </dev/null >"$tmp/out"
is "nothing explains nothing" "exit code $?, $(cat "$tmp/out" "$tmp/err")" "exit code 0, "
explain >"$tmp/out"
is "a file is needed" "exit code $?" "exit code 64"
explain "$tmp/nowhere" >"$tmp/out"
is "a missing file" "exit code $?" "exit code 74"
sed 's/when: zebra/when: "zebra AND"/' "$rules" >"$tmp/bad.yaml"
"$dealwatch" explain --rules "$tmp/bad.yaml" "$tmp/lines" >"$tmp/out" 2>"$tmp/err"
is "rules with a mistake" "exit code $?" "exit code 78"
check "are shown it" grep -q "^$tmp/bad.yaml:[0-9]*:[0-9]*: " "$tmp/err"
is "the default pack" "$(echo '{"title":"Lutnick to meet Akazawa in Washington"}' |
    "$dealwatch" explain --json --rule meeting - | jq -c '.rules[0].true')" true

start_nginx
serve "$tmp/feed.xml" feed.xml
is "a URL" "$(explain --json --private "$base_url/feed.xml" | jq -c '[.title, .link]' | head -1)" \
    "[\"A zebra\",\"$base_url/1\"]"
explain "$base_url/feed.xml" >"$tmp/out"
is "of a private address" "exit code $?" "exit code 69"
check "is allowed only when asked" grep -q "is not a public address" "$tmp/err"
explain --private "$base_url/nowhere.xml" >"$tmp/out"
is "a URL that is not there" "exit code $?" "exit code 69"
finish
