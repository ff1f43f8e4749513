"""Which events an endpoint wants: types by name, all below a word (``crm.*``), or all (``*``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..errors import Invalid
from ..platform import Platform
from ..work import Work

__all__ = ["covers", "offered", "refuse_unknown"]


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern means an event type; the database asks the same in ``jemeti.deliver_events``."""
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


def refuse_unknown(platform: Platform, patterns: Iterable[str]) -> None:
    """Raise Invalid for patterns that mean no event type of any installed plugin: they are misspelt."""
    names = [kind.name for kind in platform.events.values()]
    problems = [
        {"field": f"event_types.{n}", "message": f"There is no event type {pattern!r}; see /v1/webhooks/event-types"}
        for n, pattern in enumerate(patterns)
        if not any(covers(pattern, name) for name in names)
    ]
    if problems:
        raise Invalid(problems)  # type: ignore[arg-type]  # two texts each, as Problem wants them


def offered(work: Work) -> Iterator[dict[str, Any]]:
    """The event types of the kernel and of the plugins that are on in this workspace, by name."""
    enabled = work.enabled_plugins
    for kind in sorted(work.platform.events.values(), key=lambda kind: kind.name):
        if kind.plugin in enabled or kind.plugin not in work.platform.manifests:
            schema = msgspec.json.schema(kind.cls)
            shape = schema["$defs"].pop(schema["$ref"].rpartition("/")[2])
            shape.pop("description", None)
            data = {**shape, **({"$defs": schema["$defs"]} if schema["$defs"] else {})}
            yield {"type": kind.name, "title": kind.description, "plugin": kind.plugin, "data": data}
