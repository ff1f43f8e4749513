"""What the workspace's search and dashboard show of customers and vehicles."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Figure, Figures, Source

__all__ = ["dashboard", "search"]

_CUSTOMERS = Statement(
    "SELECT c.id, c.name AS title, coalesce(c.phone, c.email) AS subtitle, found.rank"
    " FROM jemeti.search('crm_customers', %(q)s, %(limit)s) AS found"
    " JOIN crm_customers c USING (id) ORDER BY found.rank DESC, c.name, c.id"
)
_VEHICLES = Statement(
    "SELECT v.id, concat_ws(' · ', v.plate, nullif(concat_ws(' ', v.make, v.model), '')) AS title,"
    " c.name AS subtitle, found.rank"
    " FROM jemeti.search('crm_vehicles', %(q)s, %(limit)s) AS found JOIN crm_vehicles v USING (id)"
    " JOIN crm_customers c ON c.tenant_id = v.tenant_id AND c.id = v.customer_id"
    " ORDER BY found.rank DESC, v.plate, v.id"
)
_COUNTS = Statement(
    "SELECT (SELECT count(*) FROM crm_customers WHERE status = 'active') AS \"crm.customers\","
    " (SELECT count(*) FROM crm_customers WHERE created_at >= now() - interval '30 days') AS \"crm.customers.new\","
    " (SELECT count(*) FROM crm_vehicles WHERE status = 'active') AS \"vehicles.customer\""
)


def search(q: str, limit: int) -> list[Source]:
    """Customers, then vehicles."""
    asked = {"q": q, "limit": limit}
    return [
        Source("crm.customers", "customer", "/v1/crm/customers", "crm.customers:read", _CUSTOMERS(**asked)),
        Source("vehicles.customer", "vehicle", "/v1/vehicles/customer", "vehicles.customer:read", _VEHICLES(**asked)),
    ]


def dashboard() -> list[Figures]:
    """How many customers and vehicles there are, and how many customers came in the last thirty days."""
    customers, vehicles = "crm.customers:read", "vehicles.customer:read"
    return [
        Figures(
            _COUNTS(),
            (
                Figure("crm.customers", "Active customers", customers, "/v1/crm/customers?status=active"),
                Figure(
                    "crm.customers.new", "New customers in 30 days", customers, "/v1/crm/customers?sort=-created_at"
                ),
                Figure("vehicles.customer", "Vehicles", vehicles, "/v1/vehicles/customer?status=active"),
            ),
        )
    ]
