#!/bin/bash
# The command line: usage, what the verbs say, exit codes, and the verbs that ask a daemon.
. "${top_srcdir:-.}/tests/lib.sh"

command -v jq >/dev/null || skip_all "jq is not installed"

# exits NAME CODE COMMAND...: output in $tmp/out and $tmp/err.
exits()
{
	local name=$1 code=$2

	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	is "$name" "exit code $?" "exit code $code"
}

# with_input FILE COMMAND...
with_input()
{
	local file=$1

	shift
	"$@" <"$file"
}

says()
{
	grep -qF -- "$1" "$tmp/err"
}

# -- usage --

exits "no verb" 64 "$dealwatch"
exits "help" 0 "$dealwatch" --help
is "help names every verb" "$(awk '/^  [a-z]/ { printf "%s ", $1 }' "$tmp/out")" \
    "alerts check explain feeds match parse poll reload reopen replay silence status story tail test-sink verify "
for verb in alerts check explain feeds match parse poll reload reopen replay silence status story tail test-sink \
    verify; do
	exits "$verb --help" 0 "$dealwatch" $verb --help
	check "$verb: its usage" grep -q "^usage: dealwatch $verb" "$tmp/out"
	exits "$verb with an unknown option" 64 "$dealwatch" $verb --no-such-option
	check "$verb: which one" says "--no-such-option"
done
exits "version" 0 "$dealwatch" --version
check "it is the daemon's" [ "$("$dealwatchd" --version)" = "$(sed 's/h /hd /' "$tmp/out")" ]
exits "a mistyped verb" 64 "$dealwatch" statsu
check "is understood" says "did you mean status?"
exits "a strange verb" 64 "$dealwatch" $'\033[31mred'
check "is shown escaped" says '\x1b[31mred'
printf 'packs: [us-japan-dael, nothing-like-it]\n' >"$tmp/etc/mistyped.yaml"
exits "check of a user's own places" 0 env XDG_CONFIG_HOME="$tmp/home" "$dealwatch" check --user
check "where it looked" grep -qF \
    "looked at $tmp/home/dealwatch/dealwatch.yaml (not there: the defaults)" "$tmp/out"
mkdir -p "$tmp/home/dealwatch"
cat >"$tmp/home/dealwatch/dealwatch.yaml" <<'END'
packs: []
feeds:
  - {id: a, url: "http://127.0.0.1:80/x"}
  - {id: b, url: "http://LocalHost/x"}
  - {id: c, url: "http://[fd00::1]/x"}
  - {id: d, url: "http://10.0.0.1/x", private: true}
  - {id: e, url: "http://9.9.9.9/x"}
  - {id: f, url: "http://10.example.org/x"}
END
exits "addresses that are not public" 0 env XDG_CONFIG_HOME="$tmp/home" "$dealwatch" check --user
is "are warned of, once each" "$(sed -n 's/^.*yaml:\([0-9:]*\): warning: feed: the address is not.*/\1/p' "$tmp/err")" \
    "3:18
4:18
5:18"
check "it was read" grep -qxF "looked at $tmp/home/dealwatch/dealwatch.yaml, its .d, feeds.d and rules.d beside it, and packs in $(realpath "$top_builddir")" "$tmp/out"
exits "a mistyped pack" 78 "$dealwatch" check --config "$tmp/etc/mistyped.yaml"
check "is understood, too" says "mistyped.yaml:1:9: there is no pack \"us-japan-dael\" (looked in"
check "among those there are" says "did you mean us-japan-deal?)"
is "a strange pack is not" "$(grep -c "nothing-like-it.*did you mean" "$tmp/err")" 0
exits "an option without its value" 64 "$dealwatch" check --config
exits "a flag with a value" 64 "$dealwatch" status --json=yes
exits "parse without a file" 64 "$dealwatch" parse
exits "parse with two" 64 "$dealwatch" parse a b
exits "parse with an address that is no text" 64 "$dealwatch" parse --base-url $'http://\xff' a
exits "tail of a bad number" 64 "$dealwatch" tail -n -1
exits "tail of too many" 64 "$dealwatch" tail -n 1001
exits "the daemon with an argument" 64 "$dealwatchd" start
exits "the daemon with a strange level" 64 "$dealwatchd" --log-level loud
exits "output that cannot be written" 74 bash -c '"$1" --help >/dev/full' - "$dealwatch"

