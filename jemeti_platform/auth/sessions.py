"""Sessions: opened by a log-in, prolonged by refreshing, ended in one statement that the very next request obeys.

A refresh token is good once. Whoever presents a used one ends the session: either a thief or the rightful
owner holds a copy, and nobody can tell which.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..work import Work
from .opaque import Opaque

__all__ = ["IDLE", "LONGEST", "Opened", "claim", "end_all", "end_one", "end_reused", "open_session", "prolong"]

IDLE = timedelta(days=7)
"""A session that is not refreshed for so long ends."""
LONGEST = timedelta(days=30)
"""After so long somebody must log in again, however often the session was refreshed."""

_MOST_USER_AGENT = 200

_OPEN = Statement(
    "INSERT INTO sessions (id, user_id, expires_at, address, user_agent)"
    " VALUES (%(id)s, %(user)s, now() + %(idle)s, %(address)s, %(user_agent)s) RETURNING expires_at"
)
_GIVE_REFRESH = Statement(
    "INSERT INTO refresh_tokens (id, session_id, token_hash, expires_at)"
    " VALUES (%(id)s, %(session)s, %(hash)s, now() + %(idle)s)"
)
_FORGET_REFRESH = Statement(
    "DELETE FROM refresh_tokens r USING sessions s WHERE s.tenant_id = r.tenant_id AND s.id = r.session_id"
    " AND s.user_id = %(user)s AND (s.ended_at IS NOT NULL OR s.expires_at < now())"
)
_USE_REFRESH = Statement(
    "UPDATE refresh_tokens SET used_at = now()"
    " WHERE token_hash = %(hash)s AND used_at IS NULL AND expires_at > now() RETURNING session_id"
)
_PROLONG = Statement(
    "UPDATE sessions s SET expires_at = least(now() + %(idle)s, s.created_at + %(longest)s) FROM users u"
    " WHERE s.id = %(session)s AND s.ended_at IS NULL AND s.expires_at > now()"
    " AND u.tenant_id = s.tenant_id AND u.id = s.user_id AND u.status = 'active'"
    " RETURNING s.user_id, s.expires_at"
)
_END_ONE = Statement(
    "UPDATE sessions SET ended_at = now(), end_reason = %(reason)s WHERE id = %(session)s AND ended_at IS NULL"
)
_END_ALL = Statement(
    "UPDATE sessions SET ended_at = now(), end_reason = %(reason)s"
    " WHERE user_id = %(user)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s::uuid"
)
_END_REUSED = Statement(
    "UPDATE sessions SET ended_at = now(), end_reason = 'reuse' WHERE ended_at IS NULL"
    " AND id = (SELECT session_id FROM refresh_tokens WHERE token_hash = %(hash)s AND used_at IS NOT NULL)"
    " RETURNING id"
)


class Opened(NamedTuple):
    """A session as its owner needs to know it."""

    user_id: UUID
    session_id: UUID
    refresh: Opaque
    expires_at: datetime


def open_session(work: Work, user_id: UUID, *, address: str | None, user_agent: str | None) -> Opened:
    """Open a session for somebody who has proved to be this user."""
    session, refresh = uuid7(), Opaque.make(work.state.slug)
    _, (row,), _ = work.write(
        _FORGET_REFRESH(user=user_id),
        _OPEN(id=session, user=user_id, idle=IDLE, address=address, user_agent=_shown(user_agent)),
        _give(session, refresh),
    )
    return Opened(user_id, session, refresh, row["expires_at"])


def claim(work: Work, old: Opaque) -> UUID | None:
    """Use a refresh token up and return its session; None for one that is unknown, expired or used already.

    Of two callers at once the second waits for the first, and then finds the token used.
    """
    (used,) = work.write(_USE_REFRESH(hash=old.fingerprint))
    return used[0]["session_id"] if used else None


def prolong(work: Work, session: UUID) -> Opened | None:
    """Prolong a session and give it a new refresh token; None where the session has ended or its user is disabled."""
    refresh = Opaque.make(work.state.slug)
    prolonged, _ = work.write(_PROLONG(session=session, idle=IDLE, longest=LONGEST), _give(session, refresh))
    if not prolonged:
        return None
    return Opened(prolonged[0]["user_id"], session, refresh, prolonged[0]["expires_at"])


def end_reused(work: Work, old: Opaque) -> bool:
    """End the session of a refresh token that has been used before; False where there is nothing to end."""
    (ended,) = work.write(_END_REUSED(hash=old.fingerprint))
    return bool(ended)


def end_one(session_id: UUID | None, reason: str) -> Bound:
    """The statement that ends a session."""
    return _END_ONE(session=session_id, reason=reason)


def end_all(user_id: UUID, reason: str, *, but: UUID | None = None) -> Bound:
    """The statement that ends every session of a user, except the session ``but``."""
    return _END_ALL(user=user_id, reason=reason, but=but)


def _give(session: UUID, refresh: Opaque) -> Bound:
    return _GIVE_REFRESH(id=uuid7(), session=session, hash=refresh.fingerprint, idle=IDLE)


def _shown(user_agent: str | None) -> str | None:
    return "".join(filter(str.isprintable, user_agent))[:_MOST_USER_AGENT] if user_agent else None
