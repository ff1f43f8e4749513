"""``POST /platform/tenants/{slug or id}/suspend`` and its like: what happens to a workspace as a whole."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from ...rest.service import ALWAYS, AUTHENTICATED, Service
from .. import workspaces
from ..answers import ERASED, WORKSPACE
from ..erasure import erase
from ..export import export_workspace
from ..schemas import CloseSchema, EraseSchema, ResumeSchema
from .paths import path_workspace
from .tagging import tagged

__all__ = ["includeme"]

ZIP = "application/zip"


def _verb(name: str, description: str) -> Service:
    return Service(
        f"platform.tenants.{name}",
        f"/platform/tenants/{{workspace}}/{name}",
        ALWAYS,
        description,
        prefix="",
        realm="platform",
        tag="platform.tenants",
    )


suspending = _verb("suspend", "Shut a workspace for a while")
resuming = _verb("resume", "Open a suspended workspace")
closing = _verb("close", "Close a workspace for good")
exporting = _verb("export", "Everything a workspace keeps")
erasing = _verb("erase", "Delete everything a closed workspace has kept")


@suspending.post(permission=AUTHENTICATED, body=CloseSchema, answer=WORKSPACE, errors=(404, 409))
def suspend(request: Any) -> Any:
    """Refuse the workspace's tokens from the next request on, and its log-ins."""
    row = workspaces.suspend(request.work, path_workspace(request), request.validated["reason"])
    return tagged(workspaces.shown(row))


@resuming.post(permission=AUTHENTICATED, body=ResumeSchema, answer=WORKSPACE, errors=(404, 409))
def resume(request: Any) -> Any:
    """Let the workspace work again; tokens that have not expired are good again."""
    row = workspaces.resume(request.work, path_workspace(request), request.validated["reason"])
    return tagged(workspaces.shown(row))


@closing.post(permission=AUTHENTICATED, body=CloseSchema, answer=WORKSPACE, errors=(404, 409))
def close(request: Any) -> Any:
    """Close the workspace. Its data stays until it is erased, its slug stays taken."""
    row = workspaces.close(request.work, path_workspace(request), request.validated["reason"])
    return tagged(workspaces.shown(row))


@exporting.post(permission=AUTHENTICATED, body=ResumeSchema, media_types=(ZIP,), errors=(404, 410))
def export(request: Any) -> Response:
    """A ZIP with one file of JSON Lines a table, from one moment, without secrets."""
    slug, made = export_workspace(request.work, path_workspace(request), reason=request.validated["reason"])
    headers = [("Content-Type", ZIP), ("Content-Disposition", f'attachment; filename="{slug}.zip"')]
    return Response(app_iter=made, headerlist=headers)


@erasing.post(
    permission=AUTHENTICATED,
    body=EraseSchema,
    answer=ERASED,
    errors=(404, 409, 410),
)
def erase_workspace(request: Any) -> dict[str, Any]:
    """Delete every row of a closed workspace; ``confirm`` must be its slug. Nothing brings it back."""
    given = request.validated
    return erase(request.work, path_workspace(request), confirmation=given["confirm"], reason=given["reason"])


def includeme(config: Any) -> None:
    for service in (suspending, resuming, closing, exporting, erasing):
        config.add_service(service)
