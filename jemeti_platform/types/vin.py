"""Vehicle identification numbers (ISO 3779). python-stdnum has no module for them."""

import re
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Vin", "vin_warnings"]

_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True
    )
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# Regions whose law demands the check digit: North America (49 CFR 565.15, first sign 1 to 5), China (GB 16735, L).
_CHECKED = frozenset("12345L")
_is_vin = re.compile(r"[A-HJ-NPR-Z0-9]{17}").fullmatch


class Vin(Strict):
    """A VIN of 17 characters; returned in capitals without spaces and hyphens.

    A wrong check digit is refused where the region uses one (North America, China); elsewhere see `vin_warnings`.
    """

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be a VIN as text")
        vin = re.sub(r"[\s-]", "", value[:64]).upper()
        if len(vin) != 17:
            raise Refused(f"A VIN has 17 characters, this has {len(vin)}")
        if not _is_vin(vin):
            raise Refused("A VIN has only digits and the letters A to Z without I, O and Q")
        if vin[0] in _CHECKED and vin[8] != _check_digit(vin):
            raise Refused("The check digit of this VIN (9th character) is wrong: one of its characters is misread")
        return vin

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$", "examples": ["1HGCM82633A004352"]}


def vin_warnings(vin: str) -> list[str]:
    """Return what looks odd about a VIN that `Vin` accepted: sentences for the user, none where all is well."""
    if vin[0] in _CHECKED or vin[8] == _check_digit(vin):
        return []
    return [
        "The check digit (9th character) does not fit. This region does not require one; compare the VIN once more."
    ]


def _check_digit(vin: str) -> str:
    remainder = sum(_VALUES[sign] * weight for sign, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)
