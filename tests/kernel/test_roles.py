"""The bootstrap makes roles and databases as declared, brings back what was changed, and may be repeated."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from jemeti_platform.db.bootstrap import EXTENSIONS, bootstrap
from jemeti_platform.db.roles import ROLES, BootstrapRefused, create_database, create_roles, secure

from .catalogue_database import connect, fresh_name, server_url

Admin = psycopg.Connection[Any]


@pytest.fixture
def admin() -> Iterator[Admin]:
    """The superuser, in a transaction that is rolled back."""
    with connect(server_url(), autocommit=False) as connection:
        create_roles(connection)
        yield connection
        connection.rollback()


@pytest.fixture
def empty() -> Iterator[URL]:
    """An empty database of the server."""
    name = fresh_name("bootstrap")
    with connect(server_url()) as admin:
        create_roles(admin)
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        create_database(admin, name)
    yield server_url().set(database=name)
    with connect(server_url()) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def state(admin: Admin) -> list[tuple[Any, ...]]:
    return admin.execute(
        "SELECT r.rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin, rolbypassrls, rolinherit,"
        " rolconfig, ARRAY(SELECT g.rolname::text FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid"
        " WHERE m.member = r.oid ORDER BY 1) FROM pg_roles AS r WHERE rolname LIKE 'jemeti\\_%' ORDER BY 1"
    ).fetchall()


def scalar(connection: Admin, query: str, *params: object) -> Any:
    row = connection.execute(query, params).fetchone()
    assert row is not None
    return row[0]


def test_the_six_roles_have_exactly_their_rights(admin: Admin) -> None:
    found = {row[0]: row for row in state(admin)}
    assert {role.name for role in ROLES} <= set(found)
    for role in ROLES:
        _, superuser, createrole, createdb, replication, login, bypass, inherit, _, groups = found[role.name]
        assert [superuser, createrole, createdb, replication] == [False] * 4
        assert (login, bypass, inherit) == (role.login, role.bypassrls, role.inherit)
        assert tuple(groups) == role.member_of
    assert [role.name for role in ROLES if role.login and not role.bypassrls] == ["jemeti_app", "jemeti_platform"]


@pytest.mark.parametrize(
    "drift",
    [
        "ALTER ROLE jemeti_app BYPASSRLS SUPERUSER INHERIT",
        "ALTER ROLE jemeti_owner LOGIN",
        "GRANT jemeti_owner TO jemeti_app",
        "GRANT jemeti_migrate TO jemeti_platform, jemeti_backup",
        "REVOKE jemeti_owner FROM jemeti_migrate",
        "ALTER ROLE jemeti_app SET search_path = 'elsewhere'",
        "ALTER ROLE jemeti_app SET timezone = 'Asia/Dhaka'",
        "ALTER ROLE jemeti_app RESET ALL",
        "ALTER ROLE jemeti_platform SET statement_timeout = 0",
    ],
)
def test_what_was_changed_is_brought_back(admin: Admin, drift: str) -> None:
    def comparable() -> list[Any]:
        return [(*row[:8], sorted(row[8] or ()), row[9]) for row in state(admin)]

    before = comparable()
    admin.execute(drift)
    assert comparable() != before
    create_roles(admin)
    assert comparable() == before


def test_a_password_is_stored_as_scram_and_never_sent_in_clear(admin: Admin) -> None:
    create_roles(admin, {"jemeti_app": "s3cret' word"})
    stored = scalar(admin, "SELECT rolpassword FROM pg_authid WHERE rolname = 'jemeti_app'")
    assert stored.startswith("SCRAM-SHA-256$")


def test_the_bootstrap_may_be_repeated(empty: URL) -> None:
    with connect(empty) as admin:
        for _ in range(3):
            bootstrap(admin)
        schema = (
            "SELECT count(*) FROM pg_extension WHERE extname = ANY (%s) AND extnamespace = 'extensions'::regnamespace"
        )
        assert scalar(admin, schema, list(EXTENSIONS)) == 3


def test_an_extension_that_stands_elsewhere_is_moved(empty: URL) -> None:
    with connect(empty) as admin:
        admin.execute("CREATE EXTENSION pg_trgm SCHEMA public")
        bootstrap(admin)
        assert scalar(admin, "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_trgm'") == (
            "extensions"
        )


def test_a_new_table_is_readable_by_the_backup_alone_and_a_new_function_by_nobody(empty: URL) -> None:
    with connect(empty) as admin:
        bootstrap(admin)
        admin.execute("SET ROLE jemeti_owner")
        admin.execute("CREATE TABLE fresh (id int)")
        admin.execute("CREATE FUNCTION jemeti.fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        for privilege, readers in (
            ("has_table_privilege(oid, 'fresh', 'SELECT')", {"jemeti_backup", "jemeti_migrate", "jemeti_owner"}),
            ("has_function_privilege(oid, 'jemeti.fresh()', 'EXECUTE')", {"jemeti_migrate", "jemeti_owner"}),
        ):
            allowed = admin.execute(f"SELECT rolname FROM pg_roles WHERE {privilege}").fetchall()
            assert {name for (name,) in allowed} & {role.name for role in ROLES} == readers


def test_a_clone_of_a_prepared_database_is_as_closed_as_its_template(empty: URL) -> None:
    name = fresh_name("clone")
    with connect(empty) as admin:
        bootstrap(admin)
    with connect(server_url()) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        create_database(admin, name, template=str(empty.database))
        acl = "SELECT datacl::text[] FROM pg_database WHERE datname = %s"
        try:
            assert scalar(admin, acl, name) == scalar(admin, acl, empty.database)
            app_url = server_url().set(database=name, username="jemeti_app")
            with connect(app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TEMP TABLE mine (id int)")
            admin.execute(f"GRANT TEMP ON DATABASE {name} TO PUBLIC")
            secure(admin, name)
            assert scalar(admin, acl, name) == scalar(admin, acl, empty.database)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_without_letters_beyond_ascii_is_refused(admin: Admin) -> None:
    name = fresh_name("ascii")
    with connect(server_url()) as creator:
        creator.execute(f"DROP DATABASE IF EXISTS {name}")
        creator.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER libc")
        try:
            url = server_url().set(database=name)
            with connect(url) as connection, pytest.raises(BootstrapRefused, match="no letters beyond ASCII"):
                bootstrap(connection)
        finally:
            creator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("rights", ["", "CREATEROLE"])
def test_an_administrator_who_may_too_little_is_told_so(empty: URL, rights: str) -> None:
    role = fresh_name("weak_admin")
    with connect(server_url()) as superuser:
        superuser.execute(f"DROP ROLE IF EXISTS {role}")
        superuser.execute(f"CREATE ROLE {role} LOGIN {rights}")
        superuser.execute(f"GRANT CONNECT ON DATABASE {empty.database} TO {role}")
        try:
            with connect(empty.set(username=role)) as weak, pytest.raises(BootstrapRefused, match="connect as a super"):
                bootstrap(weak)
        finally:
            superuser.execute(f"REVOKE CONNECT ON DATABASE {empty.database} FROM {role}")
            superuser.execute(f"DROP ROLE {role}")


def test_a_createrole_administrator_suffices_from_postgresql_16_on(admin: Admin) -> None:
    """Managed servers give no superuser: CREATEROLE, CREATEDB and BYPASSRLS are enough."""
    if admin.info.server_version < 160000:
        pytest.skip("before PostgreSQL 16 only a superuser grants BYPASSRLS")
    name, role = fresh_name("managed"), fresh_name("managed_admin")
    with connect(server_url()) as superuser:
        superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        superuser.execute(f"DROP ROLE IF EXISTS {role}")
        superuser.execute(f"CREATE ROLE {role} LOGIN CREATEROLE CREATEDB BYPASSRLS")
        for ours in ROLES:
            superuser.execute(f"GRANT {ours.name} TO {role} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
        try:
            with connect(server_url().set(username=role)) as creator:
                create_roles(creator)
                creator.execute(f"CREATE DATABASE {name}")
            with connect(server_url().set(username=role, database=name)) as managed:
                bootstrap(managed)
                bootstrap(managed)
                assert scalar(managed, "SELECT pg_has_role('jemeti_owner', 'SET')") is False
        finally:
            superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            superuser.execute(f"DROP OWNED BY {role}")
            superuser.execute(f"DROP ROLE {role}")
