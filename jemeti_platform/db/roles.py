"""The six database roles and what a database must grant them, made by an administrator and safe to repeat.

Roles belong to the whole cluster, grants to each database: tests clone a template many times and share the
roles. A clone does not inherit CONNECT and TEMP rights, so ``secure`` must follow every CREATE DATABASE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

__all__ = ["APP_ROLES", "ROLES", "WORDS", "BootstrapRefused", "Role", "create_database", "create_roles", "secure"]

Admin = psycopg.Connection[Any]

_PATH = {"search_path": "public, pg_temp", "timezone": "UTC"}
_INTERACTIVE = {
    **_PATH,
    "jit": "off",
    # A generic plan sees the largest workspace and sizes Memoize for it: 1.5 ms a page instead of 0.15.
    "enable_memoize": "off",
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
}


class BootstrapRefused(Exception):
    """The server, the database or the administrator's own rights do not allow the bootstrap."""


@dataclass(frozen=True)
class Role:
    """One role: its attributes, the roles it may become, and the settings each of its sessions begins with."""

    name: str
    login: bool = False
    bypassrls: bool = False
    inherit: bool = False
    member_of: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def attributes(self) -> dict[str, bool]:
        """The attributes as ``pg_roles`` names them."""
        return {
            "rolsuper": False,
            "rolcreaterole": False,
            "rolcreatedb": False,
            "rolreplication": False,
            "rolcanlogin": self.login,
            "rolbypassrls": self.bypassrls,
            "rolinherit": self.inherit,
        }


ROLES: tuple[Role, ...] = (
    Role("jemeti_owner"),
    Role("jemeti_search", bypassrls=True),
    Role(
        "jemeti_migrate",
        login=True,
        bypassrls=True,
        inherit=True,
        member_of=("jemeti_owner", "jemeti_search"),
        settings={**_PATH, "lock_timeout": "5s"},
    ),
    Role("jemeti_app", login=True, settings=_INTERACTIVE),
    Role("jemeti_platform", login=True, settings=_INTERACTIVE),
    Role("jemeti_backup", login=True, bypassrls=True, settings=_PATH),
)
APP_ROLES = ("jemeti_app", "jemeti_platform")
_LOGINS = tuple(role.name for role in ROLES if role.login)
WORDS = {
    "rolsuper": "SUPERUSER",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolreplication": "REPLICATION",
    "rolcanlogin": "LOGIN",
    "rolbypassrls": "BYPASSRLS",
    "rolinherit": "INHERIT",
}


def create_database(admin: Admin, name: str, template: str = "template0") -> None:
    """Make a database owned by ``jemeti_owner``; a clone of a prepared ``template`` is ready at once."""
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER jemeti_owner TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    secure(admin, name)


def secure(admin: Admin, database: str) -> None:
    """Let only our logins connect to ``database``, and nobody make temporary tables in it."""
    name = sql.Identifier(database)
    admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO jemeti_owner").format(name))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, _names(_LOGINS)))


def create_roles(admin: Admin, passwords: Mapping[str, str] | None = None) -> None:
    """Make the roles, or bring them back to their declared attributes, memberships and settings.

    ``passwords`` maps role names to passwords; without one a role logs in only where pg_hba asks for none.
    Raises BootstrapRefused.
    """
    for role in ROLES:
        # Two bootstraps of one cluster at the same moment may meet on one catalogue row.
        _again(partial(_bring, admin, role))
    for name, password in (passwords or {}).items():
        secret = admin.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(secret))
        _again(partial(admin.execute, statement))


def _bring(admin: Admin, role: Role) -> None:
    name = sql.Identifier(role.name)
    wanted = role.attributes()
    columns = sql.SQL(", ").join(map(sql.Identifier, wanted))
    query = sql.SQL("SELECT {}, rolconfig FROM pg_roles WHERE rolname = {}").format(columns, sql.Literal(role.name))
    found = admin.execute(query).fetchone()
    if found is None:
        try:
            admin.execute(sql.SQL("CREATE ROLE {}").format(name))
        except psycopg.errors.DuplicateObject:
            pass
        except psycopg.errors.InsufficientPrivilege as error:
            raise BootstrapRefused(_too_weak(role)) from error
        found = admin.execute(query).fetchone()
        assert found is not None
    *have, config = found
    changed = [key for key, now in zip(wanted, have, strict=True) if wanted[key] != now]
    if changed:
        words = " ".join(WORDS[key] if wanted[key] else "NO" + WORDS[key] for key in changed)
        try:
            admin.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(words)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise BootstrapRefused(_too_weak(role)) from error
    _settings(admin, role, dict(item.split("=", 1) for item in config or ()))
    _memberships(admin, role)


def _settings(admin: Admin, role: Role, now: dict[str, str]) -> None:
    name = sql.Identifier(role.name)
    for key, value in role.settings.items():
        if now.get(key, now.get("TimeZone") if key == "timezone" else None) != value:
            # search_path takes a list of names: quoted as a whole it would be one name with a comma inside
            shown = sql.SQL(value) if key == "search_path" else sql.Literal(value)
            admin.execute(sql.SQL("ALTER ROLE {} SET {} TO {}").format(name, sql.Identifier(key), shown))


def _memberships(admin: Admin, role: Role) -> None:
    name = sql.Identifier(role.name)
    rows = admin.execute(
        "SELECT held.rolname, grantor.rolname FROM pg_auth_members AS m"
        " JOIN pg_roles AS held ON held.oid = m.roleid JOIN pg_roles AS member ON member.oid = m.member"
        " LEFT JOIN pg_roles AS grantor ON grantor.oid = m.grantor WHERE member.rolname = %s",
        (role.name,),
    ).fetchall()
    for held, grantor in rows:
        if held not in role.member_of:
            by: sql.Composable = sql.SQL("")
            if admin.info.server_version >= 160000:
                by = sql.SQL(" GRANTED BY {}").format(sql.Identifier(grantor))
            admin.execute(sql.SQL("REVOKE {} FROM {}{}").format(sql.Identifier(held), name, by))
    for held in role.member_of:
        if held not in {row[0] for row in rows}:
            admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(held), name))


def _again(action: Callable[[], object], attempts: int = 8) -> None:
    for left in reversed(range(attempts)):
        try:
            action()
            return
        except (psycopg.errors.InternalError_, psycopg.errors.UniqueViolation) as error:
            if not left or ("concurrently" not in str(error) and "duplicate key" not in str(error)):
                raise


def _too_weak(role: Role) -> str:
    return (
        f"The administrator may not make the role {role.name}"
        f"{' with BYPASSRLS' if role.bypassrls else ''}: connect as a superuser, or on PostgreSQL 16 and newer"
        " as a role with CREATEROLE and BYPASSRLS."
    )


def _names(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
