"""Sets out of a spreadsheet: `jemeti import tyre_sets FILE`."""

from __future__ import annotations

from collections.abc import Sequence

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.imports import Column, Importer, Outcome, Record, cells
from jemeti_platform.work import Work

from .models import TyreSet
from .schemas import TyreSetSchema

__all__ = ["TYRE_SETS_IMPORTER"]

_HERE = Statement("SELECT plate, season FROM tyre_hotel_tyre_sets WHERE status IN ('expected', 'stored')")
_SEASONS = {
    "summer": ("summer", "summer tyres", "sommer", "sommerreifen"),
    "winter": ("winter", "winter tyres", "winterreifen"),
    "all_season": ("all season", "all year", "ganzjahr", "ganzjahresreifen"),
}


class SetWriter:
    """Adds the sets that are not here yet: a car has one set of each season."""

    def __init__(self, work: Work) -> None:
        self.work = work
        (rows,) = work.write(_HERE())
        self.here = {(row["plate"], row["season"]) for row in rows}

    def write(self, records: Sequence[Record]) -> list[Outcome]:
        return [self._write(record) for record in records]

    def _write(self, record: Record) -> Outcome:
        key = (record.values["plate"], record.values["season"])
        if key in self.here:
            return Outcome("unchanged")
        self.here.add(key)
        numbers = {"number": self.work.platform.sequences["tyre_hotel.tyre_set"]}
        self.work.queue(insert_row(TyreSet, uuid7(), record.values, numbers, self.work.began))
        return Outcome("created")


TYRE_SETS_IMPORTER = Importer(
    name="tyre_sets",
    title="Tyre sets that are to come",
    columns=(
        Column("plate", ("plate", "number plate", "kennzeichen")),
        Column("owner_name", ("owner", "customer", "kunde")),
        Column("owner_phone", ("phone", "telephone", "telefon")),
        Column("owner_email", ("e-mail", "email"), cells.email),
        Column("season", ("season", "saison"), cells.words(_SEASONS)),
        Column("size", ("size", "dimension", "größe")),
        Column("notes", ("notes", "bemerkung"), cells.lines),
    ),
    schema=TyreSetSchema,
    writer=SetWriter,
    needed=(("plate",), ("owner_name",), ("season",)),
    features={"tyre_hotel.tyre_sets": ""},
)
