"""Names in a query: what a list is sorted by, which references are resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..types.choices import none_of
from ..types.strict import Context, Refused, Strict

__all__ = ["Names"]


class Names(Strict):
    """A comma list of the given names, kept as it is written; a name may be ``turned`` round by a minus in front."""

    def __init__(self, names: Sequence[str], *, turned: bool = False) -> None:
        self.names = tuple(names)
        self.turned = turned

    def read(self, value: Any, context: Context) -> str:
        strange = [name for word in value.split(",") if (name := self._name(word)) not in self.names]
        if strange:
            raise Refused.all(("", none_of(name, self.names)) for name in dict.fromkeys(strange))
        return str(value)

    def describe(self) -> dict[str, Any]:
        words = [*self.names, *(f"-{name}" for name in self.names)] if self.turned else [*self.names]
        return {"type": "array", "items": {"type": "string", "enum": words}, "minItems": 1}

    def _name(self, word: str) -> str:
        return word.removeprefix("-") if self.turned else word
