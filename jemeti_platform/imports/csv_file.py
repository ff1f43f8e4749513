"""CSV as programs and people write it: the encoding and the sign between cells are found out, not asked for."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import BadRequest

__all__ = ["CsvFile"]

_SAMPLE = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SIGNS = (",", ";", "\t", "|")
_LONGEST_CELL = 1024 * 1024


class CsvFile:
    """A CSV file in UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or bars.

    Raises BadRequest for what is none of these.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = _encoding(path)
        self.delimiter = _delimiter(path, self.encoding)
        self.size = path.stat().st_size
        self._file: BinaryIO | None = None

    @property
    def done(self) -> int:
        """How many bytes have been read."""
        return self._file.tell() if self._file and not self._file.closed else 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line of the file that it begins on."""
        csv.field_size_limit(_LONGEST_CELL)
        with self.path.open("rb") as self._file, io.TextIOWrapper(self._file, self.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            line = 1
            try:
                for cells in reader:
                    if not (line == 1 and len(cells) == 1 and cells[0].startswith("sep=")):
                        yield line, cells
                    line = reader.line_num + 1
            except (csv.Error, UnicodeError) as error:
                raise BadRequest(f"{self.path.name} cannot be read from line {line} on: {error}") from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        begin = file.read(_SAMPLE)
    for mark, encoding in _MARKS:
        if begin.startswith(mark):
            return encoding
    if begin.count(0) > len(begin) // 5:  # every second byte of Latin text in UTF-16
        return "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding):
            return encoding
    raise BadRequest(f"{path.name} is neither UTF-8 nor UTF-16 nor Windows-1252 text; save it as UTF-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(_SAMPLE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    """The sign that makes the first rows widest, most evenly; Excel's own first line ``sep=;`` decides alone."""
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(encoding)().decode(file.read(_SAMPLE))
    if text.startswith("sep=") and len(text) > 4:
        return text[4]
    sample = text.splitlines(keepends=True)[:30]

    def fit(sign: str) -> int:
        try:
            widths = [len(cells) for cells in csv.reader(sample, delimiter=sign) if any(cells)]
        except csv.Error:
            return 0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return widths.count(usual) * usual if usual > 1 else 0

    return max(_SIGNS, key=fit)
