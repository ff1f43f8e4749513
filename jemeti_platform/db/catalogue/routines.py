"""Rules about views and functions: code that might read with somebody else's rights."""

from __future__ import annotations

from collections.abc import Iterable

from .scope import Scope

__all__ = [
    "definers_are_listed_and_pinned",
    "materialized_views_stay_private",
    "nothing_immutable_reads_settings",
    "views_run_as_their_reader",
]


def views_run_as_their_reader(scope: Scope) -> Iterable[tuple[str, str]]:
    """R8: a view is ``security_invoker``; else it reads as its owner."""
    for row in scope.ask(
        "SELECT name FROM rel WHERE relkind = 'v'"
        " AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on',"
        "                                             'security_invoker=1', 'security_invoker=yes'] ORDER BY name"
    ):
        yield row.name, "is a view that reads as its owner: ALTER VIEW … SET (security_invoker = true)."


def materialized_views_stay_private(scope: Scope) -> Iterable[tuple[str, str]]:
    """R9: a materialised view, which has no row security, is granted to nobody but the backup."""
    for row in scope.ask(
        "SELECT DISTINCT t.name, coalesce(r.rolname, 'PUBLIC') AS grantee FROM rel AS t, aclexplode(t.relacl) AS a"
        " LEFT JOIN pg_roles AS r ON r.oid = a.grantee WHERE t.relkind = 'm' AND a.grantee <> t.relowner"
        " AND r.rolname IS DISTINCT FROM 'jemeti_backup' ORDER BY 1, 2"
    ):
        yield row.name, f"is a materialised view, which has no row security, granted to {row.grantee}: REVOKE ALL."


def definers_are_listed_and_pinned(scope: Scope) -> Iterable[tuple[str, str]]:
    """R10: a SECURITY DEFINER function is on the list, pins its search_path, and is not for PUBLIC."""
    found = set()
    for row in scope.ask(
        "SELECT p.name, r.rolname AS owner,"
        " EXISTS (SELECT FROM unnest(p.proconfig) AS c(setting)"
        "         WHERE c.setting ~ '^search_path=(.*, *)?\"?pg_temp\"?$') AS pinned,"
        " EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a"
        "         WHERE a.grantee = 0) AS public"
        " FROM routine AS p JOIN pg_roles AS r ON r.oid = p.proowner WHERE p.prosecdef ORDER BY p.name"
    ):
        found.add(row.name)
        if row.name not in scope.definers:
            yield (
                row.name,
                "is SECURITY DEFINER but not on the list: make it SECURITY INVOKER, or list it after review.",
            )
        if not row.pinned:
            yield row.name, "does not pin its path: ALTER FUNCTION … SET search_path = pg_catalog, pg_temp."
        if row.public:
            yield row.name, "may be called by everybody: REVOKE EXECUTE ON FUNCTION … FROM PUBLIC."
    for name in sorted(scope.definers - found):
        yield name, "is listed as SECURITY DEFINER but there is no such function: take it off the list."


def nothing_immutable_reads_settings(scope: Scope) -> Iterable[tuple[str, str]]:
    """R11: what reads a setting is not IMMUTABLE, or a plan would keep the first workspace; nor is ours LEAKPROOF."""
    for row in scope.ask(
        "SELECT name, provolatile FROM routine WHERE prokind IN ('f', 'p')"
        " AND (proleakproof OR provolatile = 'i' AND pg_get_functiondef(oid) ~*"
        "      '(current_setting|set_config|current_tenant|current_user|session_user)') ORDER BY name"
    ):
        if row.provolatile == "i":
            yield row.name, "is IMMUTABLE but reads the session: ALTER FUNCTION … STABLE."
        else:
            yield row.name, "is LEAKPROOF, so it may see rows before row security does: ALTER FUNCTION … NOT LEAKPROOF."
