"""CSV as programs and people write it: the encoding and the sign between cells are found out, not asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadRequest
from .encoding import find_encoding

__all__ = ["CsvFile"]

_SAMPLE = 64 * 1024
_SIGNS = (",", ";", "\t", "|")
_LONGEST_CELL = 256 * 1024
_MOST_LINES = 50
"""Lines of a row: more of them are no address but a quotation mark that is never closed."""


class CsvFile:
    """A CSV file in UTF-8, UTF-16 or Windows-1252, with commas, semicolons, tabs or bars between cells.

    ``size`` is its number of lines, ``done`` how many of them are read. Raises BadRequest for what is none of these.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding, self.size = find_encoding(path)
        self.delimiter = _delimiter(path, self.encoding)
        self.done = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line of the file that it begins on. Raises BadRequest where the file cannot be read on."""
        csv.field_size_limit(_LONGEST_CELL)
        line = 1
        with self.path.open(encoding=self.encoding, newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    self.done = reader.line_num
                    if self.done - line >= _MOST_LINES:
                        raise self._unclosed(line)
                    if not (line == 1 and cells and cells[0].startswith("sep=")):
                        yield line, cells
                    line = self.done + 1
            except csv.Error:
                raise self._unclosed(line) from None

    def _unclosed(self, line: int) -> BadRequest:
        return BadRequest(
            f"{self.path.name}: a quotation mark in line {line} opens a cell that does not end as it should; close it, "
            "double it or take it out"
        )


def _delimiter(path: Path, encoding: str) -> str:
    """The sign that makes the first rows widest, most evenly; Excel's own first line ``sep=;`` decides alone."""
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(_SAMPLE)
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
