"""What a workspace may use, seen from the platform: the same state that its requests are decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from transaction import TransactionManager

from ..db.pipeline import Rows
from ..db.statement import Bound, Statement
from ..errors import Unauthorized
from ..tenancy.state import FACTS, Entry, WorkspaceState
from ..work import Actor, Work
from .work import GO_INSIDE, PlatformWork
from .workspaces import Row, find_id, only, refuse_erased

__all__ = ["look", "read_state", "states_of"]

_BATCH = 100
_FIND_INSIDE = Statement(
    "SELECT t.*, set_config('app.tenant_id', t.id::text, true) AS inside FROM tenants t"
    " WHERE t.slug = %(slug)s OR t.id = %(id)s::uuid"
)
_LEAVE: Bound = GO_INSIDE(tenant="")


def read_state(work: PlatformWork, reference: str, *further: Bound) -> tuple[Row, WorkspaceState, list[Rows]]:
    """A workspace's row, its state, and what ``further`` statements found inside it, in one round trip.

    Raises NotFound; Gone where it has been erased.
    """
    row, state, rows = look(work, reference, *further)
    refuse_erased(row)
    assert state is not None
    return row, state, rows


def look(work: PlatformWork, reference: str, *further: Bound) -> tuple[Row, WorkspaceState | None, list[Rows]]:
    """The same for any workspace; one that has been erased has no state. Raises NotFound."""
    slug, identity = find_id(reference)
    found, facts, *rows, _ = work.read(_FIND_INSIDE(slug=slug, id=identity), FACTS, *further, _LEAVE)
    row = only(work, found, reference)
    del row["inside"]
    known = facts[0]["facts"]
    return row, None if known is None else _state(work, row, known), rows


def states_of(work: PlatformWork, rows: Sequence[Row]) -> Iterator[tuple[Row, WorkspaceState]]:
    """The states of many workspaces, a hundred in a round trip. Those that have been erased have none."""
    living = [row for row in rows if row["erased_at"] is None]
    for start in range(0, len(living), _BATCH):
        batch = living[start : start + _BATCH]
        inside = [statement for row in batch for statement in (GO_INSIDE(tenant=row["id"]), FACTS)]
        answers = work.read(*inside, _LEAVE)
        for row, facts in zip(batch, answers[1::2], strict=True):
            yield row, _state(work, row, facts[0]["facts"])


def _state(work: PlatformWork, row: Row, facts: dict[str, Any]) -> WorkspaceState:
    entry = Entry(
        row["id"], row["slug"], row["status"], facts["stamp"], facts["platform_stamp"], None, None, None, alive=False
    )
    state = work.platform.states.build(entry, facts)
    state.opinion = _opinion(work, row["id"])
    return state


def _opinion(work: PlatformWork, tenant_id: UUID) -> Callable[[str], str | None]:
    """The plugins' say, asked only of those that have one."""
    platform = work.platform

    def ask(slug: str) -> str | None:
        owner = platform.plugin_of(slug)
        if owner is None:
            return None
        if not platform.hook("jemeti_feature_decision", frozenset((owner,))).get_hookimpls():
            return None
        asking = Work(platform, tenant_id, Actor("system", work.actor.name), TransactionManager(explicit=True))
        try:
            return asking.opinion(slug)
        except Unauthorized:
            return None  # a suspended workspace cannot be entered: what a plugin would say there nobody can ask

    return ask
