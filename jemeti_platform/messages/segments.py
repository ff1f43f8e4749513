"""How many short messages a text is: 160 characters of GSM 03.38, or 70 of UCS-2; less where it takes several."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Size", "measure"]

# 3GPP TS 23.038, the default alphabet; what stands in the extension table costs an escape more.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_LIMITS = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


class Size(NamedTuple):
    """A text as a network counts it: ``units`` are septets of GSM-7 or 16-bit units of UCS-2."""

    encoding: str
    units: int
    segments: int


def measure(text: str) -> Size:
    """The size of a text. No escape sequence and no surrogate pair is torn between two segments."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        encoding, costs = "GSM-7", [2 if sign in _EXTENDED else 1 for sign in text]
    else:
        encoding, costs = "UCS-2", [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    alone, together = _LIMITS[encoding]
    units = sum(costs)
    if units <= alone:
        return Size(encoding, units, 1)
    segments, room = 1, together
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, together
        room -= cost
    return Size(encoding, units, segments)
