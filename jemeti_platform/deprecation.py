"""How a public name goes: it works on, says what to use instead, and is gone with a major version, never before.

Each way registers the name, so that docs/plugins.md lists it and `jemeti plugins check` finds it:

    @deprecated("work.port", since="1.1", gone_in="2.0")         # a function, a method, a class
    __getattr__ = moved(__name__, {"Old": "jemeti_platform.new.Name"}, since="1.1", gone_in="2.0")     # of a module
    @hookspec(warn_on_impl=declare("jemeti_old", "jemeti_new", since="1.1", gone_in="2.0"))            # a hook
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

__all__ = ["DEPRECATED", "PlatformDeprecation", "Use", "collected", "declare", "deprecated", "moved"]

F = TypeVar("F", bound=Callable[..., Any])


class PlatformDeprecation(DeprecationWarning):
    """A plugin uses a ``name`` that is deprecated ``since`` a version and ``gone_in`` another."""

    name = instead = since = gone_in = ""


DEPRECATED: dict[str, PlatformDeprecation] = {}
"""By their full names, as far as their modules have been imported."""


def declare(name: str, instead: str, *, since: str, gone_in: str) -> PlatformDeprecation:
    """The warning about a name, to be raised by whoever notices that it is used."""
    sentence = f"{name} is deprecated since {since} and gone in {gone_in}: use {instead} instead"
    warning = DEPRECATED.setdefault(name, PlatformDeprecation(sentence))
    warning.name, warning.instead, warning.since, warning.gone_in = name, instead, since, gone_in
    return warning


def deprecated(instead: str, *, since: str, gone_in: str) -> Callable[[F], F]:
    """Have every call of a function or a class warn at the place where it is called."""

    def mark(called: F) -> F:
        name = f"{called.__module__}.{called.__qualname__}"
        warning = declare(name, instead, since=since, gone_in=gone_in)
        if inspect.isclass(called):
            made = called.__init__

            @wraps(made)
            def make(self: Any, *args: Any, **kwargs: Any) -> None:
                warnings.warn(warning, stacklevel=2)
                made(self, *args, **kwargs)

            setattr(called, "__init__", make)  # noqa: B010 (as an assignment mypy takes it for a mistake)
            return called

        @wraps(called)
        def call(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(warning, stacklevel=2)
            return called(*args, **kwargs)

        vars(call)["__deprecated__"] = str(warning)
        return call  # type: ignore[return-value]  # it is called like the function

    return mark


def moved(module: str, names: Mapping[str, str], *, since: str, gone_in: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module that some names have left: each is found in its new place, with a warning."""
    told = {name: declare(f"{module}.{name}", new, since=since, gone_in=gone_in) for name, new in names.items()}

    def find(name: str) -> Any:
        if name not in told:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place, _, new = names[name].rpartition(".")
        found = getattr(importlib.import_module(place), new)
        warnings.warn(told[name], stacklevel=2)
        return found

    return find


@dataclass(frozen=True, slots=True)
class Use:
    """A deprecated name that was used, and where: ``warning`` says which."""

    warning: PlatformDeprecation
    file: str
    line: int


@contextmanager
def collected() -> Iterator[list[Use]]:
    """What is used inside of what is deprecated, each place once; other warnings go their way."""
    uses: list[Use] = []
    with warnings.catch_warnings():
        show = warnings.showwarning

        def keep(message: Any, category: type[Warning], filename: str, lineno: int, *more: Any, **named: Any) -> None:
            if not isinstance(message, PlatformDeprecation):
                show(message, category, filename, lineno, *more, **named)
            elif (use := Use(message, filename, lineno)) not in uses:
                uses.append(use)

        warnings.showwarning = keep
        warnings.simplefilter("always", PlatformDeprecation)
        yield uses
