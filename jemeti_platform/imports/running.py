"""An import from the first line to the last: one transaction, batch by batch, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from ..db.statement import Bound
from ..errors import BadRequest
from .importer import Importer, Outcome, Record
from .layout import Layout, find_layout
from .reading import Refused, read_rows
from .report import Report
from .table import Table

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["run_import"]

# The file may be large and the disk it is read from slow. Imports of one workspace wait for each other: what one has
# written and not yet committed, another could neither see nor write once more. Without sorting, the planner can find
# keys in order only by the index that has them (see db.bulk.find_rows), whatever it thinks of the table's size.
_OPENING = Bound(
    "SELECT set_config('idle_in_transaction_session_timeout', '10min', true),"
    " set_config('statement_timeout', '30min', true), set_config('lock_timeout', '30min', true),"
    " set_config('enable_sort', 'off', true),"
    " pg_advisory_xact_lock(hashtext('jemeti.import'), hashtext(jemeti.current_tenant()::text))",
    (),
)


def run_import(
    work: Work,
    importer: Importer,
    table: Table,
    report: Report,
    progress: Callable[[], None] = lambda: None,
    *,
    ignore_unknown: bool = False,
) -> None:
    """Import every row of ``table`` that can be, in the transaction of ``work``; ``report`` says what became of each.

    Calls ``progress`` after each batch. Raises BadRequest for a file that cannot be read or has columns nobody knows
    (unless these are ignored), PaymentRequired where a feature is off for the workspace. Whatever is raised,
    nothing of the file is kept: the transaction is not committed.
    """
    rows = table.rows()
    layout = find_layout(importer, rows)
    _check(work, importer, layout, ignore_unknown=ignore_unknown)
    report.unread = layout.unread
    work.write(_OPENING)
    writer = importer.writer(work)
    found = read_rows(importer, layout, rows, report, work.workspace["country"])
    while batch := list(islice(found, importer.batch)):
        records = [row for row in batch if isinstance(row, Record)]
        _tell(report, batch, writer.write(records) if records else ())
        progress()
    work.check_constraints()
    progress()


def _check(work: Work, importer: Importer, layout: Layout, *, ignore_unknown: bool) -> None:
    if layout.unread and not ignore_unknown:
        known = ", ".join(column.names[0] for column in importer.columns)
        raise BadRequest(
            f"Nobody knows what these columns are: {', '.join(layout.unread)}. "
            f"Take them out, have them ignored, or call them by one of: {known}"
        )
    fields = [column.field for column, _ in layout.places]
    for feature, prefix in importer.features.items():
        if any(field.startswith(prefix) for field in fields):
            work.require_feature(feature, write=True)


def _tell(report: Report, batch: Sequence[Record | Refused], outcomes: Sequence[Outcome]) -> None:
    """What became of each row, in the order of the file."""
    written = iter(outcomes)
    for row in batch:
        if isinstance(row, Record):
            report.count(next(written))
        else:
            report.refuse(row)
