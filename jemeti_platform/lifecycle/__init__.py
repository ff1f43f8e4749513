"""Lifecycles: declared state machines that the kernel runs, so that no plugin writes its own.

- declared by ``Lifecycle``, ``State``, ``Transition`` and ``Guard`` in a manifest (``jemeti_platform.state_machine``)
- ``shape``: what the table needs; ``models``: history, and sub-states of the workspace's own
- ``machine``: looking and moving, ``body``: what a client sends; ``services``, ``shapes``, ``sub_states``: over HTTP
- ``diagrams``: Mermaid for the documentation
"""

from __future__ import annotations

from typing import Any

from ..state_machine import Guard, Lifecycle, State, Transition
from .diagrams import diagram, table_of_transitions
from .machine import Machine, move
from .models import Move, SubStateRow
from .shape import SubState, state_check

__all__ = [
    "Guard",
    "Lifecycle",
    "Machine",
    "Move",
    "State",
    "SubState",
    "SubStateRow",
    "Transition",
    "diagram",
    "includeme",
    "move",
    "state_check",
    "table_of_transitions",
]


def includeme(config: Any) -> None:
    from . import services
    from .sub_states import sub_states_of

    config.add_service(services.many)
    config.add_service(services.one)
    if any(lifecycle.sub_state is not None for lifecycle in config.registry.platform.lifecycles.values()):
        config.add_resource(sub_states_of(config.registry.platform))
