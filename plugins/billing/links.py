"""The public addresses of invoices, credit notes and receipts: made with the document, revoked, made anew.

Behind the QR code of a document stands its address. One that was revoked leads nowhere; a new one does not bring back
the QR codes that are printed already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from jemeti_platform.customer_pages import address, new_word
from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .document_models import DocumentLink

__all__ = ["PATH", "Subject", "link_of", "public_address", "renew", "revoke", "row"]

PATH = "bill"
"""Where public addresses begin."""

Subject = Literal["invoice", "credit_note", "payment"]


class Kind(NamedTuple):
    """One of the three kinds of documents: the word for one, its title, and the statements about its address."""

    subject: Subject
    title: str
    read: Statement
    renew: Statement
    revoke: Statement


def _kind(subject: Subject, title: str) -> Kind:
    names = {"table": f"billing_{subject}s", "column": f"{subject}_id"}
    return Kind(subject, title, *(Statement(text.format(**names)) for text in (_READ, _RENEW, _REVOKE)))


_READ = (
    "SELECT l.word, l.revoked_at FROM {table} d LEFT JOIN billing_document_links l"
    " ON l.tenant_id = d.tenant_id AND l.{column} = d.id WHERE d.id = %(id)s"
)
_RENEW = (
    "INSERT INTO billing_document_links AS l (id, {column}, word)"
    " SELECT %(link)s, d.id, %(word)s FROM {table} d WHERE d.id = %(id)s"
    " ON CONFLICT (tenant_id, {column}) DO UPDATE SET word = excluded.word, revoked_at = NULL,"
    " version = l.version + 1, updated_at = now() RETURNING word, revoked_at"
)
_REVOKE = (
    "UPDATE billing_document_links SET revoked_at = now(), version = version + 1, updated_at = now()"
    " WHERE {column} = %(id)s AND revoked_at IS NULL"
)
KINDS: Mapping[Subject, Kind] = {
    "invoice": _kind("invoice", "Invoice"),
    "credit_note": _kind("credit_note", "Credit note"),
    "payment": _kind("payment", "Payment"),
}


def row(subject: Subject, identity: UUID) -> Bound:
    """The INSERT of the address of a document that is being issued."""
    return insert_row(DocumentLink, uuid7(), {f"{subject}_id": identity, "word": new_word()})


def public_address(work: Work, word: str) -> str:
    """The public address of a document by its word."""
    return address(work, PATH, word)


def link_of(work: Work, subject: Subject, identity: UUID) -> dict[str, Any]:
    """The address of a document, null where it was revoked, and since when. Raises NotFound."""
    (rows,) = work.read(KINDS[subject].read(id=identity))
    return _shown(work, subject, identity, rows)


def renew(work: Work, subject: Subject, identity: UUID) -> dict[str, Any]:
    """Give a document a new address; the one before, and the QR codes with it, lead nowhere. Raises NotFound."""
    (rows,) = work.write(KINDS[subject].renew(id=identity, link=uuid7(), word=new_word()))
    return _shown(work, subject, identity, rows)


def revoke(work: Work, subject: Subject, identity: UUID) -> None:
    """Have the address of a document lead nowhere. Raises NotFound."""
    _, rows = work.write(KINDS[subject].revoke(id=identity), KINDS[subject].read(id=identity))
    _shown(work, subject, identity, rows)


def _shown(work: Work, subject: Subject, identity: UUID, rows: Rows) -> dict[str, Any]:
    if not rows:
        raise NotFound(f"{KINDS[subject].title} {identity} does not exist")
    word, revoked_at = rows[0]["word"], rows[0]["revoked_at"]
    works = word is not None and revoked_at is None
    return {"url": public_address(work, word) if works else None, "revoked_at": revoked_at}
