#!/usr/bin/python3
"""A mail server for tests: takes mail, and says what it got.

mail_peer.py FOLDER [PORT [CERTIFICATE [smtps]]]

Writes its port to FOLDER/port. Each mail becomes FOLDER/N.eml and FOLDER/N.json: envelope,
login, whether TLS was on, and the mail as Python's own reader understands it. With a
certificate nothing is taken without STARTTLS (or TLS from the start) and a login of
reader:open-sesame. Recipients nobody@ are refused for good, later@ the first time.
"""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

folder = sys.argv[1]
port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
certificate = sys.argv[3] if len(sys.argv) > 3 else None
is_smtps = len(sys.argv) > 4
seen = set()


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"reader" and data.password == b"open-sesame"
    session.who = data.login.decode() if good else None
    return AuthResult(success=good, handled=False)


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such reader"
        if address.startswith("later@") and address not in seen:
            seen.add(address)
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        Handler.count += 1
        name = os.path.join(folder, str(Handler.count))
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {p.get_content_type(): p.get_content() for p in mail.walk() if not p.is_multipart()}
        with open(name + ".eml", "wb") as out:
            out.write(envelope.content)
        with open(name + ".json.new", "w", encoding="utf-8") as out:
            json.dump({
                "from": envelope.mail_from, "to": envelope.rcpt_tos,
                "login": getattr(session, "who", None), "tls": session.ssl is not None or is_smtps,
                "subject": mail["Subject"], "id": mail["Message-ID"], "headers": dict(mail.items()),
                "parts": parts, "defects": [str(d) for p in mail.walk() for d in p.defects],
                "longest": max(map(len, envelope.content.split(b"\r\n"))),
                "ascii": envelope.content.isascii(),
            }, out)
        os.rename(name + ".json.new", name + ".json")
        return "250 taken"


async def main():
    context = None
    options = {"hostname": "peer.example", "enable_SMTPUTF8": False}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options.update(authenticator=authenticate, auth_required=True,
                       auth_require_tls=not is_smtps)
        if not is_smtps:
            options.update(tls_context=context, require_starttls=True)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), loop=loop, **options), "127.0.0.1", port,
        ssl=context if is_smtps else None)
    with open(os.path.join(folder, "port.new"), "w", encoding="ascii") as out:
        out.write(str(server.sockets[0].getsockname()[1]))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    await server.serve_forever()


asyncio.run(main())
