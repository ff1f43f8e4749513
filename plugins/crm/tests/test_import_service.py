"""Imports and exports ordered over HTTP: watched while they run, whole or not at all."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.imports import running
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace

ROWS = "name,phone,plate\nRahim Uddin,01711000101,GA-11\nNasrin,12,\nShirin Akhter,01711000103,GA-13\n"
CUSTOMERS = Statement("SELECT name FROM crm_customers ORDER BY name")


@pytest.fixture
def tenant(new_tenant: Any) -> TestWorkspace:
    made: TestWorkspace = new_tenant(country="BD")
    return made


def uploaded(api: Api, text: str = ROWS, name: str = "people.csv") -> str:
    return str(api.upload("/v1/files", text.encode(), name, expect=201).data["id"])


def ordered(api: Api, **more: Any) -> str:
    body = {"importer": "customers", "file_id": uploaded(api), **more}
    made = api.post("/v1/imports", body, expect=201)
    assert made.data["status"] == "queued"
    return str(made.data["id"])


def names(tenant: TestWorkspace) -> list[str]:
    with tenant.work() as work:
        (rows,) = work.read(CUSTOMERS())
    return [row["name"] for row in rows]


def test_a_file_is_taken_in_by_the_worker_and_refused_rows_are_told(
    api: Api, tenant: TestWorkspace, run_jobs: Any
) -> None:
    path = f"/v1/imports/{ordered(api)}"
    assert names(tenant) == []
    run_jobs()
    done = api.get(path).data
    assert (done["status"], done["lines_done"], done["lines_total"]) == ("completed", 4, 4)
    assert done["results"] == {"rows": 3, "empty": 0, "created": 2, "completed": 0, "unchanged": 0, "refused": 1}
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert done["refused"][0]["line"] == 3
    assert done["refused"][0]["field"] == "customer.phone"
    assert done["reasons"][0]["rows"] == 1
    assert names(tenant) == ["Rahim Uddin", "Shirin Akhter"]
    report = api.get(f"{path}/report")
    lines = list(csv.reader(io.StringIO(report.body.decode("utf-8-sig"))))
    assert lines[0] == ["line", "field", "value", "reason", "see lines"]
    assert lines[1][:3] == ["3", "customer.phone", "12"]


def test_the_audit_log_names_who_ordered_the_import(api: Api, run_jobs: Any) -> None:
    ordered(api)
    run_jobs()
    entries = api.get("/v1/audit-log?resource=crm_customers").data
    assert {entry["actor_id"] for entry in entries} == {str(api.login.user_id)}


def test_a_check_keeps_nothing(api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
    path = f"/v1/imports/{ordered(api, check_only=True)}"
    run_jobs()
    assert api.get(path).data["results"]["created"] == 2
    assert names(tenant) == []
    assert not [e for e in api.get("/v1/events").data if e["type"].startswith("crm.")]


def test_a_file_that_cannot_be_read_is_a_failed_import_in_words(api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
    file_id = uploaded(api, "name,shoe size\nRahim,44\n")
    path = api.post("/v1/imports", {"importer": "customers", "file_id": file_id}).location
    run_jobs()
    failed = api.get(path).data
    assert failed["status"] == "failed"
    assert "shoe size" in failed["error"]
    assert names(tenant) == []
    assert api.get(f"{path}/report", expect=409).error["details"]["reason"] == "state"


def test_an_import_called_off_while_it_runs_leaves_nothing(
    api: Api, tenant: TestWorkspace, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = ordered(api)
    tell = running._tell

    def somebody_calls_it_off(*arguments: Any) -> None:
        tell(*arguments)
        api.post(f"/v1/imports/{identity}/cancel", expect=200)

    monkeypatch.setattr(running, "_tell", somebody_calls_it_off)
    run_jobs()
    assert api.get(f"/v1/imports/{identity}").data["status"] == "cancelled"
    assert names(tenant) == []
    assert api.post(f"/v1/imports/{identity}/cancel", expect=409).error["details"]["status"] == "cancelled"


def test_what_cannot_be_ordered_is_refused_by_field(api: Api, tenant: TestWorkspace) -> None:
    def fields(**body: Any) -> list[str]:
        refused = api.post("/v1/imports", body, expect=400)
        return [problem["field"] for problem in refused.error["details"]]

    assert fields(importer="boats", file_id=uploaded(api)) == ["importer"]
    assert fields(importer="customers", file_id="019a0000-0000-7000-8000-000000000000") == ["file_id"]
    body = {"importer": "customers", "file_id": uploaded(api)}
    api.as_role("viewer").post("/v1/imports", body, expect=403)
    tenant.set_feature("crm.customers", "off")
    api.post("/v1/imports", body, expect=402)


def test_the_template_is_a_file_that_can_be_imported(api: Api, run_jobs: Any) -> None:
    (importer,) = [one for one in api.get("/v1/importers").data if one["name"] == "customers"]
    heading = api.get("/v1/importers/customers/template").body.decode("utf-8-sig").strip()
    assert heading.split(",") == [column["names"][0] for column in importer["columns"]]
    api.get("/v1/importers/boats/template", expect=404)


def test_a_list_is_exported_as_the_list_shows_it(api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
    ordered(api)
    run_jobs()
    body = {"resource": "crm.customers", "query": "q=rahim&fields=name,status"}
    path = api.post("/v1/exports", body, expect=201).location
    assert api.get(f"{path}/content", expect=409).error["details"]["status"] == "queued"
    run_jobs()
    done = api.get(path).data
    assert (done["status"], done["row_count"], done["rows_done"], done["rows_total"]) == ("completed", 1, 1, 1)
    file = api.get(f"{path}/content")
    assert len(file.body) == done["size"]
    assert list(csv.reader(io.StringIO(file.body.decode("utf-8-sig")))) == [
        ["name", "status"], ["Rahim Uddin", "active"],
    ]  # fmt: skip
    book = api.post("/v1/exports", {"resource": "crm.customers", "format": "xlsx"}, expect=201).location
    run_jobs()
    assert api.get(f"{book}/content").body.startswith(b"PK")


def test_an_export_is_for_who_may_read_the_list(api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
    narrow = api.as_one_who_may("exports:read", "exports:write")
    narrow.post("/v1/exports", {"resource": "crm.customers"}, expect=403)
    path = api.post("/v1/exports", {"resource": "crm.customers"}, expect=201).location
    run_jobs()
    narrow.get(path, expect=200)
    narrow.get(f"{path}/content", expect=403)
    tenant.set_feature("crm.customers", "off")
    api.get(f"{path}/content", expect=402)


def test_a_wrong_query_is_refused_by_parameter(api: Api) -> None:
    def field(query: str) -> str:
        refused = api.post("/v1/exports", {"resource": "crm.customers", "query": query}, expect=400)
        return str(refused.error["details"][0]["field"])

    assert field("colour=green") == "query.colour"
    assert field("page=2") == "query.page"
    assert field("sort") == "query"
    assert api.post("/v1/exports", {"resource": "boats"}, expect=400).error["details"][0]["field"] == "resource"


def test_a_file_is_deleted_after_a_week(api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
    path = api.post("/v1/exports", {"resource": "crm.customers"}, expect=201).location
    run_jobs()
    with tenant.work() as work:
        work.write(Statement("UPDATE exports SET expires_at = now() - interval '1 minute'")())
    run_jobs.by_the_clock("exports.expire")
    assert api.get(path).data["status"] == "expired"
    api.get(f"{path}/content", expect=410)
