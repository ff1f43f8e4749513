"""Who asks, and what an answer gives away."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

from ...auth.key_tokens import KeyToken
from ..api import Api, Reply
from .questions import Question
from .report import Report
from .twins import Twins

__all__ = ["ATTACKERS", "STRANGERS", "Asker", "readable", "told"]

STRANGERS = (
    "nobody",
    "A at B's host",
    "A's cookie at B's host",
    "the platform's administrator",
    "an owner in a suspended workspace",
    "an owner of A who has logged out",
    "an owner of A who has been dismissed",
    "A's API key at B's host",
    "a revoked API key of A",
    "a forged API key of A",
    "an API key in a suspended workspace",
)
"""Those whom the workspace's own routes must not know."""
_SIGNED, _TAG = re.compile(r"/files/[\w-]{60,}"), re.compile(r'etag: "\S+"')
_OWN = ("X-Request-Id", "RateLimit", "Date", "Retry-After", "Content-Length")
"""Headers that are of this one answer."""
ATTACKERS = (
    *STRANGERS,
    "A's owner",
    "A's user without rights",
    "A's API key",
    "A's API key without rights",
    "A's cookie from a page of B",
    "an owner who has not paid",
    "a former administrator",
)


class Asker:
    """Asks questions in the name of every identity and judges the answers."""

    def __init__(self, twins: Twins, report: Report) -> None:
        self.twins, self.report = twins, report
        self._roles = {"A's owner": "owner", "A's user without rights": twins.a.role_with()}
        self.ids: set[str] = set()
        self._remembered: dict[str, tuple[int, str]] = {}
        self.log_in()

    def forget(self) -> None:
        """Ask again what has been asked before."""
        self._remembered.clear()

    def log_in(self) -> None:
        """Log everybody in; each identity has a session of its own."""
        twins = self.twins
        a, b = twins.api(twins.a), twins.api(twins.b)
        gone, dismissed = twins.a.new_login("owner"), twins.a.new_login("owner")
        twins.a.end_session(gone)
        twins.a.dismiss(dismissed)
        # a wildcard does not reach what is sensitive: this one may everything that a key can
        everything = ("*:*", *(f"{p.subject}:*" for p in twins.app.registry.platform.permissions.values()))
        key, revoked = twins.a.new_key(*everything), twins.a.new_key(*everything)
        twins.a.revoke(revoked)
        self._who: dict[str, Api] = {
            "nobody": a.anonymous,
            "A at B's host": replace(a.at(b.host), login=twins.a.new_login("owner")),
            "A's cookie at B's host": self._by_cookie(a.at(b.host), b.host),
            "the platform's administrator": replace(a, login=twins.admin),
            "an owner in a suspended workspace": twins.api(twins.c),
            "an owner of A who has logged out": replace(a, login=gone),
            "an owner of A who has been dismissed": replace(a, login=dismissed),
            "A's API key at B's host": replace(a.at(b.host), login=key),
            "a revoked API key of A": replace(a, login=revoked),
            "a forged API key of A": replace(a, login=replace(key, text=KeyToken.make(twins.a.id, key.id).text)),
            "an API key in a suspended workspace": replace(twins.api(twins.c), login=twins.key_c),
            "A's API key": replace(a, login=key),
            "A's API key without rights": replace(a, login=twins.a.new_key()),
            "A's owner": replace(a, login=twins.a.new_login("owner")),
            "A's user without rights": replace(a, login=twins.a.new_login(self._roles["A's user without rights"])),
            "A's cookie from a page of B": self._by_cookie(a, b.host),
            "an owner who has not paid": twins.api(twins.d),
            "a former administrator": replace(a.at(twins.app.registry.domain), login=twins.former_admin),
            "B's owner": b,
        }

    def ask(self, question: Question) -> Reply:
        """Send the question, whatever comes back."""
        self.report.requests += 1
        self.ids.update(question.ids)
        api = self._who[question.who]
        if question.who in self._roles and question.method not in ("GET", "HEAD"):
            # what is asked may end the session that asks: each write has one of its own
            api = replace(api, login=self.twins.a.new_login(self._roles[question.who]))
        return api.request(question.method, question.path, question.body, headers=question.headers, anything=True)

    def judge(self, question: Question) -> None:
        """Ask, and report every way in which the answer is not fit."""
        reply = self.ask(question)
        text = readable(reply)
        if reply.status not in question.fit:
            self.leak(question, f"answered {reply.status} {text[:200]}")
        said = f"{question.said} {self._who[question.who].host}"
        if (found := self.twins.leaked(text, said)) is not None:
            self.leak(question, f"gives away {found}")
        if question.twin is not None:
            twin = self._told(question.twin)
            if (reply.status, told(reply, question)) != twin:
                self.leak(question, f"is answered {reply.status}, unlike the same about an unknown id: {twin}")

    def leak(self, question: Question, what: str) -> None:
        self.report.leaks.append(f"{question} {what}")

    def _told(self, question: Question) -> tuple[int, str]:
        key = str((question.who, question.method, question.path, question.body))
        if key not in self._remembered:
            reply = self.ask(question)
            self._remembered[key] = reply.status, told(reply, question)
        return self._remembered[key]

    def _by_cookie(self, api: Api, page: str) -> Api:
        """A's owner as a browser would send him, from a page of the host ``page``."""
        login = self.twins.a.new_login("owner")
        policy = self.twins.app.registry.security_policy
        token = policy.tokens.issue(
            "cookie", login.user_id, login.session_id, 3600, tenant_id=self.twins.a.id, workspace=self.twins.a.slug
        )
        proof = {"Cookie": f"{policy.cookie_name}={token}", "Origin": f"http://{page}"}
        return replace(api, login=None, always=proof)


def readable(reply: Reply) -> str:
    """All text of an answer: its body, the sheets of a workbook unpacked, and its headers."""
    body = reply.body.decode("utf-8", errors="replace")
    if reply.body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(reply.body)) as book:
            parts = [name for name in book.namelist() if name.startswith("xl/")]  # the rest says when it was made
            body = "\n".join(book.read(name).decode("utf-8", errors="replace") for name in parts)
    names = (name for name in reply.headers if not name.startswith(_OWN))
    return "\n".join([body, *sorted(f"{name}: {reply.headers[name]}" for name in names)])


def told(reply: Reply, question: Question) -> str:
    """What an answer tells, but for the ids that were asked about, the request's own, and addresses signed anew."""
    text = readable(reply).lower().replace(reply.headers["X-Request-Id"].lower(), "request")
    text, signed = _SIGNED.subn("/files/ticket", text)
    if signed:
        text = _TAG.sub("etag: of the ticket", text)
    for identity in question.ids:
        text = text.replace(identity.lower(), "id")
    return text
