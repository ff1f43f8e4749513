"""Types of what stands on paper: text that no reader can be misled by, codes, sums, the address behind a QR code."""

from __future__ import annotations

import re
from typing import Any

from ..types import Context, Money, Refused, Strict, Text

__all__ = ["Code", "Link", "Printed", "PrintedAmount"]

# NUL and the other controls, lone surrogates, marks that reverse the text around them (a total of "05" that reads
# "50"), and characters of no script that fonts draw as boxes. Joiners stay: Bengali and Arabic are spelt with them.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LONG_WORD = re.compile(r"\S{31,}")
_PIECE = 15


class Printed(Strict):
    """Text to be printed, of at most ``max`` characters; what cannot be printed is left out, not refused.

    A document must not fail because a name came in by an import with a control character in it.
    """

    def __init__(self, max: int = 10_000) -> None:
        self.max = max

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be text")
        if len(value) > self.max:
            raise Refused(f"At most {self.max} characters, this has {len(value)}")
        return _UNPRINTABLE.sub("", _LINE_END.sub("\n", value)).strip()

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max}

    @staticmethod
    def breakable(text: str) -> str:
        """The text with places where a line may break inside words of more than 30 characters."""
        return _LONG_WORD.sub(lambda match: _in_pieces(match[0]), text)


class Code(Printed):
    """Text that is read from left to right in every language: a number plate, a VIN, an invoice number."""


class PrintedAmount(Money):
    """Money that stands on paper, to four decimals: as large as what is kept, and as sums over thousands of that."""

    digits = 20

    def __init__(self) -> None:
        super().__init__(scale=4)


class Link(Text):
    """A public address, shown as a QR code."""

    def __init__(self) -> None:
        super().__init__(
            max=500, pattern=r"https?://[!-~]+", hint='Must be an address, such as "https://example.com/x"'
        )


def _in_pieces(word: str) -> str:
    # never before a mark or a joiner: the letters of a conjunct belong together
    found: list[str] = []
    since = 0
    for sign in word:
        if since >= _PIECE and (sign.isalnum() or sign.isascii()) and found[-1] not in _JOINING:
            found.append("\u200b")
            since = 0
        found.append(sign)
        since += 1
    return "".join(found)


_JOINING = "\u09cd\u200c\u200d"
"""Virama and joiners: what comes next is drawn together with what was before."""
