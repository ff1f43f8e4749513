"""How a file is refused: 415 for what it is, 400 for what is wrong with it."""

from __future__ import annotations

from ..errors import Invalid, UnsupportedMediaType

__all__ = ["broken", "unsupported"]

_WANTED = "send JPEG, PNG, WebP, PDF, XLSX, CSV or plain text"


def unsupported(what: str) -> UnsupportedMediaType:
    """The refusal of a kind of file that is not accepted; ``what`` follows "The file is"."""
    return UnsupportedMediaType(f"The file is {what}; {_WANTED}.")


def broken(sentence: str) -> Invalid:
    """The refusal of a file that is not whole, or holds what it should not."""
    return Invalid([{"field": "file", "message": sentence}])
