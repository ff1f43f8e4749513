"""The public address of a quotation: a random word kept with it, revoked, and made anew.

Behind the QR code on the PDF and in the message to the customer stands the address.
"""

from __future__ import annotations

from jemeti_platform.customer_pages import PublicLinks
from jemeti_platform.work import Work

__all__ = ["LINKS", "POLICY", "address"]

POLICY = "quotation_link"
"""The rate limit of the addresses, for each who asks."""

LINKS = PublicLinks.on(
    "jobs_quotations",
    "quotation",
    "Quotation",
    given="sent_at IS NOT NULL",
    not_given="This quotation was not sent: nobody has its link yet.",
)


def address(work: Work, word: str) -> str:
    """The public address of a quotation by its word. It shows nothing before the quotation is sent."""
    return LINKS.address(work, word)
