"""Eighteen rules that a tenant-safe catalogue keeps, checked on the living database.

A rule that breaks is a way for one workspace to reach another's rows. The exceptions are two explicit lists
(global tables, SECURITY DEFINER functions); an entry that names nothing is a finding too.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from . import keys, rights, routines, tables
from .scope import Finding, Rule, Scope

__all__ = ["RULES", "Finding", "lint"]

RULES: dict[str, Rule] = {
    "R1": tables.every_table_has_a_workspace,
    "R2": tables.tenant_id_is_never_null,
    "R3": tables.row_security_is_forced,
    "R4": tables.restrictive_policy_stands,
    "R5": keys.unique_within_a_workspace,
    "R6": keys.references_stay_in_the_workspace,
    "R7": keys.no_delete_empties_tenant_id,
    "R8": routines.views_run_as_their_reader,
    "R9": routines.materialized_views_stay_private,
    "R10": routines.definers_are_listed_and_pinned,
    "R11": routines.nothing_immutable_reads_settings,
    "R12": rights.owner_is_nobody,
    "R13": rights.rows_only,
    "R14": tables.partitions_are_secured,
    "R15": rights.application_roles_are_weak,
    "R16": rights.nothing_is_created,
    "R17": keys.indexes_begin_with_the_workspace,
    "R18": keys.indexes_are_leakproof,
}


def lint(connection: Connection, *, global_tables: frozenset[str], definers: frozenset[str]) -> list[Finding]:
    """Check all rules and return what breaks them; any role may run it.

    ``global_tables`` are the tables without row security, ``definers`` the SECURITY DEFINER functions with their
    argument types, ``jemeti.search(text, text, integer)``. Tables outside ``public`` are named with their schema.
    """
    path = connection.scalar(text("SELECT pg_catalog.current_setting('search_path')"))
    # PostgreSQL prints a name in full only if the path does not lead to it
    connection.execute(text("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)"))
    try:
        scope = Scope(connection, global_tables, definers)
        return [Finding(name, subject, message) for name, rule in RULES.items() for subject, message in rule(scope)]
    finally:
        connection.execute(text("SELECT pg_catalog.set_config('search_path', :path, false)"), {"path": path})
