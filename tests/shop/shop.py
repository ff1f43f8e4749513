"""A plugin with a tree of features, some of which need others; every feature has a path to read and to write."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from stock import ItemCounted

from jemeti_platform.db.statement import Bound
from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Limit, Manifest, Permission
from jemeti_platform.overview import Figure, Figures, Source
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
HEALTH: list[Any] = []
"""What the hook for health answers or raises."""
MISCHIEF: list[str] = []
"""What the hooks for search and dashboard do wrong, if anything."""
BEFORE: list[Callable[[], object]] = []
"""What the hooks for search and dashboard do before they answer."""
CALLS: list[tuple[str, str]] = []
"""Which of the plugin's hooks were called for which workspace."""
HEARD: list[tuple[str, Any, datetime]] = []
"""What was counted on the shelves: the workspace, the event, and when it happened."""
DEAF: list[Exception] = []
"""What the listener raises, one each time."""


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
def jemeti_health() -> Any:
    for given in HEALTH:
        if isinstance(given, Exception):
            raise given
    return HEALTH[0] if HEALTH else {"shop": "open"}


@hookimpl
def jemeti_tenant_enabled(work: Any) -> None:
    CALLS.append(("enabled", str(work.tenant_id)))


@hookimpl
def jemeti_tenant_disabled(work: Any) -> None:
    CALLS.append(("disabled", str(work.tenant_id)))


@hookimpl
def jemeti_tenant_export(work: Any) -> Any:
    yield "shop_carts", [{"id": 1, "price": "9.50"}]


@hookimpl
def jemeti_search(work: Any, q: str, limit: int) -> Any:
    return _mischief(Source("shop.things", "thing", "/v1/shop/things", "shop.core:read", _statement()))


@hookimpl
def jemeti_dashboard(work: Any) -> Any:
    return _mischief(Figures(_statement(), (Figure("title", "Things", "shop.core:read"),)))


def _mischief(part: Any) -> Any:
    for act in BEFORE:
        act()
    if MISCHIEF == ["raises"]:
        raise RuntimeError("this plugin is broken")
    return [{"type": "shop.things"}] if MISCHIEF == ["answers junk"] else [part]


def _statement() -> Bound:
    identity = "SELECT '01990000-0000-7000-8000-000000000001'::uuid AS id"
    sql = f"{identity}, 'A thing' AS title"
    wrong = {
        "fails": "SELECT 1 / 0",
        "sleeps": "SELECT pg_sleep(60)",
        "forgets a column": "SELECT 1 AS nothing",
        "answers other columns": f"{identity}, ARRAY[1] AS title, 'best' AS rank",
    }
    unfit: Any = {"of": object()} if MISCHIEF == ["gives unfit values"] else ()
    return Bound(wrong.get("".join(MISCHIEF), sql if not unfit else "SELECT %(of)s"), unfit)


def hear(work: Any, event: ItemCounted) -> None:
    if DEAF:
        raise DEAF.pop(0)
    HEARD.append((str(work.tenant_id), event, work.happened_at()))
    if event.note == "echo":
        work.emit(ItemCounted(event.item_id, event.quantity, "echoed"))


def includeme(config: Any) -> None:
    config.add_listener(ItemCounted, hear, replay=True)
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
