"""Words out of a given set, and sets of free words."""

from collections.abc import Iterable
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict
from jemeti_platform.types.text import Text

__all__ = ["OneOf", "Tags", "none_of"]

_SHOWN = 60
"""The longest word that a refusal repeats."""


class OneOf(Strict):
    """One of the given words, exactly as written; an Enum of strings does as well."""

    def __init__(self, choices: Iterable[str]) -> None:
        self.choices = tuple(str(getattr(choice, "value", choice)) for choice in choices)
        self._known = frozenset(self.choices)
        self._message = "Must be one of: " + ", ".join(self.choices)

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or value not in self._known:
            raise Refused(self._message)
        return value

    def read_text(self, text: str, context: Context) -> str:
        if text not in self._known:
            raise Refused(none_of(text, self.choices))
        return text

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


def none_of(word: str, choices: Iterable[str]) -> str:
    """What to tell who has asked for a word in a query that is none of the choices."""
    said = repr(word) if len(word) <= _SHOWN and word.isprintable() else "such word"
    return f"There is no {said}; possible are {', '.join(choices) or 'none'}"


class Tags(Strict):
    """A list of at most `max` short texts of `length` characters, no two alike but for case; `a,b` in a query."""

    def __init__(self, max: int = 20, length: int = 40) -> None:
        self.max = max
        self._text = Text(max=length)

    def read(self, value: Any, context: Context) -> list[str]:
        if type(value) is not list:
            raise Refused("Must be a list of texts")
        if len(value) > self.max:
            raise Refused(f"At most {self.max} tags, these are {len(value)}")
        tags: list[str] = []
        seen: set[str] = set()
        problems: list[tuple[str, str]] = []
        for position, item in enumerate(value):
            try:
                tag = self._text.read(item, context)
            except Refused as refused:
                problems.append((str(position), str(refused)))
                continue
            if tag.casefold() in seen:
                problems.append((str(position), f'"{tag}" is given twice'))
            seen.add(tag.casefold())
            tags.append(tag)
        if problems:
            raise Refused.all(problems)
        return tags

    def read_text(self, text: str, context: Context) -> list[str]:
        return self.read(text.split(","), context)

    def describe(self) -> dict[str, Any]:
        return {"type": "array", "items": self._text.describe(), "maxItems": self.max, "uniqueItems": True}
