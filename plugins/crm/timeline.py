"""What has happened to a customer, told from the audit log, from who owned what, and from what was written to them."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .customers import EXISTS

__all__ = ["KINDS", "timeline"]

KINDS = ("created", "changed", "merged", "vehicle_added", "vehicle_received", "vehicle_handed_over", "written_to")

_FIELDS = """
    SELECT a.at, a.id AS entry, a.actor_name AS by,
           CASE a.action WHEN 'insert' THEN 'created' ELSE 'changed' END AS kind,
           changes.of AS changes, NULL::jsonb AS customer, NULL::jsonb AS vehicle,
           NULL::jsonb AS message
      FROM audit_log a
      LEFT JOIN LATERAL (
           SELECT jsonb_object_agg(
                      field, jsonb_build_object('before', a.before -> field, 'after', a.after -> field)) AS of
             FROM jsonb_object_keys(a.after - 'email_key') AS field
            WHERE a.action = 'update') AS changes ON true
     WHERE a.resource = 'crm_customers' AND a.record_id = %(id)s AND a.action IN ('insert', 'update')
"""
# Of the duplicate only the log still knows the name.
_MERGERS = """
    SELECT a.at, a.id, a.actor_name, 'merged', NULL,
           jsonb_build_object('id', x.id, 'name', (
               SELECT gone.before ->> 'name' FROM audit_log gone
                WHERE gone.resource = 'crm_customers' AND gone.record_id = x.id AND gone.action = 'delete')), NULL,
           NULL
      FROM crm_customer_aliases x
      JOIN audit_log a ON a.resource = 'crm_customer_aliases' AND a.record_id = x.id AND a.action = 'insert'
     WHERE x.customer_id = %(id)s
"""
# The vehicle's owner before (of one received) or after (of one handed over) is the other customer.
_VEHICLES = """
    SELECT a.at, a.id, a.actor_name,
           CASE WHEN a.action = 'update' THEN 'vehicle_handed_over'
                WHEN other.id IS NULL THEN 'vehicle_added' ELSE 'vehicle_received' END, NULL,
           CASE WHEN other.id IS NOT NULL THEN jsonb_build_object('id', other.id, 'name', other.name) END,
           jsonb_build_object('id', v.id, 'plate', v.plate, 'make', v.make, 'model', v.model), NULL
      FROM crm_ownerships o
      JOIN crm_vehicles v ON v.tenant_id = o.tenant_id AND v.id = o.vehicle_id
      JOIN audit_log a ON a.resource = 'crm_ownerships' AND a.record_id = o.id
           AND (a.action = 'insert' OR a.action = 'update' AND a.after -> 'until' IS NOT NULL)
      LEFT JOIN LATERAL (
           SELECT c.id, c.name FROM crm_ownerships near
             JOIN crm_customers c ON c.tenant_id = near.tenant_id AND c.id = near.customer_id
            WHERE near.vehicle_id = o.vehicle_id AND near.id <> o.id
              AND CASE WHEN a.action = 'insert' THEN near.id < o.id ELSE near.id > o.id END
            ORDER BY CASE WHEN a.action = 'insert' THEN near.id END DESC, near.id LIMIT 1) AS other ON true
     WHERE o.customer_id = %(id)s
"""
# By whichever plugin; also what a duplicate was sent before it was merged.
_MESSAGES = """
    SELECT m.created_at, m.id, NULL, 'written_to', NULL, NULL, NULL,
           jsonb_build_object('id', m.id, 'template', m.template, 'channel', m.channel, 'status', m.status)
      FROM messages m
     WHERE m.recipient_kind = 'customer'
       AND m.recipient_id = ANY (ARRAY(SELECT x.id FROM crm_customer_aliases x WHERE x.customer_id = %(id)s)
                                 || %(id)s::uuid)
"""
_TIMELINE = Paged(f"{_FIELDS} UNION ALL {_MERGERS} UNION ALL {_VEHICLES} UNION ALL {_MESSAGES}", "at DESC, entry DESC")


def timeline(work: Work, identity: UUID, page: int, per_page: int) -> Page:
    """What has happened to a customer, newest first. Raises NotFound."""
    there, entries, counted = work.read(EXISTS(id=identity), *_TIMELINE(page, per_page, id=identity))
    if not there:
        raise NotFound(f"Customer {identity} does not exist")
    for entry in entries:
        del entry["entry"]
    return Page(entries, counted[0]["total"])