# -- parse --

cat >"$tmp/feed.xml" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>News &amp; more</title><link>http://www.example.org/</link>
<description>All of it</description><language>ja</language><ttl>45</ttl>
<item><title>赤沢経産相、会談へ</title><link>/1</link><guid>a-1</guid>
<description>&lt;p&gt;One&lt;/p&gt;</description><category>deal</category>
<pubDate>Sun, 22 Nov 2026 07:01:44 GMT</pubDate></item>
<item><title>Second</title></item>
</channel></rss>
END
exits "parse with an empty word of a header" 0 "$dealwatch" parse --json --base-url "" --content-type "" \
	--content-language fr "$tmp/feed.xml"
exits "parse" 0 "$dealwatch" parse --json --base-url http://www.example.org/feed "$tmp/feed.xml"
is "one document, keys in their order" \
    "$(jq -r '(keys_unsorted, (.feed | keys_unsorted), (.entries[] | keys_unsorted)) | join(" ")' "$tmp/out")" \
    "feed entries
format title link description language ttl
id title link summary published categories language
title language"
is "its values" "$(jq -c '[.feed.format, .feed.title, .feed.ttl, .entries[0].title,
    .entries[0].link, .entries[0].published, .entries[0].summary]' "$tmp/out")" \
    '["rss2.0","News & more",45,"赤沢経産相、会談へ","http://www.example.org/1","2026-11-22T07:01:44Z","One"]'
exits "parse from standard input" 0 with_input "$tmp/feed.xml" "$dealwatch" parse -
check "people see the title" grep -q "2026-11-22 07:01  赤沢経産相、会談へ" "$tmp/out"
check "and where to read it" grep -q "rss2.0, 2 entries, http://www.example.org/" "$tmp/out"
echo '<html><body>no</body></html>' >"$tmp/page.html"
exits "parse of a page" 65 "$dealwatch" parse --json "$tmp/page.html"
is "nothing is printed" "$(cat "$tmp/out")" ""
check "its name is said" says "page.html: "
echo '<html><body><ul><li><a href="/a">One</a> 2026-11-20<li><a href="/b">Two</a></ul>' >"$tmp/list.html"
exits "parse of a page by its XPaths" 0 "$dealwatch" parse --json --base-url https://p.example.org/x \
    --item //li --field title=a --field link=a/@href --field 'published=text()' "$tmp/list.html"
is "its entries" "$(jq -c '[.feed.format, (.entries[] | [.title, .link, .published])]' "$tmp/out")" \
    '["page",["One","https://p.example.org/a","2026-11-20T00:00:00Z"],["Two","https://p.example.org/b",null]]'
exits "an XPath that is none" 65 "$dealwatch" parse --item '//li[' --field title=a "$tmp/list.html"
check "its place is said" says "item: //li[: not understood (at character"
exits "an item without a title" 64 "$dealwatch" parse --item //li "$tmp/list.html"
exits "a field that is none" 64 "$dealwatch" parse --item //li --field name=a "$tmp/list.html"
: >"$tmp/empty"
exits "parse of nothing" 65 "$dealwatch" parse "$tmp/empty"
exits "parse of a missing file" 74 "$dealwatch" parse "$tmp/nowhere"
exits "parse of a folder" 74 "$dealwatch" parse "$tmp"

# -- match --

cat >"$tmp/rules.yaml" <<'END'
stories:
  - {id: deal, stages: [talks, agreed]}
rules:
  - id: zebra
    topics: [animals]
    when: zebra
  - id: talks
    story: deal
    stage: talks
    topics: [animals, people]
    when: "minister AND meets"
END
cat >"$tmp/lines" <<'END'
{"id":"1","title":"A zebra","publisher":"X","published":"2026-11-22"}
{"id":2,"title":"Nothing","summary":null,"authors":["a"],"updated":"passed over"}

