"""A plugin that another needs, with a feature whose default is its own opinion."""

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission


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
    pass
