"""A mail server on loopback: it takes what it is told to take, and keeps what it was sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

__all__ = ["MailServer", "mail_server"]


class MailServer(socketserver.ThreadingTCPServer):
    """``lines`` are what it was told, ``mails`` what it has taken.

    ``answer(recipient)`` says what RCPT gets (``250 fine``), ``after_data(mail)`` what a whole mail gets; one that
    begins with 2 is yes.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.lines: list[str] = []
        self.mails: list[EmailMessage] = []
        self.answer: Callable[[str], str] = lambda recipient: "250 fine"
        self.after_data: Callable[[EmailMessage], str] = lambda mail: "250 taken"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.lines.append(line)
            word = line[:4].upper()
            if word == "QUIT":
                self._say("221 bye")
                return
            if word == "DATA":
                self._say("354 go on")
                self._read_mail()
            elif word == "RCPT":
                self._say(self.server.answer(line.partition("<")[2].rstrip(">")))
            else:
                self._say("250 fine")

    def _read_mail(self) -> None:
        raw = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            raw += (line[1:] if line.startswith(b"..") else line).replace(b"\r\n", b"\n")
        mail = message_from_bytes(raw, policy=policy.default)
        said = self.server.after_data(mail)
        if said.startswith("2"):
            self.server.mails.append(mail)
        self._say(said)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything until it is told otherwise; gone afterwards."""
    with MailServer() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield one
        finally:
            one.shutdown()
            thread.join()
