"""The public address of a shared report: a random word kept with the inspection."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform import customer_pages
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["address", "link"]

_TOKEN = Statement("SELECT share_token, status FROM dvi_inspections WHERE id = %(id)s")


def link(work: Work, identity: UUID) -> str | None:
    """Where the customer sees the report; None until it is shared. Raises NotFound."""
    (rows,) = work.read(_TOKEN(id=identity))
    if not rows:
        raise NotFound(f"Inspection {identity} does not exist")
    if rows[0]["status"] != "shared":
        return None
    return address(work, rows[0]["share_token"])


def address(work: Work, token: str) -> str:
    """The public address of an inspection by its token. It shows nothing before the inspection is shared."""
    return customer_pages.address(work, "inspection-report", token)
