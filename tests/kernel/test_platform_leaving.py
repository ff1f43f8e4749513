"""Leaving: everything of a workspace in one archive without secrets; then nothing of it in the whole database."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from psycopg import sql

from jemeti_platform.admin.export import MACHINERY, is_secret
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
_TENANT_TABLES = f"{_TABLES} AND relrowsecurity"


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


def archive(shop: Shop, workspace: TestWorkspace) -> dict[str, Any]:
    reply = shop.admin.post(f"/platform/tenants/{workspace.slug}/export", {}, expect=200)
    assert reply.headers["Content-Type"] == "application/zip"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{workspace.slug}.zip"'
    book = zipfile.ZipFile(io.BytesIO(reply.body))
    assert book.testzip() is None
    found: dict[str, Any] = {}
    for name in book.namelist():
        text = book.read(name)
        found[name] = orjson.loads(text) if name.endswith(".json") else [orjson.loads(x) for x in text.splitlines()]
    return found


def tables(connection: psycopg.Connection[Any], query: str) -> list[str]:
    return [row[0] for row in connection.execute(query).fetchall()]  # type: ignore[call-overload]


def test_the_archive_holds_everything_of_this_workspace_and_nothing_of_another(
    shop: Shop, here: TestWorkspace, database: Database
) -> None:
    other = shop.workspace()
    for workspace in (here, other):
        workspace.login("staff")
        workspace.login_with("shop.core:read")
    found = archive(shop, here)
    with database.connect() as superuser:
        for table in set(tables(superuser, _TENANT_TABLES)) - set(MACHINERY):
            count = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
            (expected,) = superuser.execute(count, [here.id]).fetchone()  # type: ignore[misc]
            assert len(found[f"{table}.jsonl"]) == expected, table
            assert found["workspace.json"]["rows"][table] == expected
    for name, rows in found.items():
        if name not in ("workspace.json", "shop_carts.jsonl"):
            assert {row["tenant_id"] for row in rows} <= {str(here.id)}, name
    assert str(other.id) not in str(found)
    assert found["workspace.json"]["plugins"] == {"shop": "1.0.0", "stock": "2.0.0"}
    assert found["shop_carts.jsonl"] == [{"id": 1, "price": "9.50"}]  # from the plugin's own hook


def test_secrets_stay_at_home(shop: Shop, here: TestWorkspace, database: Database) -> None:
    here.login("owner")
    here.login("staff")
    text = str(archive(shop, here))
    with database.connect() as superuser:
        hashes = superuser.execute("SELECT password_hash FROM users WHERE tenant_id = %s", [here.id]).fetchall()
        assert len(hashes) == 2
        assert all(row[0] not in text for row in hashes)
        named = superuser.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity"
        ).fetchall()
    assert "$argon2" not in text
    for table, column in named:
        if column.endswith("_hash") and column != "content_hash" and table != "idempotency_keys":
            assert is_secret(column), (table, column)
            assert f"'{column}': '$" not in text


@pytest.mark.parametrize(
    "column", ["password_hash", "token_hash", "device_key_hash", "secret", "otp_code_hash", "private_key", "password"]
)
def test_a_secret_is_known_by_its_name(column: str) -> None:
    assert is_secret(column)


@pytest.mark.parametrize("column", ["email_key", "content_hash", "plate_key", "secretary", "code", "token_ttl_seconds"])
def test_what_only_sounds_like_a_secret_is_none(column: str) -> None:
    assert not is_secret(column)


def test_an_archive_can_be_had_of_a_suspended_and_of_a_closed_workspace(shop: Shop, here: TestWorkspace) -> None:
    here.login()
    for verb in ("suspend", "close"):
        shop.admin.post(f"/platform/tenants/{here.slug}/{verb}", {"reason": "x"})
        assert len(archive(shop, here)["users.jsonl"]) == 1
    shop.admin.post("/platform/tenants/nobody-here/export", {}, expect=404)


def test_erasing_leaves_nothing_of_it_in_the_whole_database(shop: Shop, database: Database) -> None:
    canary = f"canary{uuid4().hex[:10]}"
    given = {
        "slug": f"e-{uuid4().hex[:10]}",
        "name": f"{canary} Motors",
        "plan": "shop-full",
        "country": "BD",
        "owner": {"name": f"{canary} Uddin", "email": f"{canary}@x.example", "password": "workshop-demo-1234"},
    }
    path = f"/platform/tenants/{given['slug']}"
    identity = shop.admin.post("/platform/tenants", given, expect=201).data["id"]
    shop.admin.patch(path, {"name": f"{canary} & Sons"})
    shop.admin.put(f"{path}/features/shop.core", {"value": "off", "reason": "x"})
    with platform_work(shop.platform) as work, work.inside(identity) as inside:
        inside.db  # noqa: B018 (a session, so that the ORM's way is covered too)
    other = shop.workspace()
    other.login("staff")

    def where_is(connection: psycopg.Connection[Any], text: str) -> list[str]:
        return [
            table
            for table in tables(connection, _TABLES)
            if connection.execute(
                sql.SQL("SELECT 1 FROM {} AS t WHERE t::text LIKE %s LIMIT 1").format(sql.Identifier(table)),
                [f"%{text}%"],
            ).fetchone()
        ]

    def count(connection: psycopg.Connection[Any], tenant: Any) -> dict[str, int]:
        found = {}
        for table in tables(connection, _TENANT_TABLES):
            query = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
            found[table] = connection.execute(query, [tenant]).fetchone()[0]  # type: ignore[index]
        return found

    confirmed = {"confirm": given["slug"], "reason": "asked for"}
    with database.connect() as superuser:
        assert set(where_is(superuser, canary)) >= {"users", "tenants", "workspaces", "audit_log", "platform_audit_log"}
        neighbours = count(superuser, other.id)
        shop.admin.post(f"{path}/erase", confirmed, expect=409)
        shop.admin.post(f"{path}/close", {"reason": "end"}, expect=200)
        error = shop.admin.post(f"{path}/erase", {**confirmed, "confirm": "another"}, expect=400).error
        assert error["details"][0]["field"] == "confirm"
        shop.admin.post(f"{path}/erase?dry_run=true", confirmed, expect=200)
        assert count(superuser, identity)["users"] == 1
        data = shop.admin.post(f"{path}/erase", confirmed, expect=200).data
        assert (data["deleted"]["users"], data["deleted"]["roles"], data["deleted"]["workspaces"]) == (1, 6, 1)
        assert where_is(superuser, canary) == []
        assert set(count(superuser, identity).values()) == {0}
        assert count(superuser, other.id) == neighbours
    seen = shop.admin.get(path).data
    assert (seen["status"], seen["name"], seen["plugins"]) == ("closed", given["slug"], [])
    assert seen["erased_at"]
    line = shop.admin.get("/platform/audit-log", params={"tenant": given["slug"]}).data[0]
    assert (line["action"], line["after"]["reason"], line["after"]["rows"]["users"]) == (
        "workspace.erased",
        "asked for",
        1,
    )
    for method, rest, body in (
        ("POST", "/erase", confirmed),
        ("POST", "/export", {}),
        ("GET", "/features", None),
        ("GET", "/subscription", None),
        ("PATCH", "", {"name": "again"}),
        ("PUT", "/features/shop.core", {"value": "on", "reason": "x"}),
    ):
        shop.admin.request(method, path + rest, body, expect=410)
    shop.admin.post("/platform/tenants", given, expect=409)


def test_only_the_platforms_role_may_erase_and_only_what_is_closed(
    shop: Shop, here: TestWorkspace, database: Database
) -> None:
    statement = "SELECT jemeti.erase_workspace(%s)"
    with database.connect("jemeti_app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement, [here.id])
    with (
        database.connect("jemeti_platform") as platform,
        pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="closed"),
    ):
        platform.execute(statement, [here.id])


def test_tables_that_refer_to_each_other_in_a_circle_are_erased_too(shop: Shop, database: Database) -> None:
    workspace = shop.workspace()
    workspace.set_status("closed")
    with database.connect("jemeti_migrate") as migrate:
        migrate.execute("SET ROLE jemeti_owner")
        for name in ("circle_a", "circle_b"):
            migrate.execute(
                f"CREATE TABLE {name} (tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,"
                f" id int NOT NULL, other int, PRIMARY KEY (tenant_id, id))"
            )
            migrate.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
            migrate.execute(f"CREATE POLICY everybody ON {name} USING (tenant_id = jemeti.current_tenant())")
        try:
            for name, other in (("circle_a", "circle_b"), ("circle_b", "circle_a")):
                migrate.execute(
                    f"ALTER TABLE {name} ADD FOREIGN KEY (tenant_id, other) REFERENCES {other} ON DELETE RESTRICT"
                )
            with migrate.transaction():
                migrate.execute("SELECT set_config('app.tenant_id', %s, true)", [str(workspace.id)])
                for name in ("circle_a", "circle_b"):
                    migrate.execute(f"INSERT INTO {name} VALUES (%s, 1, NULL)", [workspace.id])
                for name in ("circle_a", "circle_b"):
                    migrate.execute(f"UPDATE {name} SET other = 1")
            confirmed = {"confirm": workspace.slug, "reason": "x"}
            data = shop.admin.post(f"/platform/tenants/{workspace.slug}/erase", confirmed, expect=200).data
            assert (data["deleted"]["circle_a"], data["deleted"]["circle_b"]) == (1, 1)
        finally:
            migrate.execute("DROP TABLE circle_a, circle_b CASCADE")
