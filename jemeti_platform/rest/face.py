"""The API's own face: health, readiness, metrics, and the OpenAPI document."""

from __future__ import annotations

from typing import Any

import colander
import psycopg
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pyramid.response import Response
from sqlalchemy.exc import SQLAlchemyError

from ..db.migrate import is_current
from ..errors import Unavailable
from ..messages.mailer import Mailer
from ..messages.sms import SmsSender
from ..types import StrictBool
from ..work import Work
from .health import health_of
from .openapi import Published
from .openapi.names import API_TAG
from .schema import Mapping
from .service import ALWAYS, PUBLIC, Service

__all__ = ["includeme"]


class DocumentQuery(Mapping):
    workspace = colander.SchemaNode(
        StrictBool(),
        missing=False,
        description="Only what the caller's workspace has on; needs an identity, which the whole document does not",
    )


alive = Service("healthz", "/healthz", ALWAYS, "Whether the process lives", prefix="", tag=API_TAG)
ready = Service("readyz", "/readyz", ALWAYS, "Whether the process can serve", prefix="", tag=API_TAG)
metrics = Service("metrics", "/metrics", ALWAYS, "Counters and times for Prometheus", prefix="", tag=API_TAG)
openapi = Service("openapi", "/openapi.json", ALWAYS, "This document", tag=API_TAG)

_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string", "examples": ["ok"]}}}
_READY = {
    "type": "object",
    "title": "Readiness",
    "description": "Plugins may add facts of their own.",
    "required": ["status", "database", "migrations"],
    "properties": {
        "status": {"type": "string", "const": "ready"},
        "database": {"type": "string", "const": "ok"},
        "migrations": {"type": "string", "enum": ["current", "newer"]},
        "mail": {"type": "string", "enum": ["ok", "not configured"]},
        "sms": {"type": "string", "enum": ["ok", "not configured"]},
        "incomplete": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Plugins whose own facts could not be read",
        },
        "failed_plugins": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Plugins that were skipped since they could not start; in development only",
        },
    },
    "additionalProperties": True,
}
_DOCUMENT = {
    "x-bare": True,
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"type": "string", "examples": ["3.1.0"]},
        "info": {"type": "object"},
        "paths": {"type": "object"},
    },
    "additionalProperties": True,
}


@alive.get(permission=PUBLIC, counted=False, answer={**_STATUS, "title": "Liveness"})
def healthz(request: Any) -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@ready.get(permission=PUBLIC, counted=False, answer=_READY, errors=(503,))
def readyz(request: Any) -> dict[str, Any]:
    """The database answers, its migrations are those of this code, and no plugin objects."""
    platform = request.registry.platform
    try:
        migrations = "current" if is_current(platform.manifests, platform.engines["platform"]) else "lacking"
    except (CommandError, RevisionError):
        migrations = "newer"  # a revision that this code does not know: the next version is being rolled out
    except (SQLAlchemyError, psycopg.Error):
        raise Unavailable("The database is not reachable at the moment.", retry_after=1) from None
    if migrations == "lacking":
        raise Unavailable("The database lacks migrations; run `jemeti migrate`.", retry_after=5)
    # without a way out messages fail one by one, and everything else works
    facts: dict[str, Any] = {
        "mail": "ok" if platform.part(Mailer).transport is not None else "not configured",
        "sms": "ok" if platform.part(SmsSender).gateway is not None else "not configured",
    }
    own: dict[str, Any] = {"status": "ready", "database": "ok", "migrations": migrations, **facts}
    if platform.failed_plugins:
        own["failed_plugins"] = sorted(platform.failed_plugins)
    health = health_of(platform, frozenset((*own, "incomplete", "failed_plugins")))
    if health.cannot_work:
        raise Unavailable(
            f"A plugin cannot work at the moment: {', '.join(health.cannot_work)}. The log says why.",
            retry_after=5,
            details={"plugins": health.cannot_work, "facts": health.facts},
        )
    return own | health.facts | ({"incomplete": health.incomplete} if health.incomplete else {})


@metrics.get(permission=PUBLIC, counted=False, media_types=("text/plain",))
def show_metrics(request: Any) -> Response:
    """What has been counted since the process started."""
    return Response(generate_latest(request.registry.metrics), content_type=CONTENT_TYPE_LATEST.partition(";")[0])


@openapi.get(permission=PUBLIC, query=DocumentQuery, answer=_DOCUMENT, errors=(304, 401))
def show_document(request: Any) -> Response:
    """OpenAPI 3.1 of everything that is installed.

    The document itself, not inside an envelope. With an ETag: ask again with If-None-Match.
    """
    published: Published = request.registry.published
    edition = published.of_workspace(_workspace(request)) if request.query["workspace"] else published.whole
    response = Response(edition.body, content_type="application/json", conditional_response=True)
    response.etag = edition.etag
    response.headers["Cache-Control"] = "private, no-cache" if request.query["workspace"] else "public, no-cache"
    return response


def _workspace(request: Any) -> Work:
    """The caller's workspace, for a view that asks for an identity only now and then. Raises Unauthorized."""
    request.guard = Work.require_live_session
    _ = request.caller
    request.count_caller()
    work: Work = request.work
    work.confirm()
    return work


def includeme(config: Any) -> None:
    config.registry.published = Published(config.registry)
    for service in (alive, ready, metrics, openapi):
        config.add_service(service)
    config.include("jemeti_platform.rest.docs_page")
