#!/bin/bash
# Sources behind a login: the secret comes from a file, is read at each request, and is
# never shown.
. "${top_srcdir:-.}/tests/lib.sh"

growing_feed one 4 >"$tmp/one.xml"
cat >"$tmp/server.py" <<'END'
"""Gives one feed to who knows the word of today, which stands in a file."""
import base64, http.server, sys

feed, words, ready = sys.argv[1:]

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        word = open(words).read().strip()
        wanted = {"/basic": "Basic " + base64.b64encode(("desk:" + word).encode()).decode(),
                  "/bearer": "Bearer " + word}.get(self.path)
        is_good = self.headers.get("Authorization") == wanted and self.headers.get("X-Desk") == "seven"
        body = open(feed, "rb").read() if is_good else b"who are you?"
        self.send_response(200 if is_good else 401)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(ready, "w") as out:
    out.write(str(server.server_port))
server.serve_forever()
END
echo "open-sesame-one" >"$tmp/word"
python3 "$tmp/server.py" "$tmp/one.xml" "$tmp/word" "$tmp/port" &
server_pid=$!
at_exit=stop_server
stop_server()
{
	kill "$server_pid" 2>/dev/null
	wait "$server_pid" 2>/dev/null
}
wait_for 20 test -s "$tmp/port" || bail "the server does not start"
port=$(cat "$tmp/port")

write_config "packs: []
polling: {every: 30m, host_gap: 0s}
feeds:
  - {id: basic, url: \"http://127.0.0.1:$port/basic\", private: true, headers: {X-Desk: seven}, auth: {user: desk, password_file: desk-word}}
  - {id: bearer, url: \"http://127.0.0.1:$port/bearer\", private: true, headers: {X-Desk: seven}, auth: {bearer_file: desk-word}}
$growing_rules"
install -m 600 "$tmp/word" "$tmp/etc/desk-word"
start_daemon || bail "the daemon does not start"
check "a password opens a source" wait_for 20 are_in_state ok basic
check "a token opens one" wait_for 20 are_in_state ok bearer

failure_says()
{
	source_field "$1" failure | grep -F -- "$2"
}

echo "open-sesame-two" >"$tmp/word"
poll_now >/dev/null
check "an old word is refused" wait_for 20 failure_says basic "HTTP 401"
install -m 600 "$tmp/word" "$tmp/etc/desk-word"
poll_now >/dev/null
check "a new one is in force at once" wait_for 20 are_in_state ok basic bearer
chmod o+r "$tmp/etc/desk-word"
poll_now basic >/dev/null
check "one that everybody can read is not used" wait_for 20 \
    failure_says basic "desk-word: everybody can read the secret"
rm "$tmp/etc/desk-word"
poll_now bearer >/dev/null
check "one that is gone is named" wait_for 20 \
    failure_says bearer "desk-word: the secret cannot be read: No such file"
api /v1/status >"$tmp/status"
is "no secret is shown or kept" \
    "$(grep -rlF -e open-sesame "$tmp/daemon.err" "$tmp/status" "$tmp/state" "$tmp/logs" 2>/dev/null)" ""
finish
