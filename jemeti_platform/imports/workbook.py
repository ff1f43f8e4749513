"""Workbooks (XLSX, XLS, ODS) by calamine: the first visible sheet that holds anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ..errors import BadRequest

__all__ = ["Workbook"]


class Workbook:
    """A workbook. Its cells are decompressed once and kept by calamine, outside Python; rows come one by one.
    ``size`` is the number of its rows, ``done`` how many of them are read.

    Raises BadRequest for a file that is no workbook, needs a password or holds nothing.
    """

    def __init__(self, path: Path) -> None:
        try:
            book = CalamineWorkbook.from_path(str(path))
            sheets = [book.get_sheet_by_name(sheet.name) for sheet in book.sheets_metadata if _is_shown(sheet)]
        except (CalamineError, OSError) as error:
            raise BadRequest(f"{path.name} cannot be read as a workbook: {error}") from None
        filled = [(sheet, sheet.end[0] + 1) for sheet in sheets if sheet.end is not None]
        if not filled:
            raise BadRequest(f"{path.name} has no sheet with anything on it")
        self._sheet, self.size = filled[0]
        self.done = 0

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Each row with its number in the sheet."""
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
            self.done = number
            yield number, cells


def _is_shown(sheet: Any) -> bool:
    return bool(sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible)
