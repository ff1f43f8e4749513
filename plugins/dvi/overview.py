"""What the workspace's search and dashboard show of inspections."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Figure, Figures, Source

__all__ = ["dashboard", "search"]

_INSPECTIONS = Statement(
    "SELECT i.id, concat_ws(' · ', i.number, v.plate) AS title, i.template_name AS subtitle, found.rank"
    " FROM jemeti.search('dvi_inspections', %(q)s, %(limit)s) AS found JOIN dvi_inspections i USING (id)"
    " JOIN crm_vehicles v ON v.tenant_id = i.tenant_id AND v.id = i.vehicle_id"
    " ORDER BY found.rank DESC, i.number DESC, i.id"
)

_COUNTS = Statement(
    """
    SELECT count(*) FILTER (WHERE i.status IN ('draft', 'in_progress')) AS "dvi.open",
           count(*) FILTER (WHERE i.status = 'completed') AS "dvi.to_share",
           count(*) FILTER (WHERE i.status = 'shared' AND v.id IS NULL) AS "dvi.not_viewed"
      FROM dvi_inspections i
      LEFT JOIN dvi_report_views v ON v.tenant_id = i.tenant_id AND v.inspection_id = i.id
    """
)
_READ, _LIST = "jobs.dvi:read", "/v1/jobs/dvi-inspections"


def search(q: str, limit: int) -> list[Source]:
    """Inspections, by number, vehicle and template."""
    return [Source("dvi.inspections", "inspection", _LIST, _READ, _INSPECTIONS(q=q, limit=limit))]


def dashboard() -> list[Figures]:
    """How many inspections are open, wait to be shared, and were shared and never opened."""
    return [
        Figures(
            _COUNTS(),
            (
                Figure("dvi.open", "Open inspections", _READ, f"{_LIST}?status=draft,in_progress"),
                Figure("dvi.to_share", "Inspections to be shared", _READ, f"{_LIST}?status=completed"),
                Figure("dvi.not_viewed", "Reports not opened", _READ, f"{_LIST}?status=shared&viewed=false"),
            ),
        )
    ]
