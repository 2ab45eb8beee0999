#!/bin/bash
# Broken files: check names every mistake with its place; a reload with a mistake keeps the
# configuration that runs, and a good one takes over.
. "${top_srcdir:-.}/tests/lib.sh"

# tests/broken/NAME.yaml with NAME.expect: all that check says of it. config-NAME.yaml is a
# main file.
check_broken()
{
	local name=$1 option='' status

	[ "${name#config-}" = "$name" ] || option=--config
	(cd "$top_srcdir/tests/broken" && "$dealwatch_abs" check ${option:+"$option"} "$name.yaml") \
	    >"$tmp/$name.out" 2>&1
	status=$?
	is "$name: every mistake has its place" "$(cat "$tmp/$name.out")" \
	    "$(cat "$top_srcdir/tests/broken/$name.expect")"
	is "$name: exit code" $status 78
}

dealwatch_abs=$(realpath "$dealwatch")
for file in "$top_srcdir"/tests/broken/*.yaml; do
	check_broken "$(basename "$file" .yaml)"
done

# -- reload --

log_says()
{
	tail -n +$((mark + 1)) "$tmp/daemon.err" | grep -F "$1"
}

reload()
{
	mark=$(wc -l <"$tmp/daemon.err")
	kill -HUP "$daemon_pid"
}

start_nginx
growing_feed one 4 | serve - one.xml
growing_feed two 4 | serve - two.xml
write_config "$(local_config one "$growing_rules")"
check "the good configuration is good" "$dealwatch" check --config "$config"
start_daemon || bail "the daemon does not start"
check "it reads the feed" wait_for 20 are_in_state ok one

write_config "$(local_config "one two" "$growing_rules") 
colour: red"
reload
check "a bad reload is told with its place" wait_for 10 log_says "dealwatch.yaml:"
check "the mistake is named" log_says colour
growing_feed one 5 | serve - one.xml
poll_now >/dev/null
check "the old rules and feeds are in force" wait_for 20 has_lines 1
is "the new feed is not asked" "$(served 200 /two.xml)" 0

write_config "$(local_config "one two" "$growing_rules")"
reload
check "a good reload takes over" wait_for 20 are_in_state ok two
growing_feed two 5 | serve - two.xml
poll_now >/dev/null
check "and tells" wait_for 20 has_lines 2

write_config "$(local_config two "${growing_rules//zebra/nothing}")"
reload
check "a source that is gone is not asked again" wait_for 20 eval '[ -z "$(source_field one id)" ]'
growing_feed two 10 | serve - two.xml
poll_now >/dev/null
check "new rules judge what arrives" wait_for 20 eval '[ "$(line_count)" -gt 2 ]'
# -- a link that leads nowhere is a mistake, never the defaults --

ln -s nowhere "$tmp/etc/dealwatch.yaml.d"
reload
check "a dangling folder of drop-ins is named" wait_for 10 \
    log_says "dealwatch.yaml.d: cannot be read: No such file or directory"
rm "$tmp/etc/dealwatch.yaml.d"
rm "$config"
ln -s nowhere "$config"
reload
check "a dangling configuration is named" wait_for 10 \
    log_says "dealwatch.yaml: cannot be read: No such file or directory"
check "and the old one stays" wait_for 10 log_says "stays in force"
rm "$config"
mkdir "$tmp/home" && ln -s nowhere "$tmp/home/dealwatch"
check_usual()
{
	XDG_CONFIG_HOME=$tmp/home "$dealwatchd" --user --state "$tmp/other" --check 2>&1
}
is "a dangling folder in the usual place is a mistake" "$(check_usual | grep -c \
    "home/dealwatch: cannot be read: No such file or directory")" 1
rm "$tmp/home/dealwatch" && mkdir "$tmp/home/dealwatch"
ln -s nowhere "$tmp/home/dealwatch/dealwatch.yaml"
is "a dangling file in the usual place is a mistake" "$(check_usual | grep -c \
    "dealwatch/dealwatch.yaml: cannot be read: No such file or directory")" 1

# -- a cache that cannot be kept --

write_config "$(local_config two "${growing_rules//zebra/beast}")"
rm -rf "$tmp/state/cache" && : >"$tmp/state/cache"
reload
check "is no hindrance" wait_for 20 log_says "the new configuration is in force"
end_daemon

# -- more to say than a report holds: the verdict gets through --

long=$(printf '%0200d' 0)
mkdir -p "$tmp/etc/$long/$long/$long/$long"
config=$tmp/etc/$long/$long/$long/$long/dealwatch.yaml
# many_feeds KEYS: 1900 feeds, each with a line that something is said of
many_feeds()
{
	local i

	echo "packs: []"
	echo "feeds:"
	for ((i = 0; i < 1900; i++)); do
		echo "  - {id: feed-$i, url: \"http://127.0.0.1:9/\", enabled: false, $1}"
	done
}
write_config "packs: []"
start_daemon || bail "the daemon does not start"
write_config "$(many_feeds "every: 6m")"
reload
check "a megabyte of warnings is no mistake" \
    wait_for 60 log_says "the new configuration is in force: 1900 sources"
check "what is not shown is counted" eval 'log_says "more warnings" | grep -q "[0-9] more warnings"'
write_config "$(many_feeds "colour: red")"
reload
check "a megabyte of mistakes is one refusal" wait_for 60 log_says "stays in force"
check "and counted" eval 'log_says "more mistakes" | grep -q "[0-9] more mistakes"'
end_daemon
finish
