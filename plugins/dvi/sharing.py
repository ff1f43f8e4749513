"""The public address of a shared report: a random word kept with the inspection, revoked, and made anew."""

from __future__ import annotations

from jemeti_platform.customer_pages import PublicLinks
from jemeti_platform.work import Work

__all__ = ["LINKS", "address"]

LINKS = PublicLinks.on(
    "dvi_inspections",
    "inspection-report",
    "Inspection",
    given="status = 'shared'",
    not_given="This inspection was not shared: nobody has its link yet.",
)


def address(work: Work, word: str) -> str:
    """The public address of an inspection by its word. It shows nothing before the inspection is shared."""
    return LINKS.address(work, word)
