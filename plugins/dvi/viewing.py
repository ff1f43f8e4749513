"""Whether the customer has opened the report that was shared."""

from __future__ import annotations

from jemeti_platform.customer_pages import PageViews

from .models import Inspection, ReportView

__all__ = ["VIEWS"]

VIEWS = PageViews(
    ReportView,
    "inspection_id",
    Inspection,
    word="share_token",
    shown=Inspection.__table__.c.status == "shared",
    title="inspections with a report",
)
"""What an inspection shows of it, how it is filtered by it, and how it is noted."""
