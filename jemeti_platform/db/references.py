"""Moving everything that refers to one row to another one: the end of every merge of two records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql

from .statement import Bound, Statement

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["move_references"]

# By the database's own catalogue: it also knows the tables of plugins that are off for the workspace or not loaded.
_REFERRING = Statement("""
    SELECT t.relname AS "table", a.attname AS "column",
           EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid = t.oid AND v.attname = 'version') AS is_versioned
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid
      JOIN LATERAL unnest(c.conkey, c.confkey) AS pair(own, other) ON true
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.own
      JOIN pg_attribute o ON o.attrelid = c.confrelid AND o.attnum = pair.other
     WHERE c.contype = 'f' AND c.confrelid = %(table)s::text::regclass AND o.attname = 'id'
       AND has_column_privilege(c.conrelid, a.attnum, 'UPDATE')
     ORDER BY t.relname, a.attname
""")


def move_references(work: Work, model: Any, old: UUID, new: UUID) -> None:
    """Have all rows of the workspace that refer to the row ``old`` of ``model`` refer to ``new``.

    Both rows must be locked. Columns that may not be changed, as in issued documents, still refer to ``old``
    afterwards: deleting it is then refused by the database.
    """
    (found,) = work.read(_REFERRING(table=model.__tablename__))
    work.write(*(_move(row, old, new) for row in found))


def _move(row: dict[str, Any], old: UUID, new: UUID) -> Bound:
    counting = sql.SQL(", version = version + 1, updated_at = now()" if row["is_versioned"] else "")
    text = sql.SQL("UPDATE {table} SET {column} = %(new)s{counting} WHERE {column} = %(old)s").format(
        table=sql.Identifier(row["table"]), column=sql.Identifier(row["column"]), counting=counting
    )
    return Bound(text.as_string(), {"old": old, "new": new})
