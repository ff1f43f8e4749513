"""What the workspace's search and dashboard show of customers and vehicles."""

from __future__ import annotations

from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

__all__ = ["dashboard", "search"]

_CUSTOMERS = Statement(
    "SELECT c.id, c.name AS title FROM jemeti.search('crm_customers', %(q)s, %(limit)s) AS found"
    " JOIN crm_customers c USING (id) ORDER BY found.rank DESC, c.name, c.id"
)
_VEHICLES = Statement(
    "SELECT v.id, concat_ws(' · ', v.plate, nullif(concat_ws(' ', v.make, v.model), ''), c.name) AS title"
    " FROM jemeti.search('crm_vehicles', %(q)s, %(limit)s) AS found JOIN crm_vehicles v USING (id)"
    " JOIN crm_customers c ON c.tenant_id = v.tenant_id AND c.id = v.customer_id"
    " ORDER BY found.rank DESC, v.plate, v.id"
)
_COUNTS = Statement(
    "SELECT (SELECT count(*) FROM crm_customers WHERE status = 'active') AS customers,"
    " (SELECT count(*) FROM crm_customers WHERE created_at >= now() - interval '30 days') AS new_customers,"
    " (SELECT count(*) FROM crm_vehicles WHERE status = 'active') AS vehicles"
)


def search(work: Work, q: str, limit: int) -> list[dict[str, Any]]:
    """The best hits of what the actor may see: customers, then vehicles."""
    places = (
        ("crm.customers", "/v1/crm/customers", _CUSTOMERS),
        ("vehicles.customer", "/v1/vehicles/customer", _VEHICLES),
    )
    seen = [place for place in places if work.has(place[0]) and work.may(f"{place[0]}:read")]
    found = work.read(*(statement(q=q, limit=limit) for _, _, statement in seen))
    hits = [
        {"type": kind, "id": row["id"], "title": row["title"], "path": f"{path}/{row['id']}"}
        for (kind, path, _), rows in zip(seen, found, strict=True)
        for row in rows
    ]
    return hits[:limit]


def dashboard(work: Work) -> dict[str, Any]:
    """How many customers and vehicles there are, and how many customers came in the last thirty days."""
    ((row,),) = work.read(_COUNTS())
    return {
        "crm.customers": row["customers"],
        "crm.customers.new": row["new_customers"],
        "vehicles.customer": row["vehicles"],
    }
