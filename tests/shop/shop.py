"""A plugin with a tree of features, some of which need others; every feature has a path to read and to write."""

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Limit, Manifest, Permission
from jemeti_platform.rest.service import Service

FEATURES = (
    Feature("shop", "Shop"),
    Feature("shop.core", "Selling"),
    Feature("shop.core.bulk", "Selling by the hundred"),
    Feature("shop.extra", "Gift wrapping", requires=("shop.core",)),
    Feature("shop.till", "Till", requires=("stock.items", "shop.core")),
)
WRITTEN: list[tuple[str, str]] = []
"""What the write paths have done: feature and workspace."""
CALLS: list[tuple[str, str]] = []
"""Which of the plugin's hooks were called for which workspace."""


@hookimpl
def jemeti_manifest() -> Manifest:
    actions = [f"{f.slug}:{action}" for f in FEATURES for action in ("read", "write")]
    return Manifest(
        name="shop",
        title="Shop",
        version="1.0.0",
        requires=("stock",),
        features=FEATURES,
        permissions=tuple(Permission(name, name) for name in actions),
        limits=(Limit("shop.carts", "Carts", default=50),),
        paths=("/shop",),
    )


@hookimpl
def jemeti_tenant_enabled(work: Any) -> None:
    CALLS.append(("enabled", str(work.tenant_id)))


@hookimpl
def jemeti_tenant_disabled(work: Any) -> None:
    CALLS.append(("disabled", str(work.tenant_id)))


@hookimpl
def jemeti_tenant_export(work: Any) -> Any:
    yield "shop_carts", [{"id": 1, "price": "9.50"}]


def includeme(config: Any) -> None:
    for feature in FEATURES:
        config.add_service(_service(feature.slug))


def _service(slug: str) -> Service:
    service = Service(f"{slug}.things", f"/shop/{slug}", slug, "Things")

    @service.get(permission=f"{slug}:read")
    def read(request: Any) -> dict[str, Any]:
        """Read a thing."""
        request.work.read()
        return {"feature": slug}

    @service.post(permission=f"{slug}:write")
    def write(request: Any) -> dict[str, Any]:
        """Write a thing."""
        WRITTEN.append((slug, request.work.state.slug))
        return {"feature": slug}

    return service
