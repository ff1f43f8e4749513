"""In which encoding a text file is, found out from all of it: what is nearly UTF-8 is damaged, not something else."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadRequest

__all__ = ["find_encoding"]

_PIECE = 256 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def find_encoding(path: Path) -> tuple[str, int]:
    """The encoding (UTF-8, UTF-16 or Windows-1252) and the number of lines. Raises BadRequest, naming the line."""
    with path.open("rb") as file:
        begin = file.read(4096)
    for mark, encoding in _MARKS:
        if begin.startswith(mark):
            return encoding, _lines(path, encoding)
    if begin.count(0) > len(begin) // 5:  # every second byte of Latin text in UTF-16
        encoding = "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
        return encoding, _lines(path, encoding)
    try:
        return "utf-8", _lines(path, "utf-8")
    except BadRequest:
        if _is_nearly_utf8(path):
            raise
    return "cp1252", _lines(path, "cp1252")


def _lines(path: Path, encoding: str) -> int:
    """The number of lines, if the whole file is in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, last = 0, ""
    for piece in _pieces(path):
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            line = lines + 1 + error.object[: error.start].count("\n".encode(encoding.removesuffix("-sig"))[-2:])
            raise BadRequest(
                f"{path.name}: line {line} holds something that is no text in {encoding.upper().removesuffix('-SIG')};"
                " save the file anew as UTF-8"
            ) from None
        lines += text.count("\n")
        last = text[-1:] or last
    return lines + (last not in ("", "\n"))


def _is_nearly_utf8(path: Path) -> bool:
    """Whether there are more letters beyond ASCII that UTF-8 accounts for than bytes that it does not."""
    good = bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for piece in _pieces(path):
        text = decoder.decode(piece)
        wrong = text.count("\ufffd")
        bad += wrong
        good += sum(1 for char in text if char > "\x7f") - wrong
    return good > bad


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
