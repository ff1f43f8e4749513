"""Texts with places to fill in: ``{{customer.name}}`` becomes the name, and that is all it can do.

A substitution and no language, on purpose. Whoever may edit texts is no programmer of this server: with nothing to
evaluate there is no sandbox to break out of, no loop to hang in, and a fault is one word that can be named. A name is
looked up in a table as a whole (``x.__class__`` is a name that nobody has declared), and what is filled in is not read
again, so that a customer called ``{{workspace.phone}}`` stays one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

__all__ = ["faults", "fill", "names_in"]

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_LONGEST_SHOWN = 60


def names_in(text: str) -> set[str]:
    """The names of the places in ``text``."""
    return {found.strip() for found in _PLACE.findall(text)}


def faults(text: str, known: Collection[str], required: Collection[str] = ()) -> list[str]:
    """What is wrong with ``text``, in words for the one who wrote it: unknown, open and missing places."""
    found = names_in(text)
    names = ", ".join(known) or "none"
    problems = [
        f"There is no {{{{{name[:_LONGEST_SHOWN]}}}}}; possible are {names}" for name in sorted(found - set(known))
    ]
    if "{{" in _PLACE.sub("", text):
        problems.append("A {{ is not closed by }}")
    problems += [f"Must contain {{{{{name}}}}}" for name in required if name not in found]
    return problems


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with every place filled in; one that ``values`` does not know becomes nothing."""
    return _PLACE.sub(lambda place: values.get(place[1].strip(), ""), text)
