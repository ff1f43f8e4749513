"""What document numbers look like: `JOB-{year}-{number:05}` is JOB-2026-00001."""

import re
from typing import Any, NamedTuple

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["NumberPattern", "Reading", "reading_of"]

_MOST = 40
_PLACE = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"number(?::0([1-9]))?")
_FIXED = {"year": r"[0-9]{4}", "year:2": r"[0-9]{2}", "month": "(?:0[1-9]|1[0-2])"}
_LITERAL = re.compile(r"[^\W_]|[ ./#_-]")


class Reading(NamedTuple):
    """How a pattern's numbers are read back: a regular expression, and which of its groups are year and number."""

    regex: str
    year: int
    number: int


class NumberPattern(Strict):
    """How a number is written: text with `{number}` or `{number:05}`, and `{year}` or `{year:2}`; also `{month}`."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be a text")
        if not value or len(value) > _MOST or value != value.strip():
            raise Refused(f"Must be 1 to {_MOST} characters, without spaces at its ends")
        reading_of(value)
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": _MOST, "examples": ["JOB-{year}-{number:05}"]}


def reading_of(pattern: str) -> Reading:
    """How the numbers of a pattern are read back. Raises Refused for one that no series can be numbered by.

    Only the number may vary in length, so that two numbers of one year are never written alike; the year must be
    there, because each begins again at 1.
    """
    regex, groups, at = "", 0, {"year": 0, "number": 0}
    for position, piece in enumerate(_PLACE.split(pattern)):
        if position % 2 == 0:
            if strange := _LITERAL.sub("", piece):
                raise Refused(f'Letters, digits, spaces and . / # _ - may stand here, "{strange[0]}" may not')
            regex += re.escape(piece)
        elif found := _NUMBER.fullmatch(piece):
            if at["number"]:
                raise Refused("The number may stand there once")
            groups += 1
            at["number"] = groups
            width = int(found[1] or 1)
            regex += f"([0-9]{{{width}}}|[1-9][0-9]{{{width},}})"
        elif piece in _FIXED:
            is_first_year = piece != "month" and not at["year"]
            groups += is_first_year
            at["year"] = at["year"] or (groups if is_first_year else 0)
            regex += f"({_FIXED[piece]})" if is_first_year else _FIXED[piece]
        else:
            raise Refused(
                f'There is no "{{{piece}}}"; there are {{number}}, {{number:05}}, {{year}}, {{year:2}} and {{month}}'
            )
    for name in ("number", "year"):
        if not at[name]:
            raise Refused(f"Must have the {name} in it, as {{{name}}}")
    return Reading(f"^{regex}$", at["year"], at["number"])
