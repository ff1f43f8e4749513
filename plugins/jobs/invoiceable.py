"""Which work of a job is still to be invoiced: what is approved, not dropped, and not invoiced yet."""

from __future__ import annotations

__all__ = ["LEFT_LINES", "NEW_LINES", "NEW_PARTS", "OPEN_LINES", "OPEN_PARTS"]

_LEFT = (
    "{x}.status <> '{gone}' AND NOT EXISTS (SELECT FROM jobs_invoiced_work w"
    " WHERE w.tenant_id = {x}.tenant_id AND w.{column} = {x}.id AND w.freed_at IS NULL)"
)
LEFT_LINES = _LEFT.format(x="l", gone="cancelled", column="line_id")
"""The condition of ``jobs_lines l``, but for the approval."""

OPEN_LINES = f"l.approval = 'approved' AND {LEFT_LINES}"
"""The condition of ``jobs_lines l``."""

OPEN_PARTS = f"p.approval = 'approved' AND {_LEFT.format(x='p', gone='returned', column='part_id')}"
"""The condition of ``jobs_parts p``."""

_NEW = "NOT EXISTS (SELECT FROM jobs_invoiced_work w WHERE w.tenant_id = {x}.tenant_id AND w.{column} = {x}.id)"
NEW_LINES = _NEW.format(x="l", column="line_id")
"""The condition of ``jobs_lines l`` that were never invoiced, which those that were taken back in full once were."""

NEW_PARTS = _NEW.format(x="p", column="part_id")
"""The same of ``jobs_parts p``."""
