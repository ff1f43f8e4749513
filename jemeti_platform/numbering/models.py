"""Number series as a workspace writes them, their counters, and every number that was ever taken."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantKey
from ..db.numbers import NEXT_NUMBER
from ..db.shape import Unique

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["NumberCounter", "NumberSeries", "NumberTaken"]


class NumberSeries(TenantKey):
    """A series whose numbers a workspace writes otherwise than the plugin does; null is as the plugin does."""

    __tablename__ = "number_series"
    __shape__ = (
        CheckConstraint(
            "char_length(pattern) <= 40 AND pattern LIKE '%{year%' AND pattern LIKE '%{number%'"
            " AND pattern NOT LIKE '%{number%{number%'",
            name="pattern_numbers",
        ),
    )

    series: Mapped[str] = mapped_column(primary_key=True)
    pattern: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), sort_order=100)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=101)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=102)


class NumberCounter(TenantKey):
    """How far a series has come in a year: ``first`` to ``last`` are taken, none yet where ``last`` is before."""

    __tablename__ = "number_counters"
    __shape__ = (CheckConstraint("first >= 1 AND last >= first - 1", name="first_before_last"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)

    @staticmethod
    def __sample__(work: Work) -> None:
        _take_one(work)


class NumberTaken(TenantKey):
    """One number, when it was taken and for which record. Written by ``jemeti.next_number`` alone, for ever."""

    __tablename__ = "numbers_taken"
    __shape__ = (Unique("series", "written"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    written: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(server_default=func.now())
    record_id: Mapped[UUID | None]

    @staticmethod
    def __sample__(work: Work) -> None:
        _take_one(work)


def _take_one(work: Work) -> Any:
    return work.write(NEXT_NUMBER(series="sample.sample", pattern="{year}-{number}", record=None, at=None))
