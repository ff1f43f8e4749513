"""A plugin that is purged leaves nothing but what has happened; of everything else not a row is touched."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from psycopg import sql

from jemeti_platform import main
from jemeti_platform.admin import kill_switches, purging, switching
from jemeti_platform.admin.workspaces import every
from jemeti_platform.db import migrate
from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.files import attach
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database, DatabaseServer
from jemeti_platform.testing.network import seclude
from jemeti_platform.testing.plugin_check.schema import read_schema
from jemeti_platform.testing.workspaces import TestWorkspace, admin_login, make_workspace, platform_work
from jemeti_platform.worker.schedule import begin
from tests.third_party.served import Installed

_OWN_WORD = Statement(
    "INSERT INTO sub_states (id, lifecycle, state, title)"
    " VALUES (%(id)s, 'tyre_hotel.tyre_set', 'stored', 'On the top shelf')"
)
SETS = "/v1/tyre-hotel/tyre-sets"
TABLES = ("tyre_hotel_treads", "tyre_hotel_tyre_sets")
STAYS = {"audit_log", "events", "issued_documents", "numbers_taken", "number_counters", "platform_audit_log"}
"""What may speak of a plugin that has gone."""


@dataclass
class House:
    """A platform with the tyre hotel in this process too; ``schema`` is the database as it was before that one came."""

    installed: Installed
    database: Database
    app: Any
    schema: Any

    @property
    def platform(self) -> Platform:
        found: Platform = self.app.registry.platform
        return found

    def workspace(self) -> TestWorkspace:
        return make_workspace(self.platform, self.app.registry.security_policy.tokens)

    @cached_property
    def admin(self) -> Api:
        login = admin_login(self.platform, self.app.registry.security_policy.tokens)
        return Api(self.app, "localhost", login=login)

    def api(self, workspace: TestWorkspace) -> Api:
        return Api(self.app, f"{workspace.slug}.localhost", workspace, workspace.login())

    def purge(self, *arguments: str, fails: bool = False) -> str:
        return self.installed.jemeti("plugins", "purge", "tyre_hotel", "--yes", *arguments, fails=fails)

    def enable(self, *workspaces: TestWorkspace) -> None:
        for workspace in workspaces:
            with platform_work(self.platform) as work:
                switching.enable(work, "tyre_hotel", workspace.slug, reason="a test")

    def disable(self) -> None:
        """Switch it off wherever it is on."""
        with platform_work(self.platform) as work:
            for row in every(work):
                if "tyre_hotel" in row["plugins"] and row["status"] != "closed":
                    switching.disable(work, "tyre_hotel", row["slug"], reason="a test")

    def connect(self) -> psycopg.Connection[Any]:
        return self.database.connect()


@pytest.fixture(scope="module")
def built(
    database_server: DatabaseServer, settings: dict[str, str], app: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    own = database_server.clone(database_server.template(app.registry.platform.manifests), "jemeti_purging")
    installed = Installed.make(tmp_path_factory.mktemp("purging"), settings, own)
    schema = read_schema(own)
    with booted(settings, own):
        pass  # plans that do not sell it
    # on the path only while plugins are looked for: no other application of this run shall find it
    with pytest.MonkeyPatch.context() as path:
        path.syspath_prepend(installed.site)
        found = main({}, **{**settings, **own.settings})
    seclude(found.registry.platform)
    yield House(installed, own, found, schema)
    for engine in found.registry.platform.engines.values():
        engine.dispose()
    database_server.drop(own)


@pytest.fixture
def house(built: House) -> House:
    """The tyre hotel has its tables, though another test may have purged it, and is on nowhere."""
    migrate.upgrade(built.platform.manifests, built.database.migrate_url)
    built.disable()
    return built


def live(house: House, workspace: TestWorkspace) -> None:
    """Use everything that a plugin can leave traces by."""
    api = house.api(workspace)
    where = api.post(SETS, {"plate": "GA-12-3456", "owner_name": "Shirin", "season": "winter"}, expect=201).location
    for wheel in ("front_left", "front_right", "rear_left", "rear_right"):
        tread = {"tyre_set_id": where.rpartition("/")[2], "wheel": wheel, "depth": "6.5"}
        api.post("/v1/tyre-hotel/treads", tread, expect=201)
    api.post(f"{where}/transitions", {"action": "store", "position": "A-12"}, expect=200)
    api.post(f"{where}/label", expect=201)
    api.patch("/v1/message-templates/tyre_hotel.tyre_set.due", {"enabled": True}, expect=200)
    api.patch("/v1/document-templates/tyre_set_label", {"colour": "#112233"}, expect=200)
    with workspace.work() as work:
        work.write(_OWN_WORD(id=uuid7()))
    rights = ["crm.customers:read", "tyre_hotel.tyre_sets:read", "tyre_hotel.*:write"]
    api.post("/v1/roles", {"slug": "storekeeper", "name": "Storekeeper", "permissions": rights}, expect=201)
    api.post("/v1/api-keys", {"name": "till", "permissions": rights}, expect=201)
    for types in (["tyre_hotel.*"], ["crm.customer.created", "tyre_hotel.set.stored"]):
        api.post("/v1/webhooks", {"url": "https://example.com/hook", "event_types": types}, expect=201)
    api.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=201)


def everything(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found = {}
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    for (name,) in connection.execute(names).fetchall():
        query = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(name))
        found[name] = [row[0] for row in connection.execute(query).fetchall()]
    jobs = "SELECT t::text FROM procrastinate.procrastinate_jobs AS t UNION SELECT t::text FROM"
    jobs += " procrastinate.procrastinate_periodic_defers AS t"
    return {**found, "jobs": [row[0] for row in connection.execute(jobs).fetchall()]}


def speaking(rows: dict[str, list[str]]) -> set[str]:
    return {name for name, texts in rows.items() if any("tyre_hotel" in text for text in texts)}


def test_nothing_is_left_of_it_but_what_has_happened(house: House) -> None:
    first, closed, never = (house.workspace() for _ in range(3))
    house.enable(first, closed)
    for workspace in (first, closed):
        live(house, workspace)
    house.api(never).post("/v1/crm/customers", {"name": "Never had any tyres"}, expect=201)
    begin(house.platform, "tyre_hotel.remind")
    with platform_work(house.platform) as work:
        kill_switches.pull(work, "tyre_hotel", "read_only", reason="a test")
    closed.set_status("closed")

    refused = house.purge(fails=True)
    assert f"'tyre_hotel' is on in {first.slug}." in refused
    house.disable()
    with house.connect() as superuser:
        before = everything(superuser)
        said = house.purge("--export", "taken", "--reason", "nobody stores tyres")
        after = everything(superuser)

    assert "exported" in said
    assert "tyre_hotel is purged" in said
    assert speaking(before) > {"roles", "api_keys", "webhook_endpoints", "lifecycle_history", "sub_states"}
    assert speaking(after) <= STAYS | {"webhook_endpoints"}
    assert read_schema(house.database) == house.schema, "of everything else nothing was changed"
    touched = {name for name in after if before[name] != after[name]}
    assert touched == (speaking(before) - STAYS | {"audit_log", "platform_audit_log"}) | {
        "document_templates",
        "tenants",
        "platform_state",
        "alembic_version",
    }
    for kept in STAYS - {"audit_log", "platform_audit_log"}:
        assert before[kept] == after[kept]

    for workspace in (first, closed):
        with zipfile.ZipFile(house.installed.folder / "taken" / f"{workspace.slug}.zip") as book:
            rows = {name: book.read(name).decode().splitlines() for name in book.namelist()}
        assert set(rows) == {f"{name}.jsonl" for name in (*TABLES, "lifecycle_history", "sub_states")} | {
            "workspace.json"
        }
        assert [orjson.loads(row)["plate"] for row in rows["tyre_hotel_tyre_sets.jsonl"]] == ["GA-12-3456"]
        assert len(rows["tyre_hotel_treads.jsonl"]) == 4
        assert len(rows["lifecycle_history.jsonl"]) == 1
    assert not (house.installed.folder / "taken" / f"{never.slug}.zip").exists()


def test_what_rights_and_webhooks_are_left_with(house: House) -> None:
    workspace = house.workspace()
    house.enable(workspace)
    live(house, workspace)
    house.disable()
    house.purge()
    api = house.api(workspace)
    (role,) = api.get("/v1/roles", params={"slug": "storekeeper"}).data
    assert role["permissions"] == ["crm.customers:read"]
    (key,) = api.get("/v1/api-keys").data
    assert key["permissions"] == ["crm.customers:read"]
    mixed, only = sorted(api.get("/v1/webhooks").data, key=lambda row: row["status"])
    assert (mixed["status"], mixed["event_types"]) == ("active", ["crm.customer.created"])
    assert only["status"] == "disabled"
    assert "'tyre_hotel'" in only["disabled_reason"]
    line = house.admin.get("/platform/audit-log", params={"action": "plugin.purged"}).data[0]
    assert (line["actor"], line["subject"]) == ("amina (command line)", "tyre_hotel")
    assert line["after"]["deleted"]["tyre_hotel_treads"] == 4


def test_it_can_come_back_and_gives_no_number_twice(house: House) -> None:
    workspace = house.workspace()
    house.enable(workspace)
    live(house, workspace)
    house.disable()
    house.purge()
    house.installed.jemeti("migrate")
    house.enable(workspace)
    api = house.api(workspace)
    assert api.get(SETS, expect=200).data == []
    again = api.post(SETS, {"plate": "GA-12-3456", "owner_name": "Shirin", "season": "winter"}, expect=201)
    assert again.data["number"].endswith("-00002")


def test_what_is_sold_needed_or_being_switched_stays(house: House) -> None:
    workspace = house.workspace()
    with platform_work(house.platform) as work:
        assert switching.enable(work, "billing", workspace.slug, reason="a test").is_empty, "it is on everywhere"
        with pytest.raises(Conflict, match="'billing' sells no feature"):
            switching.disable(work, "billing", workspace.slug, reason="a test")
    assert "'crm' is needed by billing" in house.installed.jemeti("plugins", "purge", "crm", "--yes", fails=True)
    plan = {"title": "Tyres", "features": {"tyre_hotel": "on"}}
    house.admin.put("/platform/plans/tyres", plan, expect=201)
    assert "The plan 'tyres' sells tyre_hotel.tyre_sets." in house.purge(fails=True)
    house.admin.put("/platform/plans/tyres", {**plan, "features": {}}, expect=200)
    lock = "SELECT pg_advisory_xact_lock{}(hashtextextended('jemeti.plugin.tyre_hotel', 0))"
    with house.connect() as other, other.transaction():
        other.execute(lock.format("_shared"))  # as whoever is switching it on
        assert "Somebody is switching 'tyre_hotel' on just now" in house.purge(fails=True)
    with house.connect() as other, other.transaction():
        other.execute(lock.format(""))  # as whoever is purging it
        said = house.installed.jemeti("plugins", "enable", "tyre_hotel", "--workspace", workspace.slug, fails=True)
        assert "'tyre_hotel' is being purged just now" in said
    house.enable(workspace)


@pytest.mark.parametrize("locked", [True, False])
def test_what_is_just_being_switched_on_is_purged_where_nothing_is_locked(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, locked: bool
) -> None:
    looked, allowed = Event(), purging._allowed

    def look(*given: Any) -> purging.Holdings:
        found = allowed(*given)
        looked.set()
        return found

    def purge() -> dict[str, int]:
        with platform_work(house.platform) as work:
            url = house.database.migrate_url
            return purging.purge(work, url, "tyre_hotel", tmp_path / "kept", reason="a test", tell=lambda _: None)

    monkeypatch.setattr(purging, "_allowed", look)
    if not locked:
        monkeypatch.setattr(purging, "_ALONE", Statement("SELECT %(plugin)s::text IS NOT NULL AS free"))
    workspace = house.workspace()
    with ThreadPoolExecutor(1) as pool:
        with platform_work(house.platform) as work:
            switching.enable(work, "tyre_hotel", workspace.slug, reason="a test")
            purged = pool.submit(purge)
            if locked:
                with pytest.raises(Conflict, match="Somebody is switching"):
                    purged.result(60)
            else:
                assert looked.wait(60), "nobody has it on, as far as it can see"
        if not locked:
            assert purged.result(60), "it is on, and gone"
    assert looked.is_set() != locked


def test_files_of_its_records_are_exported_and_secrets_are_named(house: House, tmp_path: Path) -> None:
    workspace = house.workspace()
    house.enable(workspace)
    live(house, workspace)
    api = house.api(workspace)
    photo, note, other = (api.upload("/v1/files", b"a,b\n1,2\n", f"{n}.csv", expect=201).data["id"] for n in "pno")
    (tyres,) = api.get(SETS).data
    with workspace.work() as work:
        attach(work, UUID(note), "tyre_hotel.tyre_set", UUID(tyres["id"]))
    with house.connect() as superuser:  # as a plugin's own migrations would have made them
        superuser.execute(
            "ALTER TABLE tyre_hotel_tyre_sets ADD door_pin_hash text, ADD photo_id uuid,"
            " ADD FOREIGN KEY (tenant_id, photo_id) REFERENCES files (tenant_id, id)"
        )
        change = "UPDATE tyre_hotel_tyre_sets SET photo_id = %s, door_pin_hash = 'open sesame' WHERE id = %s"
        superuser.execute(change, [photo, tyres["id"]])
    house.disable()
    steps: list[str] = []
    with platform_work(house.platform) as work:
        url = house.database.migrate_url
        holdings = purging.survey(work, url, "tyre_hotel")
        assert holdings.left_out == {"tyre_hotel_tyre_sets": ["door_pin_hash"]}
        purging.purge(work, url, "tyre_hotel", tmp_path, reason="a test", tell=steps.append)
    with zipfile.ZipFile(tmp_path / f"{workspace.slug}.zip") as book:
        assert {name for name in book.namelist() if name.startswith("files/")} == {
            f"files/{photo}/p.csv",
            f"files/{note}/n.csv",
        }
        assert book.read(f"files/{photo}/p.csv") == b"a,b\n1,2\n"
        rows = [orjson.loads(line) for line in book.read("files.jsonl").splitlines()]
        assert {row["id"] for row in rows} == {photo, note}
        assert orjson.loads(book.read("workspace.json"))["left_out"] == holdings.left_out
        assert b"open sesame" not in book.read("tyre_hotel_tyre_sets.jsonl")
    assert f"exported {workspace.slug}.zip with 2 files" in steps
    assert {row["id"] for row in api.get("/v1/files").data} == {photo, note, other}, "the workspace keeps them"
    line = house.admin.get("/platform/audit-log", params={"action": "plugin.purged"}).data[0]
    assert line["after"]["left_out"] == holdings.left_out


def test_the_command_says_what_no_archive_gets(house: House) -> None:
    with house.connect() as superuser:
        superuser.execute("ALTER TABLE tyre_hotel_treads ADD gauge_key_cipher bytea")
    assert "(secrets): tyre_hotel_treads.gauge_key_cipher" in house.purge()


def test_what_cannot_be_dropped_undoes_everything(house: House) -> None:
    workspace = house.workspace()
    house.enable(workspace)
    live(house, workspace)
    house.disable()
    with house.connect() as superuser:
        superuser.execute("CREATE VIEW somebody_looks AS SELECT count(*) FROM tyre_hotel_treads")
        before = everything(superuser)
        assert "Nothing was deleted" in house.purge("--export", "kept", fails=True)
        assert everything(superuser) == before
        superuser.execute("DROP VIEW somebody_looks")
    assert "is not empty" in house.purge("--export", "kept", fails=True)
    house.purge("--export", "again")
