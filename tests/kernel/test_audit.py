"""Every change of tenant data leaves one entry, written by the database, without secrets, for ever."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api

RENAME = Statement("UPDATE workspaces SET name = %(name)s")
LAST = Statement("SELECT * FROM audit_log WHERE resource = %(table)s ORDER BY id DESC LIMIT 1")


def last(work: Any, table: str) -> dict[str, Any]:
    (rows,) = work.read(LAST(table=table))
    found: dict[str, Any] = rows[0]
    return found


def test_an_update_is_written_with_what_changed_and_no_more(work: Any) -> None:
    before = work.workspace["name"]
    work.write(RENAME(name="Renamed"))
    entry = last(work, "workspaces")
    assert (entry["action"], entry["before"], entry["after"]) == ("update", {"name": before}, {"name": "Renamed"})


def test_an_update_that_changes_nothing_leaves_no_entry(work: Any) -> None:
    work.write(RENAME(name="Renamed"))
    first = last(work, "workspaces")["id"]
    work.write(RENAME(name="Renamed"))
    assert last(work, "workspaces")["id"] == first


def test_orm_and_raw_sql_are_written_alike(work: Any) -> None:
    from jemeti_platform.auth.models import Role

    role = Role(slug="painter", name="Painter")
    work.db.add(role)
    work.db.flush()
    assert last(work, "roles")["after"]["slug"] == "painter"
    work.db.delete(role)
    work.db.flush()
    entry = last(work, "roles")
    assert (entry["action"], entry["before"]["slug"], entry["after"]) == ("delete", "painter", None)


def test_a_password_hash_is_never_in_it(work: Any, tenant: Any) -> None:
    tenant.login("staff")
    work.write(Statement("UPDATE users SET password_hash = 'another-hash-entirely'")())
    entry = last(work, "users")
    assert entry["after"] == {"password_hash": "(secret)"}
    (rows,) = work.read(Statement("SELECT count(*) AS n FROM audit_log WHERE audit_log::text LIKE '%%argon2%%'")())
    assert rows[0]["n"] == 0


@pytest.mark.parametrize(
    "verb", ["UPDATE audit_log SET action = 'insert'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_nobody_may_change_it(work: Any, verb: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.write(Statement(verb)())


def test_nobody_may_write_it_by_hand(work: Any) -> None:
    forged = "INSERT INTO audit_log (id, actor_kind, resource, action) VALUES (jemeti.uuid7(), 'user', 'x', 'insert')"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.write(Statement(forged)())


def test_the_log_names_user_address_and_request(api: Api, tenant: Any) -> None:
    role = api.post("/v1/roles", {"slug": "painter", "name": "Painter", "permissions": []}).data
    reply = api.get(f"/v1/audit-log?resource=roles&record_id={role['id']}")
    (entry,) = reply.data
    assert entry["actor_kind"] == "user"
    assert entry["actor_name"]
    assert entry["address"]
    assert entry["request_id"]


def test_only_those_who_may_read_it(api: Api) -> None:
    api.as_role("viewer").get("/v1/audit-log", expect=403)
