"""``…/transitions``, ``…/history`` and ``…/sub-state`` of every record with a lifecycle, and ``/v1/lifecycles``."""

from __future__ import annotations

from typing import Any

from colander import SchemaNode

from ..db.paged import Page, Paged
from ..db.statement import Statement
from ..errors import Invalid, NotFound
from ..rest.answer import Answer
from ..rest.paged import PageQuery, answer_of, sliced
from ..rest.preconditions import check_version, wanted_versions
from ..rest.request import path_id
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..state_machine import Lifecycle
from ..types import Uuid
from .body import body_of, check_of, inputs_shape
from .diagrams import diagram
from .machine import Machine
from .shapes import A_LIFECYCLE, A_MOVE, A_STANDING

__all__ = ["many", "one", "services_of"]

_PAST = Paged(
    "SELECT id, at, actor_kind, actor_id, actor_name, action, from_state, to_state, note, inputs FROM lifecycle_history"
    " WHERE record_id = %(id)s AND lifecycle = %(lifecycle)s",
    "id DESC",
)
_SUB_STATES = Statement(
    "SELECT id, state, title, colour FROM sub_states WHERE lifecycle = %(lifecycle)s ORDER BY position, title, id"
)


class SubStateChoice(Mapping):
    sub_state_id = SchemaNode(
        Uuid(), missing=None, refers="sub_states", description="One that belongs to the record's state; null for none"
    )


def services_of(machine: Machine) -> list[Service]:
    """The services that a lifecycle adds to its resource."""
    resource, lifecycle = machine.resource, machine.lifecycle
    path, name = f"{resource.path}/{{id}}", resource.name
    transitions = Service(f"{name}.transitions", f"{path}/transitions", resource.feature, "Moving it", tag=name)
    transitions.add(
        "GET", _Standing(machine), permission=resource.read, answer=A_STANDING, errors=(404,),
        summary=f"Transitions: what may be done with {_a(resource.title)} now, and what stands in the way of the rest",
    )  # fmt: skip
    transitions.add(
        "POST", _Moving(machine), permission=resource.read, body=body_of(lifecycle), check_body=check_of(lifecycle),
        answer=resource.answer_schema, errors=(404, 409, 412), summary=f"Move: {resource.title}",
    )  # fmt: skip
    past = Service(f"{name}.moves", f"{path}/history", resource.feature, "How it has moved", tag=name)
    past.add(
        "GET", _Past(machine), permission=resource.read, query=PageQuery, answer=A_MOVE, many=True, errors=(404,),
        summary=f"History: every transition of {_a(resource.title)}, newest first",
    )  # fmt: skip
    made = [transitions, past]
    if lifecycle.sub_state is not None:
        sub_state = Service(f"{name}.sub_state", f"{path}/sub-state", resource.feature, "Its sub-state", tag=name)
        sub_state.add(
            "PUT", _Choosing(machine), permission=resource.write, body=SubStateChoice, answer=resource.answer_schema,
            errors=(404, 412), summary=f"Sub-state: show {_a(resource.title)} in one of the workspace's own sub-states",
        )  # fmt: skip
        made.append(sub_state)
    return made


class _Standing:
    """What this user may do with a record now, and for what they may not yet do which guard is unmet."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, request: Any) -> dict[str, Any]:
        machine, work, identity = self.machine, request.work, path_id(request)
        record, *sub_states = _with_sub_states(machine, work, identity)
        standing = machine.standing(work, record)
        if machine.lifecycle.sub_state is not None:
            own = [row for row in sub_states if row["state"] == standing["state"]]
            standing["sub_states"] = [{name: row[name] for name in ("id", "title", "colour")} for row in own]
        return standing


def _with_sub_states(machine: Machine, work: Any, identity: Any) -> list[Any]:
    look = machine.look(identity)
    if machine.lifecycle.sub_state is None:
        return [machine.record_of(identity, work.read(*look))]
    *rows, sub_states = work.read(*look, _SUB_STATES(lifecycle=machine.lifecycle.name))
    return [machine.record_of(identity, rows), *sub_states]


class _Moving:
    """Move a record. What may be sent depends on the action; what stands in the way is told all at once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, request: Any) -> Answer:
        machine, work, identity = self.machine, request.work, path_id(request)
        wish = request.validated
        record = _locked(machine, request, identity)
        return machine.move_and_answer(work, record, wish["action"], note=wish["note"], inputs=wish["inputs"])