{"title":"The minister meets a zebra","published":"2026-11-22T07:01:44Z"}
END
exits "match" 0 "$dealwatch" match --rules "$tmp/rules.yaml" "$tmp/lines"
is "one answer each, in order" "$(cat "$tmp/out")" \
    '{"id":"1","rules":["zebra"],"topics":["animals"],"stages":[]}
{"id":2,"rules":[],"topics":[],"stages":[]}
{"rules":["zebra","talks"],"topics":["animals","people"],"stages":["deal/talks"]}'
echo '{"title":"Nothing"}' >"$tmp/none"
exits "nothing matches" 1 "$dealwatch" match --rules "$tmp/rules.yaml" "$tmp/none"
printf '%s\n' '{"title":"zebra"}' '{"title":' '[]' '{"title":1}' '{"title":"x","tags":["a",2]}' \
    '{"title":"x","published":"yesterday"}' '{"title":"zebra"}' >"$tmp/bad"
exits "bad lines" 65 "$dealwatch" match --rules "$tmp/rules.yaml" "$tmp/bad"
is "the good ones are answered" "$(grep -c zebra "$tmp/out")" 2
is "the bad ones are named" "$(sed 's/.*bad:\([0-9]*\): \([a-z]*\).*/\1 \2/' "$tmp/err")" \
    "2 no
3 no
4 title
5 tags
6 published"
exits "a broken rule" 78 "$dealwatch" match --rules "$top_srcdir/tests/broken/expression.yaml" \
    "$tmp/lines"
exits "a missing rule file" 78 "$dealwatch" match --rules "$tmp/nowhere" "$tmp/lines"
exits "missing lines" 74 "$dealwatch" match --rules "$tmp/rules.yaml" "$tmp/nowhere"

# An answer comes before the next line is sent.
answers_at_once()
{
	local answer

	coproc "$dealwatch" match --rules "$tmp/rules.yaml" - 2>/dev/null
	echo '{"id":"now","title":"zebra"}' >&"${COPROC[1]}"
	read -r -t 10 answer <&"${COPROC[0]}"
	kill "$COPROC_PID"
	[ "$(jq -r .id <<<"$answer")" = now ]
}
check "answers come at once" answers_at_once

# -- check --

exits "check of a good file" 0 "$dealwatch" check "$tmp/rules.yaml"
is "what was checked" "$(cat "$tmp/out")" "0 feeds, 2 rules, 0 examples: all good"
echo 'feeds: [{id: one, url: "https://one.example.org/rss.xml"}]' >"$tmp/feed.yaml"
exits "check of a file of one feed" 0 "$dealwatch" check "$tmp/feed.yaml"
is "one is one" "$(cat "$tmp/out")" "1 feed, 0 rules, 0 examples: all good"
echo 'packs: []' >"$tmp/good.yaml"
exits "check of a configuration and a file" 0 "$dealwatch" check --config "$tmp/good.yaml" \
    "$tmp/rules.yaml"
is "both count" "$(tail -1 "$tmp/out")" "0 feeds, 2 rules, 0 examples: all good"
exits "check of a missing configuration" 78 "$dealwatch" check --config "$tmp/nowhere"
check "the count comes last" [ "$(tail -1 "$tmp/err")" = "1 mistake" ]
exits "the daemon's own check" 0 "$dealwatchd" --check --config "$tmp/good.yaml"
echo 'packs: [' >"$tmp/broken.yaml"
exits "and of a broken file" 78 "$dealwatchd" --check --config "$tmp/broken.yaml"
check "it says where" says "broken.yaml:2:1"
exits "a broken file is not started" 78 "$dealwatchd" --config "$tmp/broken.yaml" \
    --state "$tmp/other" --socket "$tmp/other.sock"

# -- nobody there --

for verb in alerts feeds status story tail poll reload reopen test-sink verify; do
	exits "$verb without a daemon" 69 "$dealwatch" $verb --socket "$tmp/nowhere"
	check "$verb: what to do" says "Is dealwatchd running?"
done
exits "the socket of the environment" 69 env DEALWATCH_SOCKET="$tmp/from-env" "$dealwatch" status
check "is the one asked" says "$tmp/from-env"
exits "the usual sockets" 69 env XDG_RUNTIME_DIR="$tmp/runtime" "$dealwatch" status
check "the user's is named" says "$tmp/runtime/dealwatch.sock"
exits "an impossible socket" 64 "$dealwatch" status --socket "$(printf '%0200d' 0)"

