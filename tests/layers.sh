#!/bin/bash
# Who may include whom: every #include line, and the link lines of the programs, against the
# table of rooms. Any other arrow fails. The script proves first that it sees wrong arrows.
# shellcheck disable=SC2317 # functions are called by name
. "${top_srcdir:-.}/tests/lib.sh"

rooms='base feeds rules alerts watch daemon cli'

# Patterns of "room/x.h" that each room may include beside its own headers.
faces='feeds/feeds.h feeds/entry.h rules/rules.h rules/match.h alerts/alerts.h'
declare -A may_include=(
	[base]=''
	[feeds]='base/*'
	[rules]='base/* feeds/entry.h'
	[alerts]='base/* feeds/entry.h rules/match.h'
	[watch]="base/* $faces"
	[daemon]="base/* watch/* $faces"
	[cli]="base/* watch/* $faces"
)

# Libraries: headers, and the files that may include them; what is not here is libc's.
library_table='
libxml/* worker
curl/* worker alerts/*.c base/multi.[ch]
glib* alerts/agent*.c
gio/* alerts/agent*.c
libnotify/* alerts/agent*.c
hs.h rules/*.c
hs/* rules/*.c
sqlite3.h base/db*.c
yaml.h base/conf*.c
openssl/* base/digest.c base/base64.c
utf8proc.h base/text*.c base/fold*.c
systemd/* base/notify*.c
seccomp.h base/sandbox*.c
jansson.h feeds/json_feed.c alerts/*.c watch/*.c daemon/*.c cli/*.c
event2/*_struct.h base/* daemon/*
event2/* base/*.c feeds/*.c rules/*.c alerts/*.c watch/*.c daemon/*.c cli/*.c
'
mapfile -t library_rows < <(grep . <<<"$library_table")

# The worker's own files, as the makefile links them.
worker_files()
{
	awk '/^libworker_a_SOURCES|^dealwatch_feeds_SOURCES/ { on = 1 }
	     on { print; if ($0 !~ /\\$/) on = 0 }' "$1/Makefile.am" | grep -oE '[a-z]+/[a-z_]+\.[ch]'
}

# fits WORD PATTERN...
fits()
{
	local word=$1 pattern

	shift
	for pattern; do
		# shellcheck disable=SC2053 # a pattern is what it is
		[[ $word == $pattern ]] && return 0
	done
	return 1
}

# own_fault FILE HEADER: says what is wrong with a "room/x.h" include.
own_fault()
{
	local file=$1 header=$2 room=${1%%/*}

	case $header in
	config.h) echo "$file: config.h comes from the command line" ;;
	*/*)
		# shellcheck disable=SC2086 # a list of patterns
		fits "$header" "$room/*" ${may_include[$room]} ||
		    echo "$file: $room may not include $header"
		;;
	*) echo "$file: $header is named without its room" ;;
	esac
}

# library_fault FILE HEADER WORKERS: says what is wrong with a <library.h> include.
library_fault()
{
	local file=$1 header=$2 workers=$3 row pattern allowed

	for row in "${library_rows[@]}"; do
		pattern=${row%% *} allowed=${row#* }
		fits "$header" "$pattern" || continue
		# shellcheck disable=SC2086 # lists of patterns
		fits "$file" ${allowed/worker/$workers} ||
		    echo "$file: <$header> does not belong here"
		return 0
	done
}

# include_faults ROOT ROOM: in a shell of its own.
include_faults()
(
	set -f # lists of patterns stay patterns
	root=$1 room=$2
	workers=$(worker_files "$root" | tr '\n' ' ')
	while IFS=: read -r file header; do
		case $header in
		'<'*) library_fault "$file" "${header:1}" "$workers" ;;
		*) own_fault "$file" "${header:1}" ;;
		esac
	done < <(cd "$root" && grep -roE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+' \
	    "$room" | sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*/:/')
)

# Conditions of the preprocessor stand in base/ only; a header's own guard is none.
condition_faults()
{
	(cd "$1" && find "$2" -name '*.[ch]' -exec awk '
	    /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ {
		guard = toupper(FILENAME); gsub(/[\/.]/, "_", guard)
		if ($0 !~ "ifndef " guard "$" && $0 !~ "__cplusplus")
			print FILENAME ":" FNR ": " $0
	    }' {} \;)
}

# link_faults PROGRAM PATTERN: libraries that a program needs and must not.
link_faults()
{
	readelf -d "$1" | grep -E 'NEEDED' | grep -E "$2" | sed "s|^|${1##*/}: |"
}

# nothing COMMAND...: it ran and had nothing to say.
nothing()
{
	local said

	said=$("$@")
	[ -z "$said" ] || { echo "$said"; return 1; }
}

# finds FILE HEADER: its #include, planted there in a copy of the tree, is seen.
finds()
{
	local room=${1%%/*}

	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/$room"
	cp "$top_srcdir/Makefile.am" "$tmp/tree/"
	cp "$top_srcdir/$room"/*.[ch] "$tmp/tree/$room/"
	echo "#  include $2" >>"$tmp/tree/$1"
	include_faults "$tmp/tree" "$room" | grep -F "$1: " | grep -F "${2:1:-1}"
}

check "seen: base looks into a room" finds base/buf.c '"feeds/entry.h"'
check "seen: rules look into feeds" finds rules/judge.c '"feeds/job.h"'
check "seen: alerts look into the rules" finds alerts/log.c '"rules/rules.h"'
check "seen: feeds know alerts" finds feeds/schedule.c '"alerts/alerts.h"'
check "seen: the daemon behind a face" finds daemon/main.c '"alerts/store.h"'
check "seen: the daemon's schedule reads XML" finds feeds/schedule.c '<libxml/parser.h>'
check "seen: watch speaks SQLite" finds watch/watch.c '<sqlite3.h>'
check "seen: rules fetch" finds rules/judge.c '<curl/curl.h>'
check "seen: GLib outside of the agent" finds alerts/log.c '<glib.h>'
check "seen: a header pulls libevent in" finds watch/watch.h '<event2/event.h>'
check "seen: a header of one's own without its room" finds alerts/log.c '"log.h"'

for room in $rooms; do
	if compgen -G "$top_srcdir/$room/*.c" >/dev/null; then
		check "$room includes what it may" nothing include_faults "$top_srcdir" "$room"
	else
		not_ok "$room includes what it may" "there is no source"
	fi
	[ "$room" = base ] || check "$room has no #ifdef" nothing condition_faults "$top_srcdir" "$room"
done

for program in dealwatchd dealwatch dealwatch-feeds dealwatch-notify; do
	case $program in
	dealwatch-notify) banned='libxml2|libcurl|libhs|libsqlite3|libevent' ;;
	dealwatch-feeds) banned='libglib|libgobject|libgio|libnotify|libhs|libsqlite3' ;;
	*) banned='libglib|libgobject|libgio|libnotify|libxml2' ;;
	esac
	if [ ! -x "$top_builddir/$program" ]; then
		skip "$program links what it may" "it is not built"
	elif ! command -v readelf >/dev/null; then
		skip "$program links what it may" "readelf is missing"
	else
		# a sanitizer's run-time library brings others along
		if readelf -d "$top_builddir/$program" | grep -q asan ||
		    readelf -Ws --dyn-syms "$top_builddir/$program" | grep -q __asan_init; then
			skip "$program links what it may" "a build with sanitizers"
			continue
		fi
		check "$program links what it may" nothing link_faults "$top_builddir/$program" "$banned"
	fi
done
finish
