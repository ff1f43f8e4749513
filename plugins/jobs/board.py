"""The board: every job that is open, by state and by bay, in one question however many there are."""

from __future__ import annotations

from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .lifecycle import JOB, OPEN

__all__ = ["MOST", "board"]

MOST = 500
"""How many jobs the board shows; the most urgent ones, should there be more."""

_CARDS = Statement(
    """
    SELECT j.id, j.number, j.status, j.sub_state_id, j.priority, j.promised_at, j.concern, j.bay_id,
           coalesce(j.promised_at < now(), false) AS is_late,
           jsonb_build_object('id', c.id, 'name', c.name) AS customer,
           CASE WHEN v.id IS NOT NULL THEN
                jsonb_build_object('id', v.id, 'plate', v.plate, 'make', v.make, 'model', v.model) END AS vehicle,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) ORDER BY m.position), '[]')
              FROM jobs_mechanics m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
             WHERE m.tenant_id = j.tenant_id AND m.job_id = j.id) AS mechanics,
           work.lines, work.lines_done,
           EXISTS (SELECT FROM jobs_timers t WHERE t.tenant_id = j.tenant_id AND t.job_id = j.id
                      AND t.stopped_at IS NULL) AS timer_running
      FROM jobs_jobs j
      JOIN crm_customers c ON c.tenant_id = j.tenant_id AND c.id = j.customer_id
      LEFT JOIN crm_vehicles v ON v.tenant_id = j.tenant_id AND v.id = j.vehicle_id
      CROSS JOIN LATERAL (
           SELECT count(*) AS lines, count(*) FILTER (WHERE l.status = 'done') AS lines_done FROM jobs_lines l
            WHERE l.tenant_id = j.tenant_id AND l.job_id = j.id AND l.approval = 'approved'
              AND l.status <> 'cancelled') AS work
     WHERE j.status = ANY(%(states)s)
     ORDER BY array_position(ARRAY['urgent', 'high', 'normal', 'low'], j.priority), j.promised_at NULLS LAST, j.number
     LIMIT %(most)s
    """
)
_COUNTS = Statement("SELECT status, count(*) AS n FROM jobs_jobs WHERE status = ANY(%(states)s) GROUP BY status")
_BAYS = Statement("SELECT id, name, kind FROM jobs_bays WHERE status = 'active' ORDER BY position, name, id")


def board(work: Work) -> dict[str, Any]:
    """Open jobs by state, with the bays and who stands in them. One round trip."""
    states = list(OPEN)
    cards, counts, bays = work.read(_CARDS(states=states, most=MOST), _COUNTS(states=states), _BAYS())
    number = {row["status"]: row["n"] for row in counts}
    columns = [
        {
            "state": state,
            "title": JOB.state(state).title,
            "count": number.get(state, 0),
            "jobs": [card for card in cards if card["status"] == state],
        }
        for state in OPEN
    ]
    places = [{**bay, "job_ids": [card["id"] for card in cards if card["bay_id"] == bay["id"]]} for bay in bays]
    return {"states": columns, "bays": places, "shown": len(cards), "total": sum(number.values())}
