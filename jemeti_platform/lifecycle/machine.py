"""Running a lifecycle: the row locked, every guard asked, state and history written, the effect, the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import make_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Table, Uuid, bindparam, func, select, update

from ..db.base import uuid7
from ..db.pipeline import Row, Rows
from ..db.rows import update_row
from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..events.declared import EventType
from ..json import to_json
from ..platform import BootError
from ..rest.answer import Answer
from ..state_machine import Lifecycle, Transition
from ..work import Work
from .body import inputs_shape

if TYPE_CHECKING:
    from ..rest.resource import Resource

__all__ = ["Machine", "move"]

_HISTORY = Statement("""
    INSERT INTO lifecycle_history
           (id, lifecycle, record_id, actor_kind, actor_id, actor_name, action, from_state, to_state, note, inputs)
    VALUES (%(id)s, %(lifecycle)s, %(record_id)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(action)s,
            %(from_state)s, %(to_state)s, %(note)s, %(inputs)s::jsonb)
""")


def move(
    work: Work,
    name: str,
    identity: UUID,
    action: str,
    *,
    note: str | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Row:
    """Move a record by an action of its lifecycle (``jobs.job``), for domain code; returns the row as it is now.

    Guards are asked and history, event and effect follow as if somebody had asked over HTTP, but nobody's permission is
    looked at: who calls has decided. Raises NotFound, and Conflict with every unmet guard in words.
    """
    return machine_of(work, name).move(work, identity, action, note=note, inputs=inputs or {})


def machine_of(work: Work, name: str) -> Machine:
    """What runs a lifecycle on this platform. Raises KeyError for one that no resource has."""
    found: Machine = work.platform.machines[name]
    return found


class Machine:
    """A lifecycle on the table of its resource. Raises BootError where the two do not fit."""

    def __init__(self, lifecycle: Lifecycle, resource: Resource) -> None:
        self.lifecycle, self.resource, self.table = lifecycle, resource, resource.table
        self._check()
        whole = select(*_own(self.table)).where(self.table.c.id == bindparam("id", type_=Uuid))
        self._read, self._lock = Statement(whole), Statement(whole.with_for_update())
        self._update = lru_cache(maxsize=256)(self._update_statement)
        self._shapes = {action: inputs_shape(t) for action, t in lifecycle.actions.items()}
        plugin = lifecycle.name.partition(".")[0]
        told = {t.to for t in lifecycle.transitions if t.event is None}
        self.events = {state: _event(lifecycle, state, plugin) for state in sorted(told)}

    # -- looking --------------------------------------------------------------------------------

    def look(self, identity: UUID) -> list[Bound]:
        """The SELECTs of a record with what its guards read, for ``record_of`` their rows."""
        return [self._read(id=identity), *(read(id=identity) for read in self.lifecycle.reads.values())]

    def record_of(self, identity: UUID, rows: list[Any]) -> Row:
        """The record as guards see it. Raises NotFound."""
        (own, *read) = rows
        if not own:
            raise self.resource.missing(identity)
        row: Row = own[0]
        return row | dict(zip(self.lifecycle.reads, read, strict=True))

    def lock(self, work: Work, identity: UUID) -> Row:
        """The record, its row locked until commit, with what its guards read afterwards. Raises NotFound."""
        _, *read = self.look(identity)
        return self.record_of(identity, work.write(self._lock(id=identity), *read))

    def standing(self, work: Work, record: Row) -> dict[str, Any]:
        """The record's state, and every transition out of it: whether this actor may make it now, and if not, why."""
        state = self.lifecycle.state(record[self.lifecycle.column])
        ways = [self._way(work, record, t) for t in self.lifecycle.transitions_from(state.name)]
        return {"state": state.name, "title": state.title, "transitions": ways}

    def _way(self, work: Work, record: Row, transition: Transition) -> dict[str, Any]:
        unmet = [
            {"guard": guard.name, "message": sentence}
            for guard in transition.guards
            if not guard.needs_inputs and (sentence := guard.unmet(work, record, {})) is not None
        ]
        if not work.may(transition.permission):
            message = f"This needs the permission {transition.permission!r}, which your role does not grant."
            unmet.insert(0, {"guard": "permission", "message": message})
        return {
            "action": transition.action,
            "title": transition.title,
            "to": transition.to,
            "allowed": not unmet,
            "unmet": unmet,
            "permission": transition.permission,
            "inputs": self._shapes[transition.action],
        }

    # -- moving ---------------------------------------------------------------------------------

    def move(self, work: Work, identity: UUID, action: str, *, note: str | None, inputs: Mapping[str, Any]) -> Row:
        """Move a record; returns its row as it is now. Raises NotFound, Conflict.

        Two round trips; an effect's own and those of listeners come on top.
        """
        record, _ = self._move(work, self.lock(work, identity), action, note, inputs)
        return record

    def move_and_answer(
        self, work: Work, record: Row, action: str, *, note: str | None, inputs: Mapping[str, Any]
    ) -> Answer:
        """Move a record that is locked, and show it as its resource does. Raises Conflict."""
        _, shown = self._move(work, record, action, note, inputs, self.resource.plain_get(id=record["id"]))
        return self.resource.answer(shown[0]) if shown else self.resource.present(work, record["id"])

    def _move(
        self, work: Work, record: Row, action: str, note: str | None, inputs: Mapping[str, Any], *more: Bound
    ) -> tuple[Row, Rows]:
        """The row as it is now, and the rows of ``more``, none where something else may have changed it since."""
        transition = self._decide(work, record, action, inputs)
        column, was = self.lifecycle.column, record[self.lifecycle.column]
        changes = {**(transition.changes(record, inputs) if transition.changes else {}), column: transition.to}
        if self.lifecycle.sub_state is not None:
            changes[self.lifecycle.sub_state] = None
        changed = self._update(frozenset(changes))(row_id=record["id"], was=was, **changes)
        rows, _, *read = work.write(changed, self._history(work, record, transition, note, inputs), *more)
        if not rows:
            raise self._impossible(work, record, action)
        record = record | rows[0]
        if transition.effect is not None:
            transition.effect(work, record, inputs)
        event = self._happened(record, transition, note, inputs, was)
        work.emit(event)
        is_quiet = transition.effect is None and not work.platform.listeners.get(type(event))
        return record, read[0] if read and is_quiet else []

    def show(self, identity: UUID, sub_state: UUID | None) -> Bound:
        """The UPDATE that has a locked record carry a sub-state, or none."""
        assert self.lifecycle.sub_state is not None
        return update_row(self.resource.model, identity, {self.lifecycle.sub_state: sub_state})

    def _decide(self, work: Work, record: Row, action: str, inputs: Mapping[str, Any]) -> Transition:
        transition = self.lifecycle.find(record[self.lifecycle.column], action)
        if transition is None:
            raise self._impossible(work, record, action)
        unmet = [
            {"guard": guard.name, "message": sentence}
            for guard in transition.guards
            if (sentence := guard.unmet(work, record, inputs)) is not None
        ]
        if unmet:
            words = " ".join(f"{reason['message'].rstrip('.')}." for reason in unmet)
            raise Conflict(words, reason="state", action=action, unmet=unmet, **self.standing(work, record))
        return transition

    def _impossible(self, work: Work, record: Row, action: str) -> Conflict:
        standing = self.standing(work, record)
        title = self.resource.title
        possible = ", ".join(way["action"] for way in standing["transitions"])
        words = f"possible are: {possible}" if possible else "nothing leads on from there"
        sentence = f"By {action!r} nothing leads from {standing['title']!r}, where this {title} is; {words}."
        return Conflict(
            sentence, reason="state", action=action, unmet=[{"guard": "state", "message": sentence}], **standing
        )

    def _history(
        self, work: Work, record: Row, transition: Transition, note: str | None, inputs: Mapping[str, Any]
    ) -> Bound:
        actor = work.actor
        return _HISTORY(
            id=uuid7(),
            lifecycle=self.lifecycle.name,
            record_id=record["id"],
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=(work.entry.user_name if actor.kind == "user" else actor.name) or None,
            action=transition.action,
            from_state=record[self.lifecycle.column],
            to_state=transition.to,
            note=note,
            inputs=to_json(inputs).decode(),
        )

    def _happened(
        self, record: Row, transition: Transition, note: str | None, inputs: Mapping[str, Any], was: str
    ) -> object:
        if transition.event is not None:
            return transition.event(record, inputs)
        return self.events[transition.to].cls(record["id"], transition.action, was, transition.to, note)

    # -- statements and declarations ------------------------------------------------------------

    def _update_statement(self, fields: frozenset[str]) -> Statement:
        table, state = self.table, self.table.c[self.lifecycle.column]
        values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in sorted(fields)}
        values |= {"version": table.c.version + 1, "updated_at": func.now()}
        was = bindparam("was", type_=state.type)
        # the row is locked; that the state is still the one decided on holds even for who forgets that
        statement = update(table).values(values).where(table.c.id == bindparam("row_id", type_=Uuid), state == was)
        return Statement(statement.returning(*_own(table)))

    def _check(self) -> None:
        lifecycle, resource = self.lifecycle, self.resource
        if "version" not in self.table.c:
            raise BootError(f"lifecycle {lifecycle.name!r}: the model of {resource.name!r} must be a TenantBase")
        for column in filter(None, (lifecycle.column, lifecycle.sub_state)):
            if column not in self.table.c:
                raise BootError(
                    f"lifecycle {lifecycle.name!r}: the table of {resource.name!r} has no column {column!r}"
                )
            for schema in filter(None, (resource.schema, resource.change)):
                if any(node.name == column for node in schema().children):
                    raise BootError(
                        f"lifecycle {lifecycle.name!r}: {column!r} is moved by transitions; take it out of "
                        f"{schema.__module__}.{schema.__qualname__}"
                    )


def _own(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.computed is None]


def _event(lifecycle: Lifecycle, state: str, plugin: str) -> EventType:
    """The event of a lifecycle that a state was reached, for transitions that make none of their own."""
    fields: dict[str, Any] = {
        "record_id": UUID,
        "action": str,
        "from_state": str,
        "to_state": str,
        "note": str | None,
    }
    name = "".join(word.capitalize() for word in f"{lifecycle.name.rpartition('.')[2]}_{state}".split("_"))
    made = make_dataclass(name, list(fields.items()), frozen=True, slots=True)
    made.__doc__ = f"{lifecycle.title}: {lifecycle.state(state).title.lower()}."
    return EventType(made, f"{lifecycle.name}.{state}", plugin, fields, msgspec.json.Decoder(made).decode)
