"""Maps that clients and plan files write: features to values, limits to numbers. And what of them is a slip."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ..errors import Problem
from ..manifest import FEATURE_VALUES
from ..types import Context, Refused, Strict

__all__ = ["FeatureMap", "LimitMap", "is_slug", "misspelt", "not_installed"]

_SLUG = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_MOST = 500
_LIKE = 0.84
"""How alike two slugs must be for one to be a slip of the other: ``crm.custmers`` is, ``crm.memberships`` is not."""


def is_slug(text: str) -> bool:
    """Whether ``text`` could name a feature or a limit at all."""
    return len(text) <= 120 and _SLUG.fullmatch(text) is not None


class _SlugMap(Strict):
    """An object of slugs; with ``clearing``, null takes an entry away (a merge patch)."""

    values: dict[str, Any]
    message: str

    def __init__(self, *, clearing: bool = False) -> None:
        self.clearing = clearing

    def read(self, value: Any, context: Context) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refused("Must be an object")
        if len(value) > _MOST:
            raise Refused(f"At most {_MOST} entries")
        problems = []
        for slug, given in value.items():
            if not is_slug(slug):
                problems.append((slug[:120], "Must be a slug: lower-case words joined by dots"))
            elif not (self.clearing and given is None) and not self.accepts(given):
                problems.append((slug, self.message))
        if problems:
            raise Refused.all(problems)
        return value

    def accepts(self, value: Any) -> bool:
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        values = self.values
        if self.clearing and "null" not in values["type"]:
            values = {**values, "type": [values["type"], "null"], "enum": [*values["enum"], None]}
        return {"type": "object", "additionalProperties": values, "maxProperties": _MOST}


class FeatureMap(_SlugMap):
    """``{"crm.customers": "on", "jobs.dvi": "read_only"}``."""

    values = {"type": "string", "enum": ["on", "read_only", "off"]}  # noqa: RUF012 (never changed)
    message = "Must be one of: on, read_only, off"

    def accepts(self, value: Any) -> bool:
        return type(value) is str and value in FEATURE_VALUES


class LimitMap(_SlugMap):
    """``{"users.max": 10}``; null is unlimited."""

    values = {"type": ["integer", "null"], "minimum": 0, "maximum": 2**53 - 1}  # noqa: RUF012 (never changed)
    message = "Must be a whole number from 0, or null for no limit"

    def accepts(self, value: Any) -> bool:
        return value is None or (type(value) is int and 0 <= value < 2**53)


def misspelt(known: Collection[str], given: Iterable[str], field: str, like: float = _LIKE) -> list[Problem]:
    """The slugs nobody has installed that are all but alike to one that is: slips, each as a problem of ``field``."""
    problems: list[Problem] = []
    for slug in given:
        if slug not in known:
            meant = get_close_matches(slug, known, n=1, cutoff=like)
            if meant:
                message = f"There is no {slug!r}; did you mean {meant[0]!r}?"
                problems.append({"field": f"{field}.{slug}", "message": message})
    return problems


def not_installed(known: Mapping[str, Any], given: Iterable[str]) -> list[str]:
    """The slugs that no installed plugin knows, in order: kept for the day when one does."""
    return sorted(slug for slug in given if slug not in known)
