"""What a node does beside its type: its `missing`, its preparers, its validator."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import colander

from jemeti_platform.rest.faults import as_refused, plain
from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["OURS", "Absent", "Reader", "absent_reader", "drop", "finishing", "run_validator"]

Reader = Callable[[Any, Context], Any]
"""(value, context) -> accepted value; raises Refused."""
Absent = Callable[[Context], Any]
"""The same for a value that was not sent."""

OURS = (Strict, colander.Mapping, colander.Sequence)


def absent_reader(node: Any) -> Absent:
    """Return what gives the value of a node that was not sent: its `missing`, or Refused("Required")."""
    finish = finishing(node) if node.preparer is not None and node.missing is not colander.drop else None
    if finish is None:
        return _missing(node)
    # Colander shows "nothing" to preparers, too: one of them may know what to put there.
    return lambda context: finish(colander.null, context)


def run_validator(node: Any, found: Any, context: Context) -> None:
    """Ask the node's own validator about a value; raises Refused with paths below the node."""
    validator = node.validator
    if isinstance(validator, colander.deferred):
        validator = validator(node, context)
    try:
        validator(node, found)
    except colander.Invalid as invalid:
        raise as_refused(invalid) from None


def _missing(node: Any) -> Absent:
    missing = node.missing
    if missing is colander.drop:
        return drop
    if isinstance(missing, colander.deferred):
        return lambda context: missing(node, context)
    if isinstance(missing, list | dict | set):
        return lambda context: deepcopy(missing)
    if missing is not colander.required:
        return lambda context: missing
    message = plain(node.missing_msg)

    def refuse(context: Context) -> Any:
        raise Refused(message)

    return refuse


def finishing(node: Any) -> Reader | None:
    """Return preparers and validator as one step, None if the node has neither and its type never answers "nothing"."""
    preparers = [node.preparer] if callable(node.preparer) else list(node.preparer or ())
    if isinstance(node.typ, OURS) and not preparers and node.validator is None:
        return None
    missing = _missing(node)

    def finish(found: Any, context: Context) -> Any:
        for prepare in preparers:
            found = prepare(found)
        if found is colander.null:
            return missing(context)
        if node.validator is not None:
            run_validator(node, found, context)
        return found

    return finish


def drop(context: Context) -> Any:
    """Answer that the field stays out of the result."""
    return colander.drop
