"""Workspaces from outside: found by slug or id, suspended, resumed, closed."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from ..db.statement import Bound, Statement
from ..errors import Conflict, Gone, NotFound
from .meant import meant
from .work import PlatformWork

__all__ = [
    "STILL",
    "close",
    "every",
    "find",
    "find_id",
    "locked",
    "locked_alone",
    "only",
    "refuse_erased",
    "rename",
    "resume",
    "shown",
    "suspend",
]

Row = dict[str, Any]

_FIND = Statement("SELECT * FROM tenants WHERE slug = %(slug)s OR id = %(id)s::uuid")
_LOCK = Statement(f"{_FIND.sql} FOR NO KEY UPDATE")
# Plans and kill switches raise the platform's stamp: who waits for its row decides on what they have become.
STILL: Bound = Statement("SELECT stamp FROM platform_state FOR SHARE")()
_STATUS = Statement(
    "UPDATE tenants SET status = %(status)s, closed_at = CASE WHEN %(status)s = 'closed' THEN now() END"
    " WHERE id = %(id)s RETURNING *"
)
_RENAME = Statement("UPDATE tenants SET name = %(name)s WHERE id = %(id)s RETURNING *")
_EVERY = Statement(
    "SELECT * FROM tenants WHERE (%(status)s::text IS NULL OR status = %(status)s)"
    " AND (%(plan)s::text IS NULL OR plan = %(plan)s) ORDER BY slug"
)
# of many thousand workspaces only those are compared letter by letter that can be alike
_ALIKE = Statement(
    "SELECT slug FROM tenants WHERE status <> 'closed' AND abs(length(slug) - length(%(slug)s)) <= 2"
    " AND (left(slug, 1) = left(%(slug)s, 1) OR right(slug, 2) = right(%(slug)s, 2)) ORDER BY slug LIMIT 1000"
)
_REFERENCE = re.compile(r"[a-z0-9-]{1,63}", re.IGNORECASE)


def every(work: PlatformWork, *, status: str | None = None, plan: str | None = None) -> list[Row]:
    """All workspaces, by slug."""
    (rows,) = work.read(_EVERY(status=status, plan=plan))
    return rows


def find(work: PlatformWork, reference: str) -> Row:
    """The workspace of this slug or id. Raises NotFound."""
    (rows,) = work.read(_FIND(**_named(reference)))
    return only(work, rows, reference)


def find_id(reference: str) -> tuple[str, UUID | None]:
    """What a path names: a slug, and an id where it can be one. Raises NotFound for what is neither."""
    named = _named(reference)
    return named["slug"], named["id"]


def locked(work: PlatformWork, reference: str) -> Row:
    """The same, locked against other administrators until commit, and no plan or kill switch changes meanwhile.

    The workspace itself goes on working: its own rows may be written and refer to this one.
    """
    _, rows = work.write(STILL, _LOCK(**_named(reference)))
    return only(work, rows, reference)


def locked_alone(work: PlatformWork, reference: str) -> Row:
    """The workspace locked, while plans and kill switches go on being changed: for what may take long.

    What a plan's change does to this workspace waits for the lock; a kill switch that is pulled meanwhile is a pause.
    """
    (rows,) = work.write(_LOCK(**_named(reference)))
    return only(work, rows, reference)


def shown(row: Row) -> Row:
    """The workspace as the platform's API shows it."""
    hidden = ("add_ons", "limits", "stamp")
    return {**{name: value for name, value in row.items() if name not in hidden}, "plugins": sorted(row["plugins"])}


def suspend(work: PlatformWork, reference: str, reason: str) -> Row:
    """Shut a workspace: its tokens are refused from the next request on, and nobody can log in. Raises Conflict."""
    return _move(work, reference, ("active",), "suspended", reason)


def resume(work: PlatformWork, reference: str, reason: str | None = None) -> Row:
    """Open a suspended workspace again; tokens that have not expired are good again. Raises Conflict."""
    return _move(work, reference, ("suspended",), "active", reason)


def close(work: PlatformWork, reference: str, reason: str) -> Row:
    """Close a workspace for good. Its data stays until it is erased, its slug for ever. Raises Conflict."""
    return _move(work, reference, ("active", "suspended"), "closed", reason)


def rename(work: PlatformWork, reference: str, name: str) -> Row:
    """Change the name by which the platform knows a workspace; its own profile keeps the one it shows customers."""
    before = locked(work, reference)
    refuse_erased(before)
    ((after,),) = work.write(_RENAME(id=before["id"], name=name))
    work.log(
        "workspace.renamed",
        before["slug"],
        tenant_id=before["id"],
        before={"name": before["name"]},
        after={"name": name},
    )
    return after


def refuse_erased(row: Row) -> None:
    """Raise Gone where nothing of the workspace is left but its slug."""
    if row["erased_at"] is not None:
        raise Gone(f"The workspace {row['slug']!r} has been erased.")


_VERBS = {"suspended": "suspended", "active": "resumed", "closed": "closed"}


def _move(work: PlatformWork, reference: str, sources: tuple[str, ...], status: str, reason: str | None) -> Row:
    before = locked(work, reference)
    if before["status"] not in sources:
        raise Conflict(
            f"The workspace is {before['status']}; it can be {_VERBS[status]} only while it is {' or '.join(sources)}.",
            reason="state",
            status=before["status"],
        )
    ((after,),) = work.write(_STATUS(id=before["id"], status=status))
    work.log(
        f"workspace.{_VERBS[status]}",
        before["slug"],
        tenant_id=before["id"],
        before={"status": before["status"]},
        after={"status": status, "reason": reason},
    )
    return after


def _named(reference: str) -> dict[str, Any]:
    if not _REFERENCE.fullmatch(reference):
        raise NotFound(f"There is no workspace {reference[:64]!r}")
    try:
        identity = UUID(reference) if len(reference) == 36 else None
    except ValueError:
        identity = None
    return {"slug": reference, "id": identity}


def only(work: PlatformWork, rows: list[Row], reference: str) -> Row:
    """The one row of a search by slug or id. Raises NotFound, which names the slug that is most alike."""
    if not rows:
        (known,) = work.read(_ALIKE(slug=reference.lower()))
        said = meant(reference.lower(), (row["slug"] for row in known))
        raise NotFound(f"There is no workspace {reference[:64]!r}{f'; {said}' if said else ''}")
    return rows[0]
