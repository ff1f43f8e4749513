"""What a rule sees: the catalogue's relations, prepared once, and the two lists of exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

__all__ = ["Finding", "Rule", "Scope"]

# `rel` is every relation of ours: no system schema, nothing that an extension brought. `tenant` is the number of its
# column tenant_id. `tenant_table` are those under the rules; a partition answers for itself (R14).
_RELATIONS = """
WITH rel AS (
    SELECT c.*, n.nspname, CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
           (SELECT a.attnum FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS tenant
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend AS d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), tenant_table AS (
    SELECT * FROM rel
    WHERE relkind IN ('r', 'p', 'f') AND tenant IS NOT NULL AND name <> ALL (CAST(:global_tables AS text[]))
), routine AS (
    SELECT p.*, n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend AS d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
)
"""


class Finding(NamedTuple):
    """A broken rule: ``rule`` is R1 to R18, ``subject`` the object, ``message`` what is wrong and the remedy."""

    rule: str
    subject: str
    message: str


@dataclass(frozen=True)
class Scope:
    """One connection and the exceptions in force."""

    connection: Connection
    global_tables: frozenset[str]
    definers: frozenset[str]

    def ask(self, query: str, **params: Any) -> Iterable[Row[Any]]:
        """Rows of a query over ``rel``, ``tenant_table``, ``routine`` and the system catalogues."""
        params = {"global_tables": sorted(self.global_tables), **params}
        return self.connection.execute(text(_RELATIONS + query), params).all()


Rule = Callable[[Scope], Iterable[tuple[str, str]]]
