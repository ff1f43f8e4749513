"""What a client sends to move a record: the action, a note, and the inputs that its transition declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import colander

from ..errors import Forbidden
from ..platform import BootError
from ..rest.compile import Check, compile_body
from ..rest.json_schema import json_schema
from ..rest.schema import Mapping
from ..state_machine import Lifecycle, Transition
from ..types import OneOf, Text

__all__ = ["body_for", "body_of", "check_of", "inputs_shape"]

_OURS = ("action", "note")
_NOTE = Text(max=2000, multiline=True)


def body_of(lifecycle: Lifecycle) -> colander.MappingSchema:
    """The schema of everything that may be sent, whatever the action; what each takes is said by its words.

    Raises BootError where two actions mean different things by one name.
    """
    made = Mapping(title=f"{lifecycle.title} transition")
    ways = [f"{action} ({', '.join(t.from_)} → {t.to})" for action, t in ((t.action, t) for t in lifecycle.transitions)]
    made.add(colander.SchemaNode(OneOf(lifecycle.actions), name="action", description=f"What to do: {'; '.join(ways)}"))
    noted = [action for action, t in lifecycle.actions.items() if t.needs_note]
    words = f"Why, for the history; {', '.join(noted)} must have one" if noted else "Why, for the history"
    made.add(colander.SchemaNode(_NOTE, name="note", missing=None, description=words, example="Agreed by telephone"))
    takers: dict[str, list[str]] = {}
    nodes: dict[str, Any] = {}
    for action, transition in lifecycle.actions.items():
        for node in _inputs(transition):
            if node.name in nodes and _meaning(node) != _meaning(nodes[node.name]):
                raise BootError(f"lifecycle {lifecycle.name!r}: two actions mean different things by {node.name!r}")
            if node.name in _OURS:
                raise BootError(
                    f"lifecycle {lifecycle.name!r}: an input of {action!r} must not be called {node.name!r}"
                )
            nodes.setdefault(node.name, node)
            takers.setdefault(node.name, []).append(action)
    for name, node in nodes.items():
        shown = node.clone()
        shown.missing = colander.drop
        shown.description = f"{node.description or name.replace('_', ' ').capitalize()}; for {', '.join(takers[name])}"
        made.add(shown)
    return made


def check_of(lifecycle: Lifecycle) -> Check:
    """The check of a body: by its action it knows what else may and must be there.

    Returns ``action``, ``note`` and ``inputs``. Where the context says who asks (``may``), a missing permission is
    told before bad inputs.
    """
    checks = {action: compile_body(_whole(lifecycle, transition)) for action, transition in lifecycle.actions.items()}
    first = compile_body(_only_action(lifecycle))

    def check(given: Any, context: Any = None, /) -> dict[str, Any]:
        only = {name: given[name] for name in ("action",) if name in given} if isinstance(given, dict) else given
        transition = lifecycle.actions[first(only)["action"]]
        may: Callable[[str], bool] | None = (context or {}).get("may")
        if may is not None and not may(transition.permission):
            raise Forbidden(
                f"This needs the permission {transition.permission!r}, which your role does not grant.",
                details={"permission": transition.permission},
            )
        found = checks[transition.action](given, context)
        action, note = found.pop("action"), found.pop("note")
        return {"action": action, "note": note, "inputs": found}

    return check


def body_for(transition: Transition) -> tuple[Any, Check]:
    """The schema of what one transition takes besides its action, and its check."""
    made = transition.inputs() if transition.inputs is not None else Mapping()
    made.children.insert(0, _note_node(transition))
    return made, compile_body(made)


def inputs_shape(transition: Transition) -> dict[str, Any]:
    """The JSON Schema of what a transition takes besides its action."""
    return json_schema(body_for(transition)[0])


def _whole(lifecycle: Lifecycle, transition: Transition) -> Any:
    made, _ = body_for(transition)
    made.children[:0] = _only_action(lifecycle).children
    return made


def _only_action(lifecycle: Lifecycle) -> Any:
    made = Mapping()
    made.add(colander.SchemaNode(OneOf(lifecycle.actions), name="action"))
    return made


def _note_node(transition: Transition) -> Any:
    missing = colander.required if transition.needs_note else None
    return colander.SchemaNode(_NOTE, name="note", missing=missing)


def _inputs(transition: Transition) -> list[Any]:
    return list(transition.inputs().children) if transition.inputs is not None else []


def _meaning(node: Any) -> str:
    shape = json_schema(node)
    for word in ("description", "default", "examples", "required"):
        shape.pop(word, None)
    return json.dumps(shape, sort_keys=True, default=str)
