"""A plugin that another needs, with a feature whose default is its own opinion."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission
from jemeti_platform.overview import Figure, Figures, Source

_NAMED = Statement(
    "SELECT '01990000-0000-7000-8000-000000000002'::uuid AS id, 'An item called ' || %(q)s::text AS title, 0.75 AS rank"
)
_COUNTED = Statement('SELECT 12.500::numeric AS "stock.items"')

BEFORE: list[Callable[[], object]] = []
"""What the hooks for search and dashboard do before they answer."""
FAULTS: list[Exception] = []
"""What the task ``stock.count`` raises, one each time it is called, after it has done its work."""


ORDERED = Statement("SELECT count(*) AS n FROM events WHERE object_id = %(item)s")


@dataclass(frozen=True, slots=True)
class ItemCounted:
    """So many of an item are on the shelf."""

    item_id: UUID
    quantity: Decimal
    note: str | None = None


@hookimpl
def jemeti_manifest() -> Manifest:
    return Manifest(
        name="stock",
        title="Stock",
        version="2.0.0",
        features=(
            Feature("stock", "Stock"),
            Feature("stock.items", "Items"),
            Feature("stock.local", "What only workshops in Bangladesh have"),
        ),
        permissions=(Permission("stock.items:read", "See items"),),
        paths=("/stock",),
    )


@hookimpl
def jemeti_feature_decision(work: Any, slug: str) -> str | None:
    return "on" if slug == "stock.local" and work.workspace["country"] == "BD" else None


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    for act in BEFORE:
        act()
    return [Source("stock.items", "item", "/v1/stock/items", "stock.items:read", _NAMED(q=q))]


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return [Figures(_COUNTED(), (Figure("stock.items", "Items", "stock.items:read", unit="quantity"),))]


def includeme(config: Any) -> None:
    config.add_event(ItemCounted)
    config.add_task("stock.count", count, attempts=3)
    config.add_task("stock.tidy", tidy)
    config.add_task("stock.order", order, late=True)
    config.add_task("stock.fetch", fetch, queue="slow")
    config.add_periodic("stock.nightly", "0 1 * * *", nightly)


def count(work: Any, item_id: UUID, quantity: Decimal = Decimal(1)) -> None:
    """A task whose effect is an event."""
    work.emit(ItemCounted(item_id, quantity))
    if FAULTS:
        raise FAULTS.pop(0)


def tidy(work: Any, items: list[UUID]) -> None:
    """A task that defers others."""
    for item in items:
        work.defer("stock.count", item_id=item)


def fetch(work: Any, item_id: UUID, seconds: float = 0.02) -> None:
    """A task that takes its time, in a queue of its own."""
    work.emit(ItemCounted(item_id, Decimal(1)))
    time.sleep(seconds)


def nightly(work: Any) -> None:
    """What runs by the clock."""
    work.emit(ItemCounted(work.tenant_id, Decimal(0)))


def order(work: Any, item_id: UUID, tries: int) -> datetime | None:
    """A late task: it asks others, writes down that it has, and comes back until it has done so ``tries`` times."""
    assert not work.is_writing
    (rows,) = work.read(ORDERED(item=item_id))
    work.emit(ItemCounted(item_id, Decimal(rows[0]["n"]), "ordered"))
    return work.now() + timedelta(hours=1) if rows[0]["n"] + 1 < tries else None
