"""How far a job has grown beyond what its customer approved, and how far it may without asking again.

What the customer approved, by word or on a quotation, is what growth is measured by. Work that is added by hand is a
proposal until it is approved, or begun within the workspace's tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from jemeti_platform.db.statement import Statement

from .settings import Settings, settings_of

__all__ = ["READ", "Growth", "growth_of"]

Row = Mapping[str, Any]

_WORK = (
    "SELECT id, description, total, approval, within_tolerance, status IN ('in_progress', 'done') AS begun"
    " FROM jobs_lines WHERE job_id = %(id)s AND status <> 'cancelled' UNION ALL"
    " SELECT id, description, total, approval, within_tolerance, false FROM jobs_parts"
    " WHERE job_id = %(id)s AND status <> 'returned'"
)
READ = Statement(
    "SELECT coalesce(sum(w.total) FILTER (WHERE w.approval = 'approved' AND NOT w.within_tolerance), 0) AS approved,"  # noqa: S608 (our own words)
    " coalesce(sum(w.total) FILTER (WHERE w.approval = 'approved' AND w.within_tolerance), 0) AS accepted,"
    " coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'description', w.description, 'total', w.total::text)"
    "   ORDER BY w.id) FILTER (WHERE w.approval = 'proposed' AND w.begun), '[]') AS begun,"
    " max(s.tolerance_percent) AS tolerance_percent, max(s.tolerance_amount) AS tolerance_amount,"
    " max(s.quotation_validity_days) AS quotation_validity_days,"
    " max(s.quotation_reminder_hours) AS quotation_reminder_hours"
    f" FROM (SELECT 1) AS always LEFT JOIN jobs_settings s ON true LEFT JOIN ({_WORK}) AS w ON true"
)
"""What a job has grown by, as ``growth_of`` takes it; always one row."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What the customer ``approved`` of a job with tax, what was ``accepted`` beyond it without asking, and what is
    ``begun`` and neither: rows of ``id``, ``description`` and ``total``."""

    approved: Decimal
    accepted: Decimal
    begun: tuple[Row, ...]
    settings: Settings

    @property
    def allowed(self) -> Decimal:
        """How much may be accepted in all: the percentage, the amount, or the lesser of the two; 0 without either."""
        percent, amount = self.settings.tolerance_percent, self.settings.tolerance_amount
        bounds = [] if amount is None else [amount]
        if percent is not None:
            part = Fraction(self.approved) * Fraction(percent) / 100
            bounds.append(Decimal(int(part * 100)) / 100)  # a tolerance is not rounded up
        return min(bounds, default=Decimal(0))

    def fits(self, more: Sequence[Row]) -> bool:
        """Whether this much more work needs no approval."""
        return self.accepted + _sum(more) <= self.allowed

    def words(self, more: Sequence[Row]) -> str:
        """Why it does need it."""
        named = ", ".join(f"{row['description']} ({row['total']})" for row in more)
        return (
            f"{named} {'is' if len(more) == 1 else 'are'} not approved. The customer approved {self.approved:f};"
            f" without asking again a job may grow by {self.allowed:f}, and this has grown by"
            f" {self.accepted + _sum(more):f}. Have it approved, or cancel it"
        )


def growth_of(row: Row) -> Growth:
    """The growth of a job out of the row of ``READ``."""
    return Growth(row["approved"], row["accepted"], tuple(row["begun"]), settings_of(row))


def _sum(rows: Sequence[Row]) -> Decimal:
    return sum((Decimal(row["total"]) for row in rows), Decimal("0.00"))