class _Past:
    """Every transition of a record, newest first: who moved it when from where to where, and what was said."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, request: Any) -> Answer:
        machine, query, identity = self.machine, request.query, path_id(request)
        page, count = _PAST(query["page"], query["per_page"], id=identity, lifecycle=machine.lifecycle.name)
        own, moves, counted = request.work.read(machine.look(identity)[0], page, count)
        if not own:
            raise machine.resource.missing(identity)
        return answer_of(query, Page(moves, counted[0]["total"]))


class _Choosing:
    """Show a record in a sub-state of the workspace's own, or in none. The state stays what it is."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def __call__(self, request: Any) -> Answer:
        machine, work, identity = self.machine, request.work, path_id(request)
        record = _locked(machine, request, identity)
        resource, lifecycle = machine.resource, machine.lifecycle
        wanted = request.validated["sub_state_id"]
        (known,) = work.write(_SUB_STATES(lifecycle=lifecycle.name))
        fitting = {row["id"] for row in known if row["state"] == record[lifecycle.column]}
        if wanted is not None and wanted not in fitting:
            message = f"There is no such sub-state of {lifecycle.state(record[lifecycle.column]).title!r}"
            raise Invalid([{"field": "sub_state_id", "message": message}])
        work.queue(machine.show(identity, wanted))
        return resource.present(work, identity)


def _locked(machine: Machine, request: Any, identity: Any) -> Any:
    """The record, locked. Raises NotFound, and PreconditionFailed where the client has seen another version of it."""
    versions, record = wanted_versions(request), machine.lock(request.work, identity)
    if versions is not None and record["version"] not in versions:
        check_version(versions, record["version"], machine.resource.present(request.work, identity))
    return record


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


# -- the declarations ---------------------------------------------------------------------------------


def _declared(platform: Any) -> dict[str, Lifecycle]:
    found: dict[str, Lifecycle] = platform.lifecycles
    return found


many = Service("lifecycles", "/lifecycles", ALWAYS, "The states of records and what leads from one to another")
one = Service("lifecycles.record", "/lifecycles/{name}", ALWAYS, "One lifecycle", words=_declared)


@many.get(permission="lifecycles:read", query=PageQuery, answer=A_LIFECYCLE, many=True)
def list_lifecycles(request: Any) -> Answer:
    """The lifecycles of what is switched on: states, transitions, guards, inputs."""
    work = request.work
    work.confirm()
    enabled = work.enabled_plugins
    return sliced(request.query, [_shown(x) for x in _declared(work.platform).values() if _owner(x) in enabled])


@one.get(permission="lifecycles:read", answer=A_LIFECYCLE, errors=(404,))
def get_lifecycle(request: Any) -> dict[str, Any]:
    """One lifecycle, with a diagram of it."""
    work, name = request.work, request.matchdict["name"]
    work.confirm()
    lifecycle = _declared(work.platform).get(name)
    if lifecycle is None or _owner(lifecycle) not in work.enabled_plugins:
        raise NotFound(f"There is no lifecycle {name[:80]!r}")
    return _shown(lifecycle)


def _owner(lifecycle: Lifecycle) -> str:
    return lifecycle.name.partition(".")[0]


def _shown(lifecycle: Lifecycle) -> dict[str, Any]:
    return {
        "name": lifecycle.name,
        "title": lifecycle.title,
        "initial": lifecycle.initial,
        "states": [
            {"name": s.name, "title": s.title, "is_final": not lifecycle.transitions_from(s.name)}
            for s in lifecycle.states
        ],
        "transitions": [
            {
                "action": t.action,
                "title": t.title,
                "from": list(t.from_),
                "to": t.to,
                "permission": t.permission,
                "guards": [{"guard": guard.name, "message": guard.sentence} for guard in t.guards],
                "inputs": inputs_shape(t),
            }
            for t in lifecycle.transitions
        ],
        "diagram": diagram(lifecycle),
    }
