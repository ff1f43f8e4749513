"""An import from the first line to the last: one transaction, batch by batch, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..db.statement import Bound
from ..errors import Invalid
from ..rest.compile import compile_body
from ..types.strict import Refused
from .cells import as_text
from .importer import Importer, Problem, Record, Values
from .layout import Layout, find_layout
from .report import Report
from .table import Table

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["run_import"]

# The file may be large, and the disk it is read from slow.
_PATIENT = Bound(
    "SELECT set_config('idle_in_transaction_session_timeout', '10min', true),"
    " set_config('statement_timeout', '5min', true)",
    (),
)


def run_import(
    work: Work, importer: Importer, table: Table, report: Report, progress: Callable[[], None] = lambda: None
) -> None:
    """Import every row of ``table`` that can be, in the transaction of ``work``; ``report`` says what became of each.

    Calls ``progress`` after each batch. Raises BadRequest for a file that cannot be read, PaymentRequired where a
    feature is off for the workspace; then nothing of the file is kept, as the transaction is not committed.
    """
    for feature in importer.features:
        work.require_feature(feature, write=True)
    work.write(_PATIENT)
    rows = table.rows()
    layout = find_layout(importer, rows)
    report.unread = layout.unread
    writer = importer.writer(work)
    records = _Reading(importer, layout, report, work.workspace["country"]).records(rows)
    while batch := list(islice(records, importer.batch)):
        report.count(writer.write(batch))
        progress()
    work.check_constraints()
    progress()


class _Reading:
    """Rows become records, or refusals in the report."""

    def __init__(self, importer: Importer, layout: Layout, report: Report, country: str) -> None:
        self.importer, self.layout, self.report = importer, layout, report
        self.check = compile_body(importer.schema)
        self.readers = {column.field: column.read for column in importer.columns}
        self.home = country

    def records(self, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[Record]:
        for line, cells in rows:
            texts = self.layout.texts(cells)
            if not texts and not any(map(as_text, cells)):
                self.report.empty += 1
                continue
            self.report.rows += 1
            record = self._record(line, cells, texts)
            if record is not None:
                yield record

    def _record(self, line: int, cells: list[Any], texts: dict[str, str]) -> Record | None:
        beyond = [text for text in map(as_text, cells[self.layout.width :]) if text]
        if beyond:
            self.report.refuse([Problem(line, "", beyond[0], "More cells than the header has")])
            return None
        values, problems = self._values(texts)
        if self.importer.arrange is not None:
            values = self.importer.arrange(values)
        context = {"country": _at(values, self.importer.country) or self.home}
        try:
            checked = self.check(_nested(values), context)
        except Invalid as invalid:
            known = {field for field, _ in problems}
            problems += [(p["field"], p["message"]) for p in invalid.details if p["field"] not in known]
        if problems:
            self.report.refuse(Problem(line, field, self._text(texts, field), reason) for field, reason in problems)
            return None
        return Record(line, checked, texts)

    def _values(self, texts: dict[str, str]) -> tuple[Values, list[tuple[str, str]]]:
        values: Values = {}
        problems: list[tuple[str, str]] = []
        context = {"country": self.home}
        for field, text in texts.items():
            try:
                values[field] = self.readers[field](text, context)
            except Refused as refused:
                problems.append((field, str(refused)))
        return values, problems

    def _text(self, texts: dict[str, str], field: str) -> str:
        """What stood in the cell that a fault is about: a fault in a part of a value is about its whole cell."""
        while field and field not in texts:
            field = field.rpartition(".")[0]
        return texts.get(field, "")


def _at(values: Values, field: str) -> str | None:
    found = values.get(field)
    return found if isinstance(found, str) else None


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
