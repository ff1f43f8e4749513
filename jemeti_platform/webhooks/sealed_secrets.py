"""Secrets of endpoints as they are kept: encrypted, each for its own endpoint, under the newest key by the morning."""

from __future__ import annotations

from uuid import UUID

from ..db.statement import Statement
from ..sealing import Sealing
from ..work import Work

__all__ = ["renew", "seal", "unseal"]

_ALL = Statement("SELECT id, secret, previous_secret FROM webhook_endpoints ORDER BY id FOR UPDATE")
_KEEP = Statement(
    "UPDATE webhook_endpoints SET secret = %(secret)s, previous_secret = %(previous_secret)s WHERE id = %(id)s"
)


def seal(work: Work, endpoint_id: UUID, secret: str) -> str:
    """The secret as it is kept. Raises Conflict where the server has no keys to encrypt it with."""
    return work.platform.part(Sealing).seal(secret, _place(work, endpoint_id))


def unseal(work: Work, endpoint_id: UUID, kept: str) -> str | None:
    """The secret that was kept; None where no key of this server opens it."""
    return work.platform.part(Sealing).open(kept, _place(work, endpoint_id))


def renew(work: Work) -> None:
    """Encrypt anew what is kept under an older key."""
    sealing = work.platform.part(Sealing)
    (rows,) = work.write(_ALL())
    for row in rows:
        renewed = {
            name: sealing.renewed(row[name], _place(work, row["id"]))
            for name in ("secret", "previous_secret")
            if row[name] is not None
        }
        if any(renewed.values()):
            work.queue(_KEEP(**{**row, **{name: text for name, text in renewed.items() if text is not None}}))


def _place(work: Work, endpoint_id: UUID) -> str:
    return f"webhooks:{work.tenant_id}:{endpoint_id}"