# -- verify --

exits "verify of a missing log" 74 "$dealwatch" verify "$tmp/nowhere"
exits "verify of a missing state" 74 "$dealwatch" verify --state "$tmp/nowhere"

# -- with a daemon --

start_nginx
growing_feed one 5 | serve - one.xml
write_config "$(local_config one "$growing_rules")"
"$dealwatchd" --check --config "$config" >/dev/null 2>&1 || bail "the configuration is not good"
start_daemon || bail "the daemon does not start"
check "the feed is read and told" wait_for 20 has_lines 1

exits "status" 0 "$dealwatch" status --socket "$socket"
check "a table of voices" grep -Eq '^one +1 of 1' "$tmp/out"
check "it fits a terminal" eval '! grep -E "^.{81}" "$tmp/out" | grep -qv "^\(store\|log\) "'
check "no colour outside a terminal" eval '! grep -q "$(printf "\033")" "$tmp/out"'
exits "status --json" 0 "$dealwatch" status --json --socket "$socket"
is "the daemon's answer" "$(jq -r '.sources[0].id' "$tmp/out")" one
exits "feeds" 0 "$dealwatch" feeds --socket "$socket"
check "the same table" grep -Eq '^one +ok +.*interval' "$tmp/out"
exits "feeds of one" 0 "$dealwatch" feeds --socket "$socket" one
check "where it is" grep -q "url  *http://127.0.0.1:" "$tmp/out"
check "when it is next" grep -q "next  *in .* (interval)" "$tmp/out"
exits "feeds --json" 0 "$dealwatch" feeds --json --socket "$socket"
is "the daemon's list" "$(jq -r '.feeds[0].id, .feeds[0].state' "$tmp/out" | xargs)" "one ok"
exits "feeds of none" 65 "$dealwatch" feeds --socket "$socket" two
check "which it is not" says "there is no feed two"
exits "a name that is none" 64 "$dealwatch" feeds --socket "$socket" "two&three"
exits "reload" 0 "$dealwatch" reload --socket "$socket"
is "what is in force" "$(cat "$tmp/out")" "the new configuration is in force: 1 source, 2 rules"
cp "$config" "$tmp/good.yaml"
printf 'pack: []\npolling: {evry: 1h}\n' >"$config"
exits "reload of a broken file" 78 "$dealwatch" reload --socket "$socket"
check "the first mistake" says "dealwatch.yaml:1:1: "
check "the second mistake" says "dealwatch.yaml:2:11: "
check "the old one stays" says "2 mistakes; the old configuration stays in force"
cp "$tmp/good.yaml" "$config"
exits "reopen" 0 "$dealwatch" reopen --socket "$socket"
exits "the socket from the environment" 0 env DEALWATCH_SOCKET="$socket" "$dealwatch" status
exits "verify with the store" 0 "$dealwatch" verify --db "$store" "$alert_log"
is "says so" "$(cat "$tmp/out")" "1 line in 1 file, event 1: whole, and as the store has them"
exits "verify without it" 0 "$dealwatch" verify "$alert_log"
is "says what it cannot see" "$(cat "$tmp/out")" \
    "1 line in 1 file, event 1: whole (without the store a cut tail cannot be seen)"
head -c 100 "$alert_log" >"$tmp/cut.jsonl"
exits "verify of a torn line" 65 "$dealwatch" verify "$tmp/cut.jsonl"
: >"$tmp/cut.jsonl"
exits "verify of a cut tail" 65 "$dealwatch" verify --db "$store" "$tmp/cut.jsonl"
check "says where it ends" says "the log is gone: the store has events up to 1 in it"
mkdir "$tmp/away" && cp "$store" "$tmp/away/dealwatch.db"
exits "verify of a log that is gone" 65 "$dealwatch" verify --state "$tmp/away"
check "which one" grep -qF "$tmp/away/log/alerts.jsonl is not there" "$tmp/out"
exits "verify asks the daemon where" 0 "$dealwatch" verify --socket "$socket"
is "log and store are the daemon's" "$(cat "$tmp/out")" \
    "1 line in 1 file, event 1: whole, and as the store has them"
