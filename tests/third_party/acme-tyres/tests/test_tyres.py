"""The plugin's own tests, as its authors write them: nothing of the platform's repository is at hand."""

from uuid import UUID

from acme_tyres.contract import TreadAdvice

from jemeti_platform.db import migrate
from jemeti_platform.db.statement import Statement


def test_it_is_found_and_migrated(platform, database):
    assert list(platform.manifests) == ["tyres"]
    assert migrate.is_current(platform.manifests, platform.engines["platform"])
    migrate.check(platform.manifests, database.migrate_url)


def test_a_set_is_stored_and_the_rack_counts_it(api):
    (rack,) = api.get("/v1/tyres/racks").data
    assert rack["code"] == "A1"
    wheels = {"label": "T-1", "owner": "Noor", "rack_id": rack["id"], "season": "winter"}
    made = api.post("/v1/tyres/sets", wheels, expect=201)
    assert made.location == f"/v1/tyres/sets/{made.data['id']}"
    assert api.get(f"/v1/tyres/racks/{rack['id']}").data["sets_stored"] == 1


def test_its_jobs_run_and_its_events_are_fed(tenant, api, run_jobs):
    (rack,) = api.get("/v1/tyres/racks").data
    wheels = {"label": "T-1", "owner": "Noor", "rack_id": rack["id"], "season": "winter"}
    made = api.post("/v1/tyres/sets", wheels, expect=201)
    (event,) = api.get("/v1/events", params={"type": "tyres.set.stored"}).data
    assert event["data"] == {"set_id": made.data["id"], "rack_id": rack["id"]}
    with tenant.work() as work:
        work.write(Statement("UPDATE tyres_racks SET sets_stored = 99")())
        work.defer("tyres.recount", rack_id=UUID(rack["id"]))
    assert [job.task for job in run_jobs()] == ["tyres.recount"]
    assert api.get(f"/v1/tyres/racks/{rack['id']}").data["sets_stored"] == 1


def test_off_for_one_workspace_is_402_there_and_200_elsewhere(tenant, api, other_tenant, api_of):
    tenant.set_feature("tyres.storage", "off")
    refused = api.get("/v1/tyres/racks", expect=402)
    assert refused.error["details"]["feature"] == "tyres.storage"
    api_of(other_tenant).get("/v1/tyres/racks", expect=200)
    tenant.set_feature("tyres.storage", "on")
    api.get("/v1/tyres/racks", expect=200)


def test_hooks_and_ports_are_silent_where_the_plugin_is_off(tenant, api):
    with tenant.work() as work:
        assert work.port(TreadAdvice) is not None
    assert {figure["name"]: figure["value"] for figure in api.get("/v1/dashboard").data["figures"]} == {"tyres.sets": 0}
    tenant.set_feature("tyres", "off")
    assert api.get("/v1/dashboard").data["figures"] == []
    with tenant.work() as work:
        assert work.port(TreadAdvice) is None


def test_a_set_is_found_by_its_label(api):
    (rack,) = api.get("/v1/tyres/racks").data
    api.post("/v1/tyres/sets", {"label": "Noor T-77", "owner": "Noor", "rack_id": rack["id"], "season": "winter"})
    (hit,) = api.get("/v1/search", params={"q": "noor"}).data
    assert (hit["type"], hit["title"]) == ("tyres.sets", "Noor T-77")
    api.get(hit["path"], expect=200)


def test_advice(api):
    assert api.get("/v1/tyres/advice", params={"tread": "1.2"}).data == {"advice": "replace"}


def test_health(api):
    assert api.anonymous.get("/readyz").data["tyres"] == "round"


def test_a_slip_is_issued_and_stays_as_it_is(api):
    (rack,) = api.get("/v1/tyres/racks").data
    wheels = {"label": "T-9", "owner": '#eval("1")', "rack_id": rack["id"], "season": "winter"}
    made = api.post("/v1/tyres/sets", wheels, expect=201)
    issued = api.post(f"/v1/tyres/sets/{made.data['id']}/slip", expect=201)
    assert issued.data["number"].startswith("SLP-")
    pdf = api.get(f"{issued.location}/pdf").body
    assert pdf.startswith(b"%PDF")
    api.patch("/v1/document-templates/storage_slip", {"colour": "#cc0000", "locale": "bn"})
    assert api.get("/v1/document-templates/storage_slip").data["title"] == "সংরক্ষণ রসিদ"
    assert api.get(f"{issued.location}/pdf").body == pdf
    assert api.post(f"/v1/tyres/sets/{made.data['id']}/slip", expect=201).data["sha256"] != issued.data["sha256"]


def test_its_document_is_unknown_where_the_plugin_is_off(tenant, api):
    assert api.get("/v1/document-templates/storage_slip/preview").body.startswith(b"%PDF")
    tenant.set_feature("tyres", "off")
    api.get("/v1/document-templates/storage_slip", expect=404)
    assert "storage_slip" not in {row["type"] for row in api.get("/v1/document-templates").data}
