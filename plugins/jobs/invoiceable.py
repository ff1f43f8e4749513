"""Which work of a job is still to be invoiced: what is approved, not dropped, and not invoiced yet."""

from __future__ import annotations

__all__ = ["OPEN_LINES", "OPEN_PARTS"]

_OPEN = (
    "{x}.approval = 'approved' AND {x}.status <> '{gone}' AND NOT EXISTS (SELECT FROM jobs_invoiced_work w"
    " WHERE w.tenant_id = {x}.tenant_id AND w.{column} = {x}.id AND w.freed_at IS NULL)"
)
OPEN_LINES = _OPEN.format(x="l", gone="cancelled", column="line_id")
"""The condition of ``jobs_lines l``."""

OPEN_PARTS = _OPEN.format(x="p", gone="returned", column="part_id")
"""The condition of ``jobs_parts p``."""
