"""A mail server of a few lines, on the standard library's sockets, with faults on request.

In a test: `with SmtpServer() as mail: mail.address("mailto")`. It speaks EHLO, STARTTLS (with a certificate), AUTH
PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP and QUIT. `fault` is one of:
    hang         accept the connection and say nothing
    busy         421 at the greeting
    login        refuse every login
    recipient    refuse every recipient
    data         refuse the message after it was sent
    cut          break off after the message was sent
"""

from __future__ import annotations

import email
import email.policy
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Self, cast

from servers.listening import Listening

USER, PASSWORD = "watch", "s3cret+pass"


@dataclass
class SmtpServer:
    """Listens on a free port of 127.0.0.1 while it is entered. `mails`: accepted; `said`: every line of clients."""

    certificate: Path | None = None
    key: Path | None = None
    fault: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.ends = threading.Event()
        self.tls: ssl.SSLContext | None = None
        if self.certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(self.certificate, self.key)
        server = _Server(("127.0.0.1", 0), _Session)
        server.mail = self
        self._listening = Listening(server, "mail")
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._listening.stop()

    @property
    def port(self) -> int:
        return self._listening.port

    def address(self, kind: str = "mailto", login: str = "", more: str = "") -> str:
        return f"{kind}://{login}127.0.0.1:{self.port}/?from=watch@lab.example&to=vet@lab.example{more}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    mail: SmtpServer


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        mail = cast(_Server, self.server).mail
        if mail.fault == "hang":
            mail.ends.wait()
            return
        try:
            self._talk(mail)
        except (ConnectionError, ssl.SSLError, ValueError):
            return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _talk(self, mail: SmtpServer) -> None:
        self._say("421 too busy" if mail.fault == "busy" else "220 lab.example ESMTP")
        secured = False
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            mail.said.append(line)
            word = line.split()[0].upper()
            if word == "EHLO":
                offers = ["250-lab.example", *(["250-STARTTLS"] if mail.tls and not secured else []), "250 AUTH PLAIN"]
                self._say("\r\n".join(offers))
            elif word == "STARTTLS" and mail.tls is not None:
                self._say("220 go on")
                self.request = mail.tls.wrap_socket(self.request, server_side=True)
                self.setup()
                secured = True
            elif word == "AUTH":
                self._say("535 5.7.8 not you" if mail.fault == "login" else "235 welcome")
            elif word == "RCPT" and mail.fault == "recipient":
                self._say("550 no such person")
            elif word in ("MAIL", "RCPT", "RSET", "NOOP", "HELO"):
                self._say("250 well")
            elif word == "DATA":
                self._say("354 go on")
                self._take(mail)
                if mail.fault == "cut":
                    return
            elif word == "QUIT":
                self._say("221 farewell")
                return
            else:
                self._say("502 not known here")

    def _take(self, mail: SmtpServer) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if mail.fault == "data":
            self._say("554 not like this")
        elif mail.fault != "cut":
            mail.mails.append(
                cast(EmailMessage, email.message_from_bytes(b"".join(lines), policy=email.policy.default))
            )
            self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
