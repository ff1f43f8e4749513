"""What has happened to a job: how it moved, what was written, shown, added, agreed."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .jobs import EXISTS

__all__ = ["KINDS", "timeline"]

KINDS = ("moved", "note", "image", "line_added", "part_added", "approved")

_TIMELINE = Paged(
    """
    SELECT h.at, h.id AS entry, 'moved' AS kind, h.actor_name AS by, h.action, h.from_state AS "from",
           h.to_state AS "to", h.note, NULL::text AS visibility, NULL::uuid AS subject_id
      FROM lifecycle_history h WHERE h.record_id = %(id)s AND h.lifecycle = 'jobs.job'
    UNION ALL
    SELECT n.created_at, n.id, 'note', n.author_name, NULL, NULL, NULL, n.text, n.visibility, n.id
      FROM jobs_notes n WHERE n.job_id = %(id)s
    UNION ALL
    SELECT a.at, a.id, 'image', a.actor_name, NULL, NULL, NULL, i.caption, i.visibility, i.id
      FROM jobs_images i JOIN audit_log a ON a.resource = 'jobs_images' AND a.record_id = i.id AND a.action = 'insert'
     WHERE i.job_id = %(id)s
    UNION ALL
    SELECT a.at, a.id, 'line_added', a.actor_name, NULL, NULL, NULL, l.description, NULL, l.id
      FROM jobs_lines l JOIN audit_log a ON a.resource = 'jobs_lines' AND a.record_id = l.id AND a.action = 'insert'
     WHERE l.job_id = %(id)s
    UNION ALL
    SELECT a.at, a.id, 'part_added', a.actor_name, NULL, NULL, NULL, p.description, NULL, p.id
      FROM jobs_parts p JOIN audit_log a ON a.resource = 'jobs_parts' AND a.record_id = p.id AND a.action = 'insert'
     WHERE p.job_id = %(id)s
    UNION ALL
    SELECT d.decided_at, d.id, 'approved', d.actor_name, d.channel, NULL, NULL, d.name, NULL, d.id
      FROM jobs_approvals d WHERE d.job_id = %(id)s
    """,
    "at DESC, entry DESC",
)


def timeline(work: Work, job_id: UUID, page: int, per_page: int) -> Page:
    """What has happened to a job, newest first. Raises NotFound."""
    there, entries, counted = work.read(EXISTS(id=job_id), *_TIMELINE(page, per_page, id=job_id))
    if not there:
        raise NotFound(f"Job {job_id} does not exist")
    for entry in entries:
        del entry["entry"]
    return Page(entries, counted[0]["total"])
