"""What the workspace's search and dashboard show of tyre sets."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Figure, Figures, Source

__all__ = ["dashboard", "search"]

READ = "tyre_hotel.tyre_sets:read"
PATH = "/v1/tyre-hotel/tyre-sets"

_FOUND = Statement(
    "SELECT s.id, s.number AS title, concat_ws(' · ', s.plate, s.owner_name, s.position) AS subtitle, found.rank"
    " FROM jemeti.search('tyre_hotel_tyre_sets', %(q)s, %(limit)s) AS found JOIN tyre_hotel_tyre_sets s USING (id)"
    " ORDER BY found.rank DESC, s.number, s.id"
)
_COUNTED = Statement(
    'SELECT count(*) AS "tyre_hotel.stored",'
    ' count(*) FILTER (WHERE due_on <= (now() AT TIME ZONE w.timezone)::date + 30) AS "tyre_hotel.due"'
    " FROM tyre_hotel_tyre_sets CROSS JOIN workspaces w WHERE status = 'stored'"
)


def search(q: str, limit: int) -> list[Source]:
    """Sets by number, plate, owner and position."""
    return [Source("tyre_hotel.tyre_sets", "tyre set", PATH, READ, _FOUND(q=q, limit=limit))]


def dashboard() -> list[Figures]:
    """How many sets are in store, and how many of them are wanted within thirty days."""
    stored = Figure("tyre_hotel.stored", "Tyre sets in store", READ, f"{PATH}?status=stored")
    due = Figure("tyre_hotel.due", "Tyre sets wanted within 30 days", READ, f"{PATH}?status=stored&sort=due_on")
    return [Figures(_COUNTED(), (stored, due))]
