"""After a change of plans, add-ons or switches: every workspace's plugins brought in line with its features."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..db.statement import Statement
from ..tenancy.provisioning import switch_plugins
from .states import states_of
from .work import PlatformWork

__all__ = ["Switched", "align", "out_of_line"]

_EVERY = Statement(
    "SELECT * FROM tenants WHERE status <> 'closed' AND (%(plan)s::text IS NULL OR plan = %(plan)s) ORDER BY id"
    " FOR NO KEY UPDATE"
)


@dataclass(frozen=True, slots=True)
class Switched:
    """A workspace and the plugins that it gains and loses."""

    tenant_id: UUID
    slug: str
    on: tuple[str, ...]
    off: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"workspace": self.slug, "enabled": list(self.on), "disabled": list(self.off)}


def align(work: PlatformWork, plan: str | None = None) -> list[Switched]:
    """Prepare and still plugins where features have changed, in workspaces of ``plan`` (of every plan, if None).

    In this transaction: what a plugin raises undoes the change.
    """
    found = list(out_of_line(work, plan))
    for switched in found:
        with work.inside(switched.tenant_id) as inside:
            switch_plugins(inside)
    return found


def out_of_line(work: PlatformWork, plan: str | None = None) -> Iterable[Switched]:
    """The workspaces whose prepared plugins are not those that their features ask for; their rows stay locked."""
    (rows,) = work.write(_EVERY(plan=plan))
    manifests = work.platform.manifests
    for row, state in states_of(work, rows):
        now, before = work.platform.enabled_plugins(state.has), row["plugins"]
        on = tuple(name for name in manifests if name in now and name not in before)
        off = tuple(name for name in manifests if name in before and name not in now)
        if on or off:
            yield Switched(row["id"], row["slug"], on, off)
