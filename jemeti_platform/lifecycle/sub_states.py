"""``/v1/sub-states``: a workspace's own words for parts of our states. They are shown, and no logic reads them."""

from __future__ import annotations

from typing import Any

import colander
from colander import SchemaNode

from ..platform import Platform
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS
from ..types import Colour, OneOf, StrictInt, Text
from .models import SubStateRow

__all__ = ["sub_states_of"]


def sub_states_of(platform: Platform) -> Resource:
    """The resource, with the lifecycles and states of what is installed."""
    return Resource(
        name="sub_states",
        path="/sub-states",
        model=SubStateRow,
        schema=_schema(platform, SchemaNode(OneOf(_names(platform)), name="lifecycle"), _state(platform)),
        change=_schema(platform),
        feature=ALWAYS,
        title="sub-state",
        filters=("lifecycle", "state"),
        sort=("created_at", "position", "title"),
        default_sort="position",
        read="lifecycles:read",
        write="lifecycles:write",
        deletable=True,
        description="A workspace's own words for parts of the states of its records",
    )


def _names(platform: Platform) -> list[str]:
    return [name for name, lifecycle in platform.lifecycles.items() if lifecycle.sub_state is not None]


def _state(platform: Platform) -> SchemaNode:
    states = dict.fromkeys(s.name for name in _names(platform) for s in platform.lifecycles[name].states)
    return SchemaNode(OneOf(states), name="state", description="The state of ours that it is a part of")


def _schema(platform: Platform, *first: SchemaNode) -> type[Any]:
    """What a client may send; lifecycle and state stay what they were when it was made."""

    class SubStateSchema(Mapping):
        title = SchemaNode(Text(max=60), example="Waiting for the customer")
        colour = SchemaNode(Colour(), missing=None)
        position = SchemaNode(StrictInt(0, 10_000), missing=0, description="Where it stands among its like")

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.children[:0] = [node.clone() for node in first]

        def validator(self, node: Any, value: dict[str, Any]) -> None:
            if "lifecycle" in value and value["state"] not in _states(platform, value["lifecycle"]):
                known = ", ".join(_states(platform, value["lifecycle"]))
                wrong = colander.Invalid(node)
                wrong.add(colander.Invalid(node["state"], f"{value['lifecycle']} has the states {known}"))
                raise wrong

    return SubStateSchema


def _states(platform: Platform, lifecycle: str) -> list[str]:
    return [state.name for state in platform.lifecycles[lifecycle].states]
