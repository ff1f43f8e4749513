"""What a rule sees: the catalogue's relations, prepared once, and the two lists of exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from ..rls import POLICY

__all__ = ["Finding", "Rule", "Scope"]

# `rel` is every relation of ours: no system schema, nothing that an extension brought. `tenant` is the number of its
# column tenant_id; `secured` says that the policy stands which R4 asks for. `tenant_table` are those under the rules.
# `operator` are the operators by which an index of a class is searched: those that compare a type with itself, or,
# if it has no such (tsvector), all.
_CATALOGUE = """
WITH rel AS (
    SELECT c.*, n.nspname, CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
           (SELECT a.attnum FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS tenant,
           EXISTS (SELECT FROM pg_policy AS p
                   WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd = '*' AND p.polroles = ARRAY[0::oid]
                     AND pg_get_expr(p.polqual, c.oid) = :policy
                     AND coalesce(pg_get_expr(p.polwithcheck, c.oid), :policy) = :policy) AS secured
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
), idx AS (
    SELECT t.name, t.oid AS table_oid, t.tenant, c.relname AS index_name, i.*
    FROM tenant_table AS t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS c ON c.oid = i.indexrelid
), operator AS (
    SELECT * FROM (
        SELECT o.oid AS opclass, p.proleakproof, m.amoprighttype = o.opcintype AS same,
               bool_or(m.amoprighttype = o.opcintype) OVER (PARTITION BY o.oid) AS has_same
        FROM pg_opclass AS o JOIN pg_amop AS m ON m.amopfamily = o.opcfamily AND m.amoplefttype = o.opcintype
        JOIN pg_operator AS op ON op.oid = m.amopopr JOIN pg_proc AS p ON p.oid = op.oprcode
        WHERE m.amoppurpose = 's') AS all_of_them
    WHERE same OR NOT has_same
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
        """Rows of a query over the relations above and the system catalogues."""
        params = {"global_tables": sorted(self.global_tables), "policy": f"({POLICY})", **params}
        return self.connection.execute(text(_CATALOGUE + query), params).all()


Rule = Callable[[Scope], Iterable[tuple[str, str]]]
