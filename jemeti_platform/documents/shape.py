"""How one type of document looks in one workspace: what it has set, and the defaults for what it has not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .catalogue import Kind
from .theme import DEFAULT_COLOUR

__all__ = ["SETTINGS", "Shape", "shape_of"]


class Shape(NamedTuple):
    """The settings that count. ``sections`` are those that are shown, in order; ``text_size`` is in points."""

    colour: str
    font: str
    size: str
    text_size: int
    locale: str
    title: str
    header: str | None
    footer: str | None
    terms: str | None
    sections: tuple[str, ...]


SETTINGS = Shape._fields
"""The names of what a workspace may set."""


def shape_of(kind: Kind, stored: Mapping[str, Any], workspace: Mapping[str, Any]) -> Shape:
    """The shape of a document; ``stored`` are the workspace's settings, None where it has none of its own."""
    locale = stored.get("locale") or workspace["locale"]
    defaults = {
        "colour": workspace.get("brand_colour") or DEFAULT_COLOUR,
        "font": "noto_sans",
        "size": kind.document.sizes[0],
        "text_size": 10,
        "locale": locale,
        "title": _title(kind, locale),
        "sections": kind.all_sections,
    }
    given = {name: stored[name] for name in SETTINGS if stored.get(name) is not None}
    values: dict[str, Any] = dict.fromkeys(SETTINGS) | defaults | given
    # a section that a plugin has since dropped is no longer there to be shown
    known = [name for name in values["sections"] if name in kind.all_sections]
    return Shape(**{**values, "sections": tuple(known)})


def _title(kind: Kind, locale: str) -> str:
    language = locale.partition("-")[0]
    labels = kind.labels.get(language, kind.labels["en"])
    return labels.get(kind.type, kind.document.title)
