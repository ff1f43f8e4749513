"""The public address of a quotation: the random word that it was made with."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform import customer_pages
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["POLICY", "address", "link"]

POLICY = "quotation_link"
"""The rate limit of the addresses, for each who asks."""

_TOKEN = Statement("SELECT share_token, sent_at FROM jobs_quotations WHERE id = %(id)s")


def link(work: Work, identity: UUID) -> str | None:
    """Where the customer sees the quotation; None until it is sent. Raises NotFound."""
    (rows,) = work.read(_TOKEN(id=identity))
    if not rows:
        raise NotFound(f"Quotation {identity} does not exist")
    return None if rows[0]["sent_at"] is None else address(work, rows[0]["share_token"])


def address(work: Work, token: str) -> str:
    """The public address of a quotation by its word. It shows nothing before the quotation is sent."""
    return customer_pages.address(work, "quotation", token)
