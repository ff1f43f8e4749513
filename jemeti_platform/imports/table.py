"""A file as a table, whatever its kind: told by what is in it, not by what it is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from ..errors import BadRequest
from .csv_file import CsvFile
from .workbook import Workbook

__all__ = ["Table", "open_table"]

_ZIP = b"PK\x03\x04"  # XLSX and ODS
_OLE = b"\xd0\xcf\x11\xe0"  # XLS


class Table(Protocol):
    """Rows with their line numbers; ``done`` of ``size`` lines are read."""

    size: int

    @property
    def done(self) -> int: ...

    def rows(self) -> Iterator[tuple[int, list[Any]]]: ...


def open_table(path: Path) -> Table:
    """The table in a CSV file or workbook. Raises BadRequest for what is neither."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror}") from None
    if not begin:
        raise BadRequest(f"{path.name} is empty")
    return Workbook(path) if begin in (_ZIP, _OLE) else CsvFile(path)
