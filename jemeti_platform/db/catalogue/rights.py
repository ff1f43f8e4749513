"""Rules about roles and grants: who owns, who may do what, and that nobody can become somebody stronger."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from ..roles import ROLES, WORDS, Role
from .scope import Scope

__all__ = ["application_roles_are_weak", "nothing_is_created", "owner_is_nobody", "rows_only"]

_OWNERS = ("jemeti_owner", "jemeti_search")
_GUESTS = ("jemeti_app", "jemeti_platform", "jemeti_backup", "jemeti_search")


def owner_is_nobody(scope: Scope) -> Iterable[tuple[str, str]]:
    """R12: everything belongs to ``jemeti_owner``, as whom nobody logs in; functions may be ``jemeti_search``'s."""
    yield from _as_declared(scope, _OWNERS)
    for row in scope.ask(
        "SELECT o.name, r.rolname AS owner FROM ("
        "  SELECT name, relowner AS owner, false AS code FROM rel WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')"
        "  UNION ALL SELECT name, proowner, true FROM routine"
        "  UNION ALL SELECT 'schema ' || nspname, nspowner, false FROM pg_namespace"
        "            WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        " ) AS o JOIN pg_roles AS r ON r.oid = o.owner WHERE r.rolname <> 'jemeti_owner'"
        " AND NOT (o.code AND r.rolname = 'jemeti_search') ORDER BY 1"
    ):
        yield row.name, f"belongs to {row.owner}: ALTER … OWNER TO jemeti_owner. Migrations run after SET ROLE."


def rows_only(scope: Scope) -> Iterable[tuple[str, str]]:
    """R13: roles get rows, never TRUNCATE, REFERENCES or TRIGGER, and each only what it is for."""
    for row in scope.ask(
        "SELECT t.name, coalesce(r.rolname, 'PUBLIC') AS grantee, a.part, a.privilege_type AS privilege,"
        " a.is_grantable AS grantable, t.relkind = 'S' AS sequence, t.name = ANY (:global_tables) AS is_global"
        " FROM rel AS t, LATERAL ("
        "   SELECT NULL AS part, e.* FROM aclexplode(t.relacl) AS e"
        "   UNION ALL SELECT c.attname, e.* FROM pg_attribute AS c, aclexplode(c.attacl) AS e"
        "   WHERE c.attrelid = t.oid AND NOT c.attisdropped) AS a"
        " LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        " WHERE t.relkind IN ('r', 'p', 'f', 'v', 'S') AND a.grantee <> t.relowner ORDER BY 1, 2, 3, 4"
    ):
        remedy = f"REVOKE {row.privilege} ON it FROM {row.grantee}."
        if row.privilege not in ("SELECT", "INSERT", "UPDATE", "DELETE", "USAGE"):
            yield row.name, f"gives {row.privilege}, which row security does not cover, to {row.grantee}: {remedy}"
        elif row.grantee == "PUBLIC":
            yield row.name, f"gives {row.privilege} to everybody: {remedy}"
        elif row.grantable:
            yield row.name, f"lets {row.grantee} pass {row.privilege} on: REVOKE GRANT OPTION."
        elif row.grantee == "jemeti_app" and (row.is_global or row.sequence):
            what = "a sequence, which counts for all workspaces" if row.sequence else "a global table"
            yield row.name, f"is {what}, and gives {row.privilege} to jemeti_app: {remedy}"
        elif row.grantee == "jemeti_backup" and row.privilege != "SELECT":
            yield row.name, f"lets the backup {row.privilege}: {remedy}"
        elif row.grantee == "jemeti_search" and (
            row.privilege != "SELECT" or row.part not in ("tenant_id", "id", "search_text")
        ):
            yield row.name, f"opens more than its search columns to jemeti_search: {remedy}"


def application_roles_are_weak(scope: Scope) -> Iterable[tuple[str, str]]:
    """R15: the roles that log in at run time are what ``roles.ROLES`` declares, and members of nothing."""
    yield from _as_declared(scope, ("jemeti_app", "jemeti_platform", "jemeti_backup"))


def nothing_is_created(scope: Scope) -> Iterable[tuple[str, str]]:
    """R16: no role but the owner may create, nor make temporary tables that shadow ours."""
    for row in scope.ask(
        "SELECT o.name, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type AS privilege FROM ("
        "  SELECT 'database ' || datname AS name, coalesce(datacl, acldefault('d', datdba)) AS acl FROM pg_database"
        "  WHERE datname = current_database()"
        "  UNION ALL SELECT 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace"
        "  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        " ) AS o, aclexplode(o.acl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee"
        " WHERE a.privilege_type IN ('CREATE', 'TEMPORARY') AND (a.grantee = 0 OR r.rolname = ANY (:guests))"
        " ORDER BY 1, 2, 3",
        guests=list(_GUESTS),
    ):
        yield row.name, f"lets {row.grantee} {row.privilege}: REVOKE {row.privilege} ON {row.name} FROM {row.grantee}."


def _as_declared(scope: Scope, names: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    known = {
        row.rolname: row
        for row in scope.ask(
            "SELECT r.*, ARRAY(SELECT g.rolname FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid"
            "                  WHERE m.member = r.oid ORDER BY 1) AS member_of"
            " FROM pg_roles AS r WHERE r.rolname = ANY (:names)",
            names=list(names),
        )
    }
    for role in ROLES:
        if role.name in names:
            yield from _differences(role, known.get(role.name))


def _differences(role: Role, found: Row[Any] | None) -> Iterable[tuple[str, str]]:
    if found is None:
        yield role.name, "does not exist: run `jemeti db bootstrap`."
        return
    for attribute, wanted in role.attributes().items():
        if getattr(found, attribute) != wanted:
            word = WORDS[attribute] if wanted else "NO" + WORDS[attribute]
            yield role.name, f"must be {word}: ALTER ROLE {role.name} {word}."
    for group in found.member_of:
        yield role.name, f"is a member of {group} and could become it: REVOKE {group} FROM {role.name}."
