"""Rules about tables: whose rows they hold, and that row security stands before them."""

from __future__ import annotations

from collections.abc import Iterable

from ..functions import CURRENT_TENANT
from ..rls import POLICY
from .scope import Scope

__all__ = [
    "every_table_has_a_workspace",
    "partitions_are_secured",
    "restrictive_policy_stands",
    "row_security_is_forced",
    "tenant_id_is_never_null",
]


def every_table_has_a_workspace(scope: Scope) -> Iterable[tuple[str, str]]:
    """R1: a table has ``tenant_id`` or stands on the list of global tables."""
    names = {row.name: row.tenant for row in scope.ask("SELECT name, tenant FROM rel WHERE relkind IN ('r', 'p', 'f')")}
    for name in sorted(names):
        if names[name] is None and name not in scope.global_tables:
            yield name, "has no tenant_id: make it with create_tenant_table, or list it among the global tables."
    for name in sorted(scope.global_tables - names.keys()):
        yield name, "is listed as a global table but does not exist: take it off the list."


def tenant_id_is_never_null(scope: Scope) -> Iterable[tuple[str, str]]:
    """R2: ``tenant_id`` is a uuid and NOT NULL; a NULL would also switch off composite foreign keys."""
    for row in scope.ask(
        "SELECT t.name, a.attnotnull, a.atttypid = 'uuid'::regtype AS uuid FROM tenant_table AS t"
        " JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = t.tenant"
        " WHERE NOT a.attnotnull OR a.atttypid <> 'uuid'::regtype ORDER BY t.name"
    ):
        if not row.uuid:
            yield row.name, "has a tenant_id that is not a uuid: ALTER COLUMN tenant_id TYPE uuid."
        if not row.attnotnull:
            yield row.name, "allows NULL in tenant_id: ALTER COLUMN tenant_id SET NOT NULL."


def row_security_is_forced(scope: Scope) -> Iterable[tuple[str, str]]:
    """R3: row security is enabled, and forced upon the owner too."""
    for row in scope.ask(
        "SELECT name, relrowsecurity FROM tenant_table WHERE NOT relispartition"
        " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY name"
    ):
        if row.relrowsecurity:
            yield row.name, "does not hold its owner to row security: ALTER TABLE … FORCE ROW LEVEL SECURITY."
        else:
            yield row.name, "has no row security: ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY."


def restrictive_policy_stands(scope: Scope) -> Iterable[tuple[str, str]]:
    """R4: one restrictive policy for all commands and roles says exactly ``tenant_id = jemeti.current_tenant()``."""
    for row in scope.ask("SELECT name FROM tenant_table WHERE NOT relispartition AND NOT secured ORDER BY name"):
        policy = f"AS RESTRICTIVE FOR ALL USING ({POLICY}) WITH CHECK ({POLICY})"
        yield row.name, f"lacks the restrictive policy: CREATE POLICY tenant ON {row.name} {policy}."
    body = CURRENT_TENANT.split("$$")[1]
    for row in scope.ask("SELECT name FROM routine WHERE name = 'jemeti.current_tenant()' AND prosrc <> :b", b=body):
        yield row.name, "does not have the body that jemeti_platform.db.functions ships: create it anew from there."


def partitions_are_secured(scope: Scope) -> Iterable[tuple[str, str]]:
    """R14: a partition that somebody may reach by its own name is secured like its parent."""
    for row in scope.ask(
        "SELECT t.name FROM tenant_table AS t WHERE relispartition"
        " AND NOT (relrowsecurity AND relforcerowsecurity AND secured)"
        " AND EXISTS (SELECT FROM aclexplode(t.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        "             WHERE a.grantee <> t.relowner AND r.rolname IS DISTINCT FROM 'jemeti_backup') ORDER BY t.name"
    ):
        yield row.name, "is a partition with grants but without the parent's row security: REVOKE ALL on it."
