"""The look of a workspace's documents: fonts, and a brand colour under which text stays readable."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DEFAULT_COLOUR", "FONTS", "Inks", "families", "inks_of"]

DEFAULT_COLOUR = "#1f4e79"

FONTS = {
    "noto_sans": ("Noto Sans", "Noto Sans Bengali", "Noto Sans Arabic"),
    "noto_serif": ("Noto Serif", "Noto Serif Bengali", "Noto Naskh Arabic"),
}
"""What a workspace may choose from: one design in three scripts each, for Latin, Bengali and Arabic letters."""

_READABLE = 4.5
"""The contrast that WCAG 2 asks of text."""


class Inks(NamedTuple):
    """``accent`` is the brand colour, ``on_accent`` is readable on it, ``ink`` is like it and readable on white."""

    accent: str
    on_accent: str
    ink: str


def families(font: str) -> tuple[str, ...]:
    """The fonts to draw with, the chosen design first, then whatever else has the letters."""
    others = (family for name, group in FONTS.items() if name != font for family in group)
    return (*FONTS[font], *others)


def inks_of(colour: str) -> Inks:
    """The colours of a document in the brand colour ``colour``, ``#rrggbb``."""
    rgb = tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))
    on_accent = "#ffffff" if _contrast(rgb, (255, 255, 255)) >= _contrast(rgb, (17, 17, 17)) else "#111111"
    ink = rgb
    while _contrast(ink, (255, 255, 255)) < _READABLE:
        ink = tuple(int(part * 0.94) for part in ink)
    return Inks(colour, on_accent, "#{:02x}{:02x}{:02x}".format(*ink))


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: tuple[int, ...]) -> float:
    parts = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
