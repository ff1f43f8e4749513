"""Whether the customer has opened the quotation that was sent."""

from __future__ import annotations

from jemeti_platform.customer_pages import PageViews

from ..quotation_models import Quotation, QuotationView

__all__ = ["VIEWS"]

_OWN = Quotation.__table__

VIEWS = PageViews(
    QuotationView,
    "quotation_id",
    Quotation,
    word="share_token",
    shown=_OWN.c.sent_at.is_not(None) & _OWN.c.link_revoked_at.is_(None),
    title="quotations",
)
"""What a quotation shows of it, how it is filtered by it, and how it is noted."""
