"""A shared report: the customer is written to, and the workshop sees whether anybody has looked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import PATH, Inspect

EARLIER = Statement(
    "UPDATE dvi_report_views SET first_viewed_at = first_viewed_at - interval '1 hour',"
    " last_viewed_at = last_viewed_at - interval '1 hour'"
)


def share(api: Api, inspection: dict[str, Any]) -> str:
    """Share the report; returns the path of its public address."""
    api.post(f"{PATH}/{inspection['id']}/transitions", {"action": "share"})
    url = api.get(f"{PATH}/{inspection['id']}/report-link").data["url"]
    return urlsplit(url).path


def open_page(api: Api, path: str) -> str:
    return str(api.anonymous.get(path, headers={"Accept": "text/html"}).text)


def look(api: Api, path: str, **more: Any) -> Any:
    """What a browser does beside loading the page."""
    return api.anonymous.get(f"{path}/seen", headers={"Accept": "image/gif"}, **more)


def shown(api: Api, inspection: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATH}/{inspection['id']}").data
    return found


def figure(api: Api, name: str) -> Any:
    return next(one["value"] for one in api.get("/v1/dashboard").data["figures"] if one["name"] == name)


@pytest.mark.parametrize(("address", "channel"), [({"email": "rahima@example.com"}, "email"), ({}, "sms")])
def test_the_customer_is_sent_the_link(
    api: Api, completed: Inspect, vehicle: str, run_jobs: Any, address: dict[str, str], channel: str
) -> None:
    owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
    api.patch(f"/v1/crm/customers/{owner}", {"email": None, "phone": "+4915112345678", **address})
    path = share(api, completed({"item": "pad", "measurement": "2"}))
    run_jobs(failing=True)
    (message,) = api.get("/v1/messages", params={"template": "dvi.inspection.shared"}).data
    assert message["channel"] == channel
    assert path in api.get(f"/v1/messages/{message['id']}").data["text"]


def test_it_goes_to_the_customer_of_the_job(
    api: Api, started: Inspect, vehicle: str, run_jobs: Any, completed: Inspect
) -> None:
    payer = api.post("/v1/crm/customers", {"name": "Fleet", "email": "fleet@example.com"}).data["id"]
    job = api.post("/v1/jobs", {"customer_id": payer, "vehicle_id": vehicle}).data
    share(api, completed(job_id=job["id"]))
    run_jobs(failing=True)
    (message,) = api.get("/v1/messages", params={"template": "dvi.inspection.shared"}).data
    assert message["recipient"] == "fleet@example.com"


def test_it_is_sent_again_to_the_address_of_today(api: Api, completed: Inspect, vehicle: str, run_jobs: Any) -> None:
    owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
    api.patch(f"/v1/crm/customers/{owner}", {"email": "rahima@example.com"})
    made = completed()
    assert api.post(f"{PATH}/{made['id']}/resend", {}, expect=409).error["details"]["reason"] == "state"
    path = share(api, made)
    run_jobs(failing=True)
    before = shown(api, made)
    api.patch(f"/v1/crm/customers/{owner}", {"email": "new@example.com"})
    assert api.post(f"{PATH}/{made['id']}/resend", {}).data == before
    run_jobs(failing=True)
    params = {"template": "dvi.inspection.shared", "sort": "created_at"}
    first, again = api.get("/v1/messages", params=params).data
    assert (first["recipient"], again["recipient"]) == ("rahima@example.com", "new@example.com")
    assert path in api.get(f"/v1/messages/{again['id']}").data["text"]
    api.patch(f"/v1/crm/customers/{owner}", {"email": None, "phone": None})
    refused = api.post(f"{PATH}/{made['id']}/resend", {}, expect=409).error
    assert refused["details"]["reason"] == "nobody_to_write_to"
    api.as_role("mechanic").post(f"{PATH}/{made['id']}/resend", {}, expect=403)


def test_a_text_without_the_link_is_refused(api: Api) -> None:
    texts = {"en": {"subject": "Report", "text": "Your report is there.", "sms": "Your report is there."}}
    api.patch("/v1/message-templates/dvi.inspection.shared", {"texts": texts}, expect=400)


def test_whoever_opens_it_is_seen(api: Api, completed: Inspect, tenant: TestWorkspace) -> None:
    made = completed()
    path = share(api, made)
    assert (shown(api, made)["first_viewed_at"], shown(api, made)["views"]) == (None, 0)
    assert figure(api, "dvi.not_viewed") == 1
    assert f'src="{path.rpartition("/")[2]}/seen"' in open_page(api, path)
    reply = look(api, path)
    assert (reply.body[:6], reply.headers["Content-Type"]) == (b"GIF89a", "image/gif")
    first = shown(api, made)
    assert first["views"] == 1
    assert first["first_viewed_at"] == first["last_viewed_at"]
    assert figure(api, "dvi.not_viewed") == 0
    look(api, path)  # reloaded
    assert shown(api, made)["views"] == 1
    with tenant.work() as work:
        work.write(EARLIER())
    look(api, path)
    again = shown(api, made)
    assert again["views"] == 2
    assert again["first_viewed_at"] < first["first_viewed_at"] < again["last_viewed_at"]


def test_a_program_that_follows_links_has_not_looked(api: Api, completed: Inspect) -> None:
    made = completed()
    open_page(api, share(api, made))
    assert shown(api, made)["views"] == 0


def test_colleagues_who_look_are_no_customers(api: Api, completed: Inspect) -> None:
    made = completed()
    share(api, made)
    page = api.get(f"{PATH}/{made['id']}/report", headers={"Accept": "text/html"}).text
    assert 'class="seen"' not in page


def test_inspections_are_listed_by_whether_they_were_looked_at(api: Api, completed: Inspect) -> None:
    one, other = completed(), completed()
    look(api, share(api, one))
    share(api, other)
    for value, found in (("true", one), ("false", other)):
        rows = api.get(PATH, params={"status": "shared", "viewed": value}).data
        assert [row["id"] for row in rows] == [found["id"]]
    api.get(PATH, params={"viewed": "maybe"}, expect=400)


def test_a_link_that_leads_nowhere_notes_nothing(api: Api, completed: Inspect, tenant: TestWorkspace) -> None:
    made = completed()
    path = share(api, made)
    look(api, path[:-1] + ("0" if path[-1] != "0" else "1"))
    look(api, path[:-1], expect=404)
    assert shown(api, made)["views"] == 0


def test_looking_costs_one_round_trip_beside_finding_the_workspace(
    api: Api, completed: Inspect, platform: Platform
) -> None:
    path = share(api, completed())
    with count_round_trips(platform) as trips:
        look(api, path)
    assert trips.count == 2


def test_the_dashboard_counts_what_is_open(api: Api, started: Inspect, completed: Inspect) -> None:
    started()
    completed()
    assert (figure(api, "dvi.open"), figure(api, "dvi.to_share")) == (1, 1)


class TestRevoking:
    def test_a_link_that_was_revoked_says_so_and_shows_nothing(self, api: Api, completed: Inspect) -> None:
        made = completed()
        path, where = share(api, made), f"{PATH}/{made['id']}/report-link"
        look(api, path)
        before = shown(api, made)
        api.delete(where, expect=204)
        gone = api.get(where).data
        assert gone["url"] is None
        assert gone["revoked_at"] is not None
        told = api.anonymous.get(path, headers={"Accept": "text/html"}, expect=410).text
        assert "no longer valid" in told
        assert made["number"] not in told
        look(api, path)
        api.delete(where, expect=204)  # once more, nothing changes
        assert api.get(where).data == gone
        after = shown(api, made)
        stamps = ("version", "updated_at", "link_revoked_at")
        assert {**after, **dict.fromkeys(stamps)} == {**before, **dict.fromkeys(stamps)}
        assert after["link_revoked_at"] == gone["revoked_at"]

    def test_a_new_one_leads_there_and_the_old_one_nowhere(self, api: Api, completed: Inspect) -> None:
        made = completed()
        path, where = share(api, made), f"{PATH}/{made['id']}/report-link"
        api.delete(where, expect=204)
        renewed = api.post(where, {}).data
        assert renewed["revoked_at"] is None
        assert renewed == api.get(where).data
        to = urlsplit(renewed["url"]).path
        assert made["number"] in open_page(api, to)
        assert "not known here" in api.anonymous.get(path, headers={"Accept": "text/html"}, expect=404).text
        assert to != path

    def test_nobody_is_written_to_while_it_is_revoked(
        self, api: Api, completed: Inspect, vehicle: str, run_jobs: Any
    ) -> None:
        owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
        api.patch(f"/v1/crm/customers/{owner}", {"email": "rahima@example.com"})
        made = completed()
        share(api, made)
        api.delete(f"{PATH}/{made['id']}/report-link", expect=204)
        run_jobs(failing=True)
        assert api.get("/v1/messages", params={"template": "dvi.inspection.shared"}).data == []
        refused = api.post(f"{PATH}/{made['id']}/resend", {}, expect=409).error
        assert refused["details"]["reason"] == "link_revoked"
        link = urlsplit(api.post(f"{PATH}/{made['id']}/report-link", {}).data["url"]).path
        api.post(f"{PATH}/{made['id']}/resend", {})
        run_jobs(failing=True)
        (message,) = api.get("/v1/messages", params={"template": "dvi.inspection.shared"}).data
        assert link in api.get(f"/v1/messages/{message['id']}").data["text"]

    def test_the_audit_log_tells_who_and_never_the_word(self, api: Api, completed: Inspect) -> None:
        made = completed()
        path = share(api, made)
        colleague = api.as_role("staff")
        colleague.delete(f"{PATH}/{made['id']}/report-link", expect=204)
        entries = api.get("/v1/audit-log", params={"record_id": made["id"], "per_page": "100"})
        (created,) = (entry for entry in entries.data if entry["action"] == "insert")
        (revoked,) = (entry for entry in entries.data if (entry["after"] or {}).get("link_revoked_at"))
        assert revoked["before"]["link_revoked_at"] is None
        assert revoked["actor_id"] != created["actor_id"]
        assert path.rpartition(".")[2] not in entries.text

    def test_of_another_workspace_it_is_not_known(
        self, api: Api, completed: Inspect, other_tenant: TestWorkspace, api_of: Any
    ) -> None:
        made = completed()
        share(api, made)
        stranger = api_of(other_tenant)
        for method in ("GET", "POST", "DELETE"):
            stranger.request(method, f"{PATH}/{made['id']}/report-link", None, expect=404)
        assert api.get(f"{PATH}/{made['id']}/report-link").data["url"]
