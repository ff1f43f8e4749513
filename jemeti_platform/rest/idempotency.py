"""A retried POST runs once: the key, the effect and the answer are one transaction.

The key is inserted in the message that opens the transaction. A twin that comes while the first is
still at work waits on the unique index for as long as ``lock_timeout`` lets it; then it finds the stored answer,
or, where the first was undone, runs itself. Kept for 24 hours (``http.md``, "Writes").
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable
from pyramid.response import Response

from ..admin.work import PlatformWork
from ..db.pipeline import Rows, not_run
from ..db.statement import Bound, Statement
from ..errors import Conflict, Invalid
from ..json import to_json
from ..work import Work

__all__ = ["Claim", "Replayed", "claim_of"]

_MAX_KEY = 255
# without a workspace (one that is not active) nothing is inserted: the gate then refuses as it should
_CLAIM = """
INSERT INTO {table} ({columns}principal, route, key, fingerprint)
SELECT {values}%(principal)s, %(route)s, %(key)s, %(fingerprint)s{condition}
ON CONFLICT ({conflict}principal, route, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, created_at = now(), status = NULL, headers = NULL, body = NULL
 WHERE {table}.created_at < now() - interval '24 hours'
RETURNING true AS claimed
"""
_FIND = """
SELECT fingerprint, status, headers, body FROM {table}
 WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s
"""
_STORE = """
UPDATE {table} SET status = %(status)s, headers = %(headers)s::jsonb, body = %(body)s
 WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s
"""
_WORKSPACE = {
    "table": "idempotency_keys",
    "columns": "tenant_id, ",
    "values": "jemeti.current_tenant(), ",
    "condition": " WHERE jemeti.current_tenant() IS NOT NULL",
    "conflict": "tenant_id, ",
}
_PLATFORM = {"table": "platform_idempotency_keys", "columns": "", "values": "", "condition": "", "conflict": ""}


@dataclass(frozen=True, slots=True)
class _Statements:
    claim: Statement
    find: Statement
    store: Statement

    @classmethod
    def over(cls, words: dict[str, str]) -> _Statements:
        return cls(*(Statement(text.format(**words)) for text in (_CLAIM, _FIND, _STORE)))


_IN_WORKSPACE, _ON_PLATFORM = _Statements.over(_WORKSPACE), _Statements.over(_PLATFORM)


class Replayed(Exception):
    """This has been done before, and ``response`` was the answer; raised where the transaction would be opened."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True, slots=True)
class Claim:
    """A request's claim to be the first with its key; ``fingerprint`` tells a retry from another request."""

    principal: UUID
    route: str
    key: str
    fingerprint: str

    def open(self, work: Work | PlatformWork, *looks: Bound) -> tuple[Response | None, list[Rows]]:
        """Open the transaction with the claim; returns the first one's answer, or None if this is the first.

        ``looks`` are sent behind it in the same message, and their rows returned. Raises Conflict: ``key_reused`` for
        another request under this key, ``in_progress`` while the first is at work for longer than we wait.
        """
        sql = _statements(work)
        try:
            claimed, found, *rows = work.open(sql.claim(**self._params()), sql.find(**self._identity()), *looks)
        except LockNotAvailable as error:
            if (not_run(error) or 0) <= len(looks):
                raise  # it was a look-up that waited
            raise Conflict(
                "The first request with this Idempotency-Key is still at work; please try again.",
                reason="in_progress",
                headers={"Retry-After": "1"},
            ) from None
        if claimed:
            return None, rows
        (stored,) = found
        if stored["fingerprint"] != self.fingerprint:
            raise Conflict("This Idempotency-Key was used for another request.", reason="key_reused")
        headers = [*stored["headers"].items(), ("Idempotent-Replayed", "true")]
        return Response(app_iter=[stored["body"]], status=stored["status"], headerlist=headers), rows

    def remember(self, work: Work | PlatformWork, response: Any, *, kept: bytes | None = None) -> None:
        """Store a good answer with the transaction; what is refused is undone, and its key with it.

        ``kept`` is stored in the place of the body, where that holds a secret.
        """
        if response.status_int >= 400:
            return
        body = response.body if kept is None else kept
        headers = {name: value for name, value in response.headerlist if name != "Set-Cookie"}
        if kept is not None:
            headers["Content-Length"] = str(len(kept))
        work.transaction.closing.append(
            _statements(work).store(
                status=response.status_int, headers=to_json(headers).decode(), body=body, **self._identity()
            )
        )

    def _identity(self) -> dict[str, Any]:
        return {"principal": self.principal, "route": self.route, "key": self.key}

    def _params(self) -> dict[str, Any]:
        return {**self._identity(), "fingerprint": self.fingerprint}


def claim_of(request: Any) -> Claim | None:
    """The claim of a POST with an ``Idempotency-Key``; None for any other and for a dry run.

    Raises Invalid for a key that is not 1 to 255 visible ASCII characters.
    """
    key = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or request.method != "POST" or request.is_dry_run:
        return None
    if not 0 < len(key) <= _MAX_KEY or not key.isascii() or not key.isprintable() or key.strip() != key:
        raise Invalid([{"field": "Idempotency-Key", "message": f"1 to {_MAX_KEY} visible ASCII characters"}])
    asked = "\n".join((request.path, request.environ.get("QUERY_STRING", ""))).encode()
    # each attempt to send a form puts other words between its parts
    given = request.upload.digest(request.validated) if request.declared.upload else request.body
    fingerprint = hashlib.blake2b(asked + b"\n" + given, digest_size=32).hexdigest()
    return Claim(request.caller.id, request.matched_route.pattern, key, fingerprint)


def _statements(work: Work | PlatformWork) -> _Statements:
    return _ON_PLATFORM if isinstance(work, PlatformWork) else _IN_WORKSPACE
