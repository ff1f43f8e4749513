"""Faults on their way out: what a node refuses becomes a path and a message, and at last one 400 for all of them."""

from collections.abc import Iterable
from typing import Any

import colander

from jemeti_platform.errors import Invalid, Problem
from jemeti_platform.types.strict import Refused

__all__ = ["as_invalid", "as_refused", "below", "plain"]

# A body of a megabyte can hold half a million faults; nobody reads that many, and the answer must stay small.
_MOST = 100
_LONGEST_FIELD = 200


def below(name: str, refused: Refused) -> Iterable[tuple[str, str]]:
    """Return the problems of a part as problems of the whole that calls it `name`."""
    return [(f"{name}.{at}" if at else name, message) for at, message in refused.problems]


def as_refused(invalid: colander.Invalid) -> Refused:
    """Return Colander's error, without the name of its own node, as ours."""
    return Refused.all(_problems(invalid))


def as_invalid(refused: Refused) -> Invalid:
    """Return the 400 that lists the problems, the first hundred of them."""
    problems = refused.problems
    details: list[Problem] = [{"field": at[:_LONGEST_FIELD], "message": message} for at, message in problems[:_MOST]]
    if len(problems) > _MOST:
        details.append({"field": "", "message": f"and {len(problems) - _MOST} more faults"})
    return Invalid(details)


def plain(message: Any) -> str:
    """Return the words of a message that may be a translation string with gaps."""
    return str(message.interpolate() if hasattr(message, "interpolate") else message)


def _problems(invalid: colander.Invalid) -> list[tuple[str, str]]:
    found = [("", plain(message)) for message in invalid.messages()]
    for child in invalid.children:
        name = str(child.pos) if child.positional else str(child.node.name)
        found.extend((f"{name}.{at}" if at else name, message) for at, message in _problems(child))
    return found
