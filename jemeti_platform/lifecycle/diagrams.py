"""A lifecycle as a Mermaid diagram, for the documentation and whoever draws it."""

from __future__ import annotations

from ..state_machine import Lifecycle, Transition

__all__ = ["diagram", "table_of_transitions"]


def diagram(lifecycle: Lifecycle) -> str:
    """The lifecycle as a ``stateDiagram-v2``."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.name}: {state.title}" for state in lifecycle.states if state.title.lower() != state.name]
    lines.append(f"    [*] --> {lifecycle.initial}")
    for transition in lifecycle.transitions:
        lines += [f"    {state} --> {transition.to}: {transition.action}" for state in transition.from_]
    lines += [f"    {s.name} --> [*]" for s in lifecycle.states if not lifecycle.transitions_from(s.name)]
    return "\n".join(lines)


def table_of_transitions(lifecycle: Lifecycle) -> str:
    """Every transition with what it takes, as a Markdown table."""
    lines = ["| action | from | to | permission | it takes |", "|---|---|---|---|---|"]
    for transition in lifecycle.transitions:
        states = ", ".join(f"`{state}`" for state in transition.from_)
        way = f"| `{transition.action}` | {states} | `{transition.to}`"
        lines.append(f"{way} | `{transition.permission}` | {_takes(transition)} |")
    return "\n".join(lines)


def _takes(transition: Transition) -> str:
    said = [guard.sentence.rstrip(".") for guard in transition.guards]
    if transition.inputs is not None:
        said.append("inputs " + ", ".join(f"`{node.name}`" for node in transition.inputs().children))
    if transition.needs_note:
        said.append("a note")
    return "; ".join(said)
