"""Rows of a file become records that the schema accepts, or reasons why they do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from ..errors import Invalid
from ..rest.compile import compile_body
from ..types import strict
from .cells import as_text
from .importer import Importer, Problem, Record, Values
from .layout import Layout
from .report import Report

__all__ = ["Refused", "read_rows"]

Refused: TypeAlias = list[Problem]
"""Everything that is wrong with one row."""


def read_rows(
    importer: Importer, layout: Layout, rows: Iterator[tuple[int, list[Any]]], report: Report, country: str
) -> Iterator[Record | Refused]:
    """Each row that holds anything; ``country`` is the workspace's. Empty ones are counted in the report."""
    read = _Reader(importer, layout, country)
    for line, cells in rows:
        texts = layout.texts(cells)
        if not texts and not any(map(as_text, cells)):
            report.empty += 1
            continue
        report.rows += 1
        yield read.row(line, cells, texts)


class _Reader:
    def __init__(self, importer: Importer, layout: Layout, country: str) -> None:
        self.importer, self.layout, self.home = importer, layout, country
        self.check = compile_body(importer.schema)
        self.readers = {column.field: column.read for column in importer.columns}

    def row(self, line: int, cells: list[Any], texts: dict[str, str]) -> Record | Refused:
        beyond = [text for text in map(as_text, cells[self.layout.width :]) if text]
        if beyond:
            return [Problem(line, "", beyond[0], "More cells than the header has")]
        values, problems = self._values(texts)
        if self.importer.arrange is not None:
            values = self.importer.arrange(values)
        given = values.get(self.importer.country)
        try:
            checked = self.check(_nested(values), {"country": given if isinstance(given, str) else self.home})
        except Invalid as invalid:
            known = {field for field, _ in problems}
            problems += [(p["field"], p["message"]) for p in invalid.details if p["field"] not in known]
        if problems:
            return [Problem(line, field, _text(texts, field), reason) for field, reason in problems]
        return Record(line, checked, texts)

    def _values(self, texts: dict[str, str]) -> tuple[Values, list[tuple[str, str]]]:
        values: Values = {}
        problems: list[tuple[str, str]] = []
        context = {"country": self.home}
        for field, text in texts.items():
            try:
                values[field] = self.readers[field](text, context)
            except strict.Refused as refused:
                problems.append((field, str(refused)))
        return values, problems


def _text(texts: dict[str, str], field: str) -> str:
    """What stood in the cell that a fault is about; a fault in a part of a value is about its whole cell."""
    while field and field not in texts:
        field = field.rpartition(".")[0]
    return texts.get(field, "")


def _nested(values: Values) -> Values:
    """``{"vehicle.plate": …}`` as ``{"vehicle": {"plate": …}}``."""
    found: Values = {}
    for path, value in values.items():
        *above, name = path.split(".")
        inner = found
        for step in above:
            inner = inner.setdefault(step, {})
        inner[name] = value
    return found
