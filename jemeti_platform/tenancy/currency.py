"""The currency of a workspace: what says in which one its amounts are holds it fast, for sums over two are none."""

from __future__ import annotations

from psycopg import sql

from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..work import Work

__all__ = ["require_unused"]

# By the database's own catalogue: it also knows the tables of plugins that are off for the workspace or not loaded.
_SAYING = Statement("""
    SELECT t.relname AS "table"
      FROM pg_class t
      JOIN pg_attribute c ON c.attrelid = t.oid AND c.attname = 'currency' AND NOT c.attisdropped
      JOIN pg_attribute w ON w.attrelid = t.oid AND w.attname = 'tenant_id' AND NOT w.attisdropped
     WHERE t.relkind IN ('r', 'p') AND t.relnamespace = 'public'::regnamespace AND t.relname <> 'workspaces'
       AND has_column_privilege(t.oid, c.attnum, 'SELECT')
     ORDER BY t.relname
""")


def require_unused(work: Work, currency: str) -> None:
    """Raise Conflict, ``in_use``, where a row of the workspace has amounts in ``currency``.

    Such a row says so in a column ``currency``, as invoices, payments and quotations do.
    """
    (tables,) = work.read(_SAYING())
    if any(rows[0]["found"] for rows in work.read(*(_any_in(row["table"], currency) for row in tables))):
        raise Conflict(
            f"There are documents in {currency}: in another currency nothing would add up any more.", reason="in_use"
        )


def _any_in(table: str, currency: str) -> Bound:
    text = sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE currency = %(currency)s) AS found")
    return Bound(text.format(table=sql.Identifier(table)).as_string(), {"currency": currency})
