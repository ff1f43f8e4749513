"""Declared tasks: what a job's arguments look like, how often it is tried, and how it is written into the queue."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

__all__ = ["PAUSES", "Task", "declare", "pause"]

PAUSES = (15.0, 60.0, 300.0, 1800.0, 7200.0)
"""Seconds between two tries of a job; the last pause stands for all that follow."""

_encode = msgspec.json.Encoder(decimal_format="string").encode


@dataclass(frozen=True, slots=True)
class Task:
    """A function that the worker calls as ``function(work, **args)``, at most ``attempts`` times until it succeeds.

    A ``late`` one opens the transaction itself when it first writes, and may return when it is to be called again.
    """

    name: str
    plugin: str
    function: Callable[..., Any]
    attempts: int
    pauses: Sequence[float]
    queue: str
    arguments: type[msgspec.Struct]
    late: bool = False

    def job(
        self,
        args: Mapping[str, Any],
        *,
        lock: str | None = None,
        queueing_lock: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """The job as the JSON that ``jemeti.defer`` takes. Raises TypeError for arguments that do not fit."""
        if at is not None and at.tzinfo is None:
            raise TypeError(f"the task {self.name!r} is deferred to {at}, which names no time zone")
        try:
            given = self.arguments(**args)
        except TypeError as error:
            raise TypeError(f"the task {self.name!r} cannot be called like this: {error}") from None
        return _encode(
            {
                "task": self.name,
                "queue": self.queue,
                "args": given,
                "lock": lock,
                "queueing_lock": queueing_lock,
                "at": at,
            }
        ).decode()

    def call(self, work: Any, args: Mapping[str, Any]) -> Any:
        """Call the function with the arguments that a job carries. Raises ValueError where they do not fit any more."""
        given = msgspec.convert(args, self.arguments, strict=False)
        return self.function(work, **{name: getattr(given, name) for name in given.__struct_fields__})


def pause(pauses: Sequence[float], tried: int) -> timedelta:
    """How long to wait after the ``tried``-th try has failed; the last pause stands for all that follow."""
    return timedelta(seconds=pauses[min(tried, len(pauses)) - 1])


def declare(
    name: str,
    function: Callable[..., Any],
    *,
    plugin: str,
    attempts: int = 5,
    pauses: Sequence[float] = PAUSES,
    queue: str = "default",
    late: bool = False,
) -> Task:
    """Check a task. Raises ValueError, saying what is wrong with it."""
    if attempts < 1 or min(pauses) < 0:
        raise ValueError(f"the task {name!r} must be tried at least once, and no pause is below zero")
    return Task(name, plugin, function, attempts, tuple(pauses), queue, _arguments(name, function), late)


def _arguments(name: str, function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The keyword arguments as a type that checks them when a job is deferred and reads them back when it is run."""
    _, *parameters = inspect.signature(function).parameters.values()
    fields: list[Any] = []
    for parameter in parameters:
        if parameter.kind not in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise ValueError(f"the task {name!r}: {parameter} cannot be deferred; name each argument")
        kind = _type(name, function, parameter)
        given = () if parameter.default is parameter.empty else (parameter.default,)
        fields.append((parameter.name, kind, *given))
    try:
        made = msgspec.defstruct(f"Arguments of {name}", fields, kw_only=True)
        msgspec.json.Decoder(made)
    except TypeError as error:
        raise ValueError(f"the task {name!r}: its arguments cannot be kept as JSON and read again: {error}") from error
    return made


def _type(name: str, function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    if parameter.annotation is parameter.empty:
        return Any
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    module = sys.modules[inspect.unwrap(function).__module__]
    try:
        return eval(parameter.annotation, vars(module))  # noqa: S307 (an annotation of our own code, as typing does)
    except NameError as error:
        raise ValueError(
            f"the task {name!r}: the type of {parameter.name!r} must be imported for good, not for type checking"
            f" only ({error})"
        ) from error
