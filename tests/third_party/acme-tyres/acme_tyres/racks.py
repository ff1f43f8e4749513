"""Racks, and what stands on them."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.overview import Figure, Figures, Source

from .contract import SetStored
from .models import Rack, TyreSet

_RECOUNT = Statement(
    "UPDATE tyres_racks r SET sets_stored = (SELECT count(*) FROM tyres_sets s WHERE s.rack_id = r.id)"
    " WHERE r.id = %(rack)s"
)
_STORED = Statement(select(func.count().label("n")).select_from(TyreSet))
_COUNTED = Statement('SELECT count(*) AS "tyres.sets" FROM tyres_sets')
_EXPORT = {table.__tablename__: Statement(select(table)) for table in (Rack, TyreSet)}
_SEARCH = Statement(
    "SELECT s.id, s.label AS title, found.rank"
    " FROM jemeti.search('tyres_sets', %(q)s, %(limit)s) AS found JOIN tyres_sets s USING (id)"
)


def first_rack(work):
    """The rack that everybody begins with; written once, and theirs to rename from then on."""
    (rows,) = work.write(Statement("SELECT 1 FROM tyres_racks LIMIT 1")())
    if not rows:
        work.write(Statement(upsert(Rack).values(id=uuid7(), code="A1"))())


def store(work, values):
    """Put a set on a rack. Raises Conflict where the plan's number of sets is reached."""
    limit = work.limit("tyres.sets")
    if limit is not None and stored(work) >= limit:
        raise Conflict("The storage is full.", reason="limit", limit=limit)
    identity = uuid7()
    work.queue(Statement(insert(TyreSet).values(id=identity, **values))())
    work.emit(SetStored(identity, values["rack_id"]))
    return identity


def move(work, identity, rack_id):
    (rows,) = work.write(
        Statement(update(TyreSet).where(TyreSet.id == identity).values(rack_id=rack_id).returning(TyreSet.id))()
    )
    return bool(rows)


def recount(work, rack_id: UUID):
    """Count the sets on a rack anew: a task, for whoever does not trust the listener."""
    work.write(_RECOUNT(rack=rack_id))


def stored(work):
    ((row,),) = work.read(_STORED())
    return row["n"]


def export(work):
    for table, statement in _EXPORT.items():
        (rows,) = work.read(statement())
        yield table, rows


def search(q, limit):
    return [Source("tyres.sets", "tyre set", "/v1/tyres/sets", "tyres.storage:read", _SEARCH(q=q, limit=limit))]


def figures():
    return [
        Figures(_COUNTED(), (Figure("tyres.sets", "Tyre sets in storage", "tyres.storage:read", "/v1/tyres/sets"),))
    ]
