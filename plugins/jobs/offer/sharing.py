"""The public address of a quotation: a random word kept with it, revoked, and made anew.

Behind the QR code on the PDF and in the message to the customer stands the address. One that was revoked leads nowhere;
a new one does not bring back the QR codes that are printed already.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform import customer_pages
from jemeti_platform.customer_pages import new_word
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.work import Work

__all__ = ["POLICY", "address", "link_of", "renew", "revoke"]

POLICY = "quotation_link"
"""The rate limit of the addresses, for each who asks."""

_READ = Statement("SELECT share_token, sent_at, link_revoked_at FROM jobs_quotations WHERE id = %(id)s")
_RENEW = Statement(
    "UPDATE jobs_quotations SET share_token = %(word)s, link_revoked_at = NULL, version = version + 1,"
    " updated_at = now() WHERE id = %(id)s AND sent_at IS NOT NULL"
)
_REVOKE = Statement(
    "UPDATE jobs_quotations SET link_revoked_at = now(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND sent_at IS NOT NULL AND link_revoked_at IS NULL"
)


def link_of(work: Work, identity: UUID) -> dict[str, Any]:
    """Where the customer sees the quotation, and since when it is revoked; null until it is sent. Raises NotFound."""
    (rows,) = work.read(_READ(id=identity))
    return _shown(work, _found(rows, identity))


def renew(work: Work, identity: UUID) -> dict[str, Any]:
    """Give a quotation a new address; the one before, and the QR codes with it, lead nowhere.

    Raises NotFound, and Conflict for one that was not sent.
    """
    _, rows = work.write(_RENEW(id=identity, word=new_word()), _READ(id=identity))
    return _shown(work, _sent(rows, identity))


def revoke(work: Work, identity: UUID) -> None:
    """Have the address of a quotation lead nowhere. Raises NotFound, and Conflict for one that was not sent."""
    _, rows = work.write(_REVOKE(id=identity), _READ(id=identity))
    _sent(rows, identity)


def address(work: Work, token: str) -> str:
    """The public address of a quotation by its word. It shows nothing before the quotation is sent."""
    return customer_pages.address(work, "quotation", token)


def _found(rows: Rows, identity: UUID) -> Row:
    if not rows:
        raise NotFound(f"Quotation {identity} does not exist")
    return rows[0]


def _sent(rows: Rows, identity: UUID) -> Row:
    row = _found(rows, identity)
    if row["sent_at"] is None:
        raise Conflict("This quotation was not sent: nobody has its link yet.", reason="state")
    return row


def _shown(work: Work, row: Row) -> dict[str, Any]:
    works = row["sent_at"] is not None and row["link_revoked_at"] is None
    return {"url": address(work, row["share_token"]) if works else None, "revoked_at": row["link_revoked_at"]}
