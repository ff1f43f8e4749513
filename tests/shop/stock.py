"""A plugin that another needs, with a feature whose default is its own opinion."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission

FAULTS: list[Exception] = []
"""What the task ``stock.count`` raises, one each time it is called, after it has done its work."""


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


def includeme(config: Any) -> None:
    config.add_event(ItemCounted)
    config.add_task("stock.count", count, attempts=3)
    config.add_task("stock.tidy", tidy)


def count(work: Any, item_id: UUID, quantity: Decimal = Decimal(1)) -> None:
    """A task whose effect is an event."""
    work.emit(ItemCounted(item_id, quantity))
    if FAULTS:
        raise FAULTS.pop(0)


def tidy(work: Any, items: list[UUID]) -> None:
    """A task that defers others."""
    for item in items:
        work.defer("stock.count", item_id=item)
