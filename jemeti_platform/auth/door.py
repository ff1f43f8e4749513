"""From a request that nobody has identified himself with to a ``Work`` in the workspace it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..db.pipeline import read_once
from ..db.statement import Statement
from ..errors import Forbidden, Invalid, NotFound
from ..work import Actor, Work

__all__ = ["enter", "known_as", "meant_workspace"]

_FIND = Statement("SELECT * FROM jemeti.find_workspace(%(slug)s)")


def meant_workspace(request: Any, named: str | None) -> str:
    """The slug of the workspace that the host names, or else ``named`` by the body.

    Raises Invalid where neither does, or the two disagree.
    """
    host: str | None = request.workspace_slug
    if host is None and named is None:
        raise _invalid("Required: this host name does not say which workspace")
    if host is not None and named is not None and named != host:
        raise _invalid("This host name belongs to another workspace")
    return host or str(named)


def enter(request: Any, slug: str) -> Work:
    """Work in a workspace that is open, for whoever asks. Raises NotFound, and Forbidden where it is suspended."""
    platform = request.registry.platform
    (rows,) = read_once(platform.engines["app"], (_FIND(slug=slug),))
    if not rows or rows[0]["status"] == "closed":
        raise NotFound(f"There is no workspace {slug[:63]!r}.")
    if rows[0]["status"] != "active":
        raise Forbidden(f"The workspace {slug!r} is {rows[0]['status']}.")
    actor = Actor("system", "log-in", address=request.client_address)
    return Work(platform, rows[0]["id"], actor, request.tm, request_id=request.request_id)


def known_as(work: Work, user: Mapping[str, Any]) -> None:
    """From now on the work is that of a user, who has just proved to be one: what it changes is theirs."""
    work.actor = work.actor._replace(kind="user", name=user["name"], id=user["id"])


def _invalid(message: str) -> Invalid:
    return Invalid([{"field": "workspace", "message": message}])
