"""Ways to break isolation, one wall at a time: in the database's catalogue, in its functions, in our code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

__all__ = ["FUNCTIONS", "Mutant", "constraint_mutants", "policy_mutants", "rewritten"]

POLICY = "tenant_id = jemeti.current_tenant()"


@dataclass(frozen=True)
class Mutant:
    """SQL that breaks something about a table, and SQL that mends it."""

    name: str
    table: str
    breaks: str
    mends: str


def policy_mutants(table: str) -> Iterator[Mutant]:
    """Every way to weaken the row security of one table that its application roles would notice."""
    whole = f'CREATE POLICY tenant ON "{table}" AS RESTRICTIVE FOR ALL USING ({POLICY}) WITH CHECK ({POLICY})'
    mend = f'DROP POLICY IF EXISTS tenant ON "{table}"; {whole}'
    for name, breaks in {
        "no restrictive policy": f'DROP POLICY tenant ON "{table}"',
        "everything can be seen": f'ALTER POLICY tenant ON "{table}" USING (true)',
        "everything can be written": f'ALTER POLICY tenant ON "{table}" WITH CHECK (true)',
        "permissive instead of restrictive": f'DROP POLICY tenant ON "{table}"; '
        + whole.replace("RESTRICTIVE", "PERMISSIVE"),
        "for reading only": f'DROP POLICY tenant ON "{table}"; '
        f'CREATE POLICY tenant ON "{table}" AS RESTRICTIVE FOR SELECT USING ({POLICY})',
        "nobody is nobody's": f'ALTER POLICY tenant ON "{table}" USING ({POLICY} OR jemeti.current_tenant() IS NULL)',
    }.items():
        yield Mutant(f"{table}: {name}", table, breaks, mend)
    yield Mutant(
        f"{table}: row security off",
        table,
        f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
    )


def constraint_mutants(connection: psycopg.Connection[Any], table: str) -> Iterator[Mutant]:
    """The table's references without the constraint that keeps them inside the workspace."""
    rows = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f' AND cardinality(conkey) = 2",
        [f'public."{table}"'],
    ).fetchall()
    for name, definition in rows:
        yield Mutant(
            f"{table}: without {name}",
            table,
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}',
        )


ALIVE = "coalesce(t.status = 'active' AND s.ended_at IS NULL AND s.expires_at > now()"
FUNCTIONS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "search without its workspace": ("jemeti.search", [("WHERE tenant_id = $1 AND", "WHERE $1 IS NOT NULL AND")]),
    "facts of whichever workspace": (
        "jemeti.workspace_facts",
        [("w.tenant_id = t.id", "true"), ("WHERE t.id = jemeti.current_tenant()", "ORDER BY t.created_at DESC")],
    ),
    "a second workspace may be entered": ("jemeti.enter", [("<> p_tenant THEN", "<> p_tenant AND false THEN")]),
    "a suspended workspace may be entered": ("jemeti.enter", [("IF v_status = 'active' THEN", "IF true THEN")]),
    "a suspended workspace's users may work": (
        "jemeti.enter",
        [("IF v_status = 'active' THEN", "IF true THEN"), ("coalesce(t.status = 'active' AND", "coalesce(")],
    ),
    "who has logged out may work": ("jemeti.enter", [("s.ended_at IS NULL AND", "")]),
    "who was dismissed may work": ("jemeti.enter", [("AND u.status = 'active'", "")]),
    "anybody may work": ("jemeti.enter", [(ALIVE, "coalesce(true")]),
    "a second workspace may be entered with a key": (
        "jemeti.enter_with_key",
        [("<> p_tenant THEN", "<> p_tenant AND false THEN")],
    ),
    "a revoked key opens": ("jemeti.enter_with_key", [("AND k.revoked_at IS NULL", "")]),
    "a suspended workspace's keys open": ("jemeti.enter_with_key", [("AND t.status = 'active'", "")]),
    "any secret opens": (
        "jemeti.enter_with_key",
        [
            ("AND (k.key_hash = p_hash OR k.former_key_hash = p_hash AND k.former_until > now())", ""),
            ("CASE WHEN k.key_hash = p_hash THEN", "CASE WHEN true THEN"),
        ],
    ),
    "a bad key has entered": ("jemeti.enter_with_key", [("PERFORM set_config('app.tenant_id', '', true);", "")]),
    "who has entered nothing is in B": (
        "jemeti.current_tenant",
        [("nullif(pg_catalog.current_setting('app.tenant_id', true), '')", "coalesce({old}, '{b}')")],
    ),
}
"""By name: a function, and what is replaced in it; ``{old}`` stands for what was there, ``{b}`` for the id of B."""


@contextmanager
def rewritten(
    connection: psycopg.Connection[Any], function: str, changes: list[tuple[str, str]], b: UUID
) -> Iterator[None]:
    """The function with parts of its text replaced. Raises LookupError where a part is not there: it has moved on."""
    row = connection.execute("SELECT pg_get_functiondef(%s::regproc)", [function]).fetchone()
    assert row is not None
    changed = row[0]
    for old, new in changes:
        if old not in changed:
            raise LookupError(f"{function} has no {old!r} any more; let the mutant follow")
        changed = changed.replace(old, new.replace("{old}", old).replace("{b}", str(b)))
    connection.execute(changed)
    try:
        yield
    finally:
        connection.execute(row[0])
