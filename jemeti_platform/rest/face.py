"""The API's own face: health, readiness and metrics."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pyramid.response import Response

from ..db.migrate import is_current
from ..errors import Unavailable
from .service import ALWAYS, PUBLIC, Service

__all__ = ["includeme"]

alive = Service("healthz", "/healthz", ALWAYS, "Whether the process lives", prefix="")
ready = Service("readyz", "/readyz", ALWAYS, "Whether the process can serve: database and migrations", prefix="")
metrics = Service("metrics", "/metrics", ALWAYS, "Counters and times for Prometheus", prefix="")


@alive.get(permission=PUBLIC)
def healthz(request: Any) -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@ready.get(permission=PUBLIC, errors=(503,))
def readyz(request: Any) -> dict[str, Any]:
    """The database answers, its migrations are those of this code, and no plugin objects."""
    platform = request.registry.platform
    try:
        current = is_current(platform.manifests, platform.engines["platform"])
    except Exception:
        raise Unavailable("The database is not reachable at the moment.", headers={"Retry-After": "1"}) from None
    if not current:
        raise Unavailable("The database lacks migrations; run `jemeti migrate`.", headers={"Retry-After": "5"})
    facts: dict[str, Any] = {}
    for found in platform.every_hook.jemeti_health(platform=platform):
        facts |= found
    return {"status": "ready", "database": "ok", "migrations": "current", **facts}


@metrics.get(permission=PUBLIC, media_types=("text/plain",))
def show_metrics(request: Any) -> Response:
    """What has been counted since the process started."""
    return Response(generate_latest(request.registry.metrics), content_type=CONTENT_TYPE_LATEST.partition(";")[0])


def includeme(config: Any) -> None:
    for service in (alive, ready, metrics):
        config.add_service(service)
