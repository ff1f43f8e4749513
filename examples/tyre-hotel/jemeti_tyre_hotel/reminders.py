"""Who is told that the season begins, and when."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .contract import SetDue, SetStored
from .seasons import wanted_again

__all__ = ["plan", "remind"]

_SEASON = Statement("SELECT season FROM tyre_hotel_tyre_sets WHERE id = %(id)s")
_PLAN = Statement(
    "UPDATE tyre_hotel_tyre_sets SET due_on = %(due_on)s, reminded_on = NULL, version = version + 1,"
    " updated_at = now() WHERE id = %(id)s"
)
_REMIND = Statement(
    "UPDATE tyre_hotel_tyre_sets SET reminded_on = %(today)s, version = version + 1, updated_at = now()"
    " WHERE status = 'stored' AND due_on <= %(today)s AND reminded_on IS NULL RETURNING id"
)


def plan(work: Work, event: SetStored) -> None:
    """A set that has been stored is due when its season begins."""
    ((row,),) = work.write(_SEASON(id=event.tyre_set_id))
    work.queue(_PLAN(id=event.tyre_set_id, due_on=wanted_again(row["season"], work.today())))


def remind(work: Work) -> None:
    """Every morning: the sets that are due and of which nobody has been told. Emits SetDue for each."""
    (rows,) = work.write(_REMIND(today=work.today()))
    for row in rows:
        work.emit(SetDue(row["id"]))
