"""Whether the customer has opened the report that was shared."""

from __future__ import annotations

from jemeti_platform.customer_pages import PageViews

from .models import Inspection, ReportView

__all__ = ["VIEWS"]

_OWN = Inspection.__table__

VIEWS = PageViews(
    ReportView,
    "inspection_id",
    Inspection,
    word="share_token",
    shown=(_OWN.c.status == "shared") & _OWN.c.link_revoked_at.is_(None),
    title="inspections with a report",
)
"""What an inspection shows of it, how it is filtered by it, and how it is noted."""
