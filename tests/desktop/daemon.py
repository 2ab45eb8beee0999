#!/usr/bin/env python3
"""A daemon that sends what no daemon should: daemon.py SOCKET. Each connection gets the next
answer; after the last one connections are held open and silent."""
import json
import socket
import sys

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def event(number, kind, data):
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind, data)


HOSTILE = {
    "kind": "match", "severity": "\u202eunheard-of", "rule": "r" * 5000,
    "title": "first\u0000\u0007\u001b[2J <b>second</b>\u202e \n" + "long " * 2000,
    "publisher": "%s%n&<>\"'", "official": "yes", "excerpt": "x" * 500000,
    "link": "file:///etc/passwd", "time": "9999999999999999", "voices": {"a": 1},
}
ANSWERS = [
    b"\x00\xff\x16garbage\r\n\r\n",
    b"HTTP/1.0 500 Broken\r\n\r\n{}",
    b"X" * 40000,
    HEAD + b"data: " + b"y" * 3000000,
    HEAD + b"id: 18446744073709551616\nevent: alert\ndata: {}\n\n"
    + event(1, b"alert", b"{\"title\":")
    + event(2, b"alert", b"[" * 100000)
    + event(3, b"surprise", b"{}")
    + event(4, b"alert", json.dumps(HOSTILE).replace("\\u0000", "\\u0001").encode())
    + event(4, b"live", b"{}"),
]

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(16)
held = []
for answer in ANSWERS:
    peer, _ = server.accept()
    peer.recv(65536)
    try:
        peer.sendall(answer)
    except OSError:
        pass  # the agent had enough
    if answer is ANSWERS[-1]:
        held.append(peer)
    else:
        peer.close()
while True:
    held.append(server.accept()[0])
