"""A receiver of webhooks for tests/sinks.sh, on 127.0.0.1.

usage: webhook_peer.py FOLDER [PORT [CERTIFICATE]]
Writes its port to FOLDER/port. Each request becomes FOLDER/NAME.N with its headers, N from 1
for each path /NAME, and FOLDER/NAME.N.body. The name says how it answers.
"""

import http.server
import os
import ssl
import sys
import threading

folder = sys.argv[1]
counts = {}
lock = threading.Lock()
ANSWERS = {
    "gone": [(410, {})],
    "flaky": [(500, {}), (200, {})],
    "later": [(429, {"Retry-After": "3"}), (200, {})],
    "moved": [(307, {"Location": "/stolen"})],
}


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        name = self.path.strip("/").split("?")[0]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            counts[name] = count = counts.get(name, 0) + 1
            path = "%s/%s.%d" % (folder, name, count)
            with open(path + ".body", "wb") as file:
                file.write(body)
            with open(path + ".new", "w") as file:
                file.write(str(self.headers))
            os.rename(path + ".new", path)  # whoever sees it sees all of it
        if name == "hang":
            threading.Event().wait()
        answers = ANSWERS.get(name, [(204, {})])
        status, headers = answers[min(count, len(answers)) - 1]
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if name == "huge":
            self.send_header("Content-Length", str(1 << 40))
        elif status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()
        try:
            while name == "huge":
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.close_connection = True

    do_GET = do_POST

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Receiver)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(folder + "/port.new", "w") as file:
    file.write("%d\n" % server.server_port)
os.rename(folder + "/port.new", folder + "/port")
server.serve_forever()
