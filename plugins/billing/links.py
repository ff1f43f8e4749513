"""The public addresses of invoices, credit notes and receipts: made with the document, revoked, made anew.

Behind the QR code of a document stands its address. Their words stand in a table of their own: what was issued does not
change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from jemeti_platform.customer_pages import PublicLinks, address, new_word
from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.work import Work

from .document_models import DocumentLink

__all__ = ["ANY", "LINKS", "PATH", "Subject", "public_address", "row"]

PATH = "bill"
"""Where public addresses begin."""

Subject = Literal["invoice", "credit_note", "payment"]

_READ = (
    "SELECT l.word, l.revoked_at, true AS given FROM {table} d LEFT JOIN billing_document_links l"
    " ON l.tenant_id = d.tenant_id AND l.{column} = d.id WHERE d.id = %(id)s"
)
_RENEW = (
    "INSERT INTO billing_document_links AS l (id, {column}, word)"
    " SELECT %(link)s, d.id, %(word)s FROM {table} d WHERE d.id = %(id)s"
    " ON CONFLICT (tenant_id, {column}) DO UPDATE SET word = excluded.word, revoked_at = NULL,"
    " version = l.version + 1, updated_at = now()"
)
_REVOKE = (
    "UPDATE billing_document_links SET revoked_at = now(), version = version + 1, updated_at = now()"
    " WHERE {column} = %(id)s AND revoked_at IS NULL"
)
_REVOKED = Statement("SELECT 1 FROM billing_document_links WHERE word = %(word)s AND revoked_at IS NOT NULL")


def _links(subject: Subject, title: str) -> PublicLinks:
    names = {"table": f"billing_{subject}s", "column": f"{subject}_id"}
    read, renew, revoke = (Statement(text.format(**names)) for text in (_READ, _RENEW, _REVOKE))
    return PublicLinks(PATH, title, read=read, renew=renew, revoke=revoke, revoked=_REVOKED)


LINKS: Mapping[Subject, PublicLinks] = {
    "invoice": _links("invoice", "Invoice"),
    "credit_note": _links("credit_note", "Credit note"),
    "payment": _links("payment", "Payment"),
}
ANY = LINKS["invoice"]
"""For whoever comes by an address, which does not say what kind of document it is of."""


def row(subject: Subject, identity: UUID) -> Bound:
    """The INSERT of the address of a document that is being issued."""
    return insert_row(DocumentLink, uuid7(), {f"{subject}_id": identity, "word": new_word()})


def public_address(work: Work, word: str) -> str:
    """The public address of a document by its word."""
    return address(work, PATH, word)
