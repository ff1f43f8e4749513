"""Whole numbers and yes or no, without Colander's kindness: `true` is not 1, `5.7` is not 5."""

import re
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["StrictBool", "StrictInt"]

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]{1,19}").fullmatch


class StrictInt(Strict):
    """A whole number from `min` to `max`, both inclusive; 64 bits unless said otherwise."""

    def __init__(self, min: int = _SMALLEST, max: int = _LARGEST) -> None:
        self.min = min
        self.max = max

    def read(self, value: Any, context: Context) -> int:
        if type(value) is not int:
            raise Refused("Must be a whole number")
        if value < self.min:
            raise Refused(f"At least {self.min}")
        if value > self.max:
            raise Refused(f"At most {self.max}")
        return value

    def read_text(self, text: str, context: Context) -> int:
        if not _WHOLE(text):
            raise Refused("Must be a whole number")
        return self.read(int(text), context)

    def describe(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer", "minimum": self.min, "maximum": self.max}
        if self.max > 2**31 - 1 or self.min < -(2**31):
            schema["format"] = "int64"
        return schema


class StrictBool(Strict):
    """`true` or `false`, nothing else."""

    def read(self, value: Any, context: Context) -> bool:
        if type(value) is not bool:
            raise Refused("Must be true or false")
        return value

    def read_text(self, text: str, context: Context) -> bool:
        if text not in ("true", "false"):
            raise Refused("Must be true or false")
        return text == "true"

    def describe(self) -> dict[str, Any]:
        return {"type": "boolean"}