second=$(realpath "$dealwatchd")
(cd "$tmp" && exec "$second" --config "$config" --state elsewhere --socket "$tmp/second.sock") \
    >/dev/null 2>&1 &
second_pid=$!
at_exit='kill "$second_pid" 2>/dev/null'
check "a daemon with a state below its folder" wait_for 20 "$dealwatch" status --socket "$tmp/second.sock"
is "says it as a path from /" "$("$dealwatch" status --json --socket "$tmp/second.sock" | jq -r .store)" \
    "$tmp/elsewhere/dealwatch.db"
kill "$second_pid"
wait "$second_pid"
is "that one has ended" $? 0
at_exit=''
exits "verify of the environment's daemon" 0 env DEALWATCH_SOCKET="$socket" "$dealwatch" verify
check "is of the same log" grep -q "as the store has them" "$tmp/out"
exits "verify with a missing store" 74 "$dealwatch" verify --db "$tmp/nowhere" "$alert_log"

# follow FILE OPTION...: tail in the background, in $tail_pid.
follow()
{
	local file=$1

	shift
	"$dealwatch" tail --socket "$socket" "$@" >"$file" 2>"$file.err" &
	tail_pid=$!
}

has_titles()
{
	[ "$(wc -l <"$1")" -ge "$2" ]
}

follow "$tmp/tail.json" --json
json_pid=$tail_pid
at_exit='kill $json_pid $tail_pid 2>/dev/null'
follow "$tmp/tail.text" -n 0
check "tail begins with the last ones" wait_for 10 has_titles "$tmp/tail.json" 1
is "tail -n 0 with none" "$(cat "$tmp/tail.text")" ""
growing_feed one 10 | serve - one.xml
exits "poll of one" 0 "$dealwatch" poll --force --socket "$socket" one
is "says how many" "$(cat "$tmp/out")" "1 source will be read now"
exits "poll of an unknown one" 65 "$dealwatch" poll --socket "$socket" nobody
check "tail shows new ones" wait_for 20 has_titles "$tmp/tail.json" 3
check "people see who and what" wait_for 10 grep -q "high  *deal/meeting-set reported" \
    "$tmp/tail.text"
stop_daemon TERM
check "tail says that the daemon is gone" wait_for 10 grep -q "lost the daemon" "$tmp/tail.json.err"
growing_feed one 15 | serve - one.xml
start_daemon || bail "the daemon does not start again"
poll_now >/dev/null
check "and goes on when it is back" wait_for 20 has_titles "$tmp/tail.json" 4
is "nothing twice, nothing missed" "$(jq -r .event "$tmp/tail.json" | uniq | xargs)" \
    "$(jq -r .event "$alert_log" | xargs)"

# What a desktop is handed: high and above, and a mark that it has all.
api "/v1/alerts/stream?for=desktop&after=0" -N >"$tmp/stream" &
stream_pid=$!
check "a desktop is told when it has all" wait_for 10 grep -q "^event: live" "$tmp/stream"
kill "$stream_pid"
last=$(tail -1 "$alert_log" | jq .event)
is "a desktop sees what is severe" "$(sed -n 's/^data: //p' "$tmp/stream" | jq -r '.severity // empty' | sort -u)" high
is "its cursor passes over the rest" "$(grep '^id: ' "$tmp/stream" | tail -1)" "id: $last"
is "and that is all" "$(grep -A1 "^id: $last$" "$tmp/stream" | tail -1)" "event: live"

kill -INT "$json_pid"
wait "$json_pid"
is "SIGINT ends it well" $? 0
kill -TERM "$tail_pid"
wait "$tail_pid"
is "SIGTERM too" $? 0
exits "nobody reads any more" 0 timeout 10 bash -c \
    '"$1" tail --socket "$2" | true; exit ${PIPESTATUS[0]}' - "$dealwatch" "$socket"
exits "tail from a cursor beyond the end" 124 timeout 3 "$dealwatch" tail --after 99 --socket "$socket"
check "says that something may be missing" says "something may be missing"
finish
