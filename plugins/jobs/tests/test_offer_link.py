"""The public address of a quotation: whether it was opened, and that it is revoked and made anew."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .quoting import a_quotation, sent

PATH = "/v1/jobs/quotations"
EARLIER = Statement(
    "UPDATE jobs_quotation_views SET first_viewed_at = first_viewed_at - interval '1 hour',"
    " last_viewed_at = last_viewed_at - interval '1 hour'"
)


def link(api: Api, quotation: dict[str, Any]) -> str:
    return urlsplit(api.get(f"{PATH}/{quotation['id']}/link").data["url"]).path


def page(api: Api, path: str, **more: Any) -> Any:
    return api.anonymous.get(path, headers={"Accept": "*/*"}, **more)


def look(api: Api, path: str, **more: Any) -> Any:
    """What a browser does beside loading the page."""
    return api.anonymous.get(f"{path}/seen", headers={"Accept": "image/gif"}, **more)


def shown(api: Api, quotation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATH}/{quotation['id']}").data
    return found


class TestViews:
    def test_whoever_opens_it_is_seen(self, api: Api, tenant: TestWorkspace) -> None:
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        assert (shown(api, quotation)["first_viewed_at"], shown(api, quotation)["views"]) == (None, 0)
        assert f'src="{path.rpartition("/")[2]}/seen"' in page(api, path).text
        assert shown(api, quotation)["views"] == 0  # a program that follows links has not looked
        assert look(api, path).headers["Content-Type"] == "image/gif"
        look(api, path)  # reloaded
        first = shown(api, quotation)
        assert first["views"] == 1
        assert first["first_viewed_at"] == first["last_viewed_at"]
        with tenant.work() as work:
            work.write(EARLIER())
        look(api, path)
        again = shown(api, quotation)
        assert again["views"] == 2
        assert again["first_viewed_at"] < first["first_viewed_at"] < again["last_viewed_at"]
        assert again["version"] == first["version"]

    def test_quotations_are_listed_by_whether_they_were_opened(self, api: Api) -> None:
        one, other = sent(api, a_quotation(api)), sent(api, a_quotation(api))
        look(api, link(api, one))
        for value, found in (("true", one), ("false", other)):
            rows = api.get(PATH, params={"status": "sent", "viewed": value}).data
            assert [row["id"] for row in rows] == [found["id"]]
        api.get(PATH, params={"viewed": "maybe"}, expect=400)

    def test_of_a_link_that_leads_nowhere_nothing_is_noted(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        look(api, path[:-1] + ("0" if path[-1] != "0" else "1"))
        look(api, path[:-1], expect=404)
        api.delete(f"{PATH}/{quotation['id']}/link")
        look(api, path)
        assert shown(api, quotation)["views"] == 0

    def test_looking_costs_one_round_trip_beside_finding_the_workspace(self, api: Api, platform: Platform) -> None:
        path = link(api, sent(api, a_quotation(api)))
        with count_round_trips(platform) as trips:
            look(api, path)
        assert trips.count == 2


class TestRevoking:
    def test_a_link_that_was_revoked_leads_nowhere(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        before = shown(api, quotation)
        api.delete(f"{PATH}/{quotation['id']}/link", expect=204)
        gone = api.get(f"{PATH}/{quotation['id']}/link").data
        assert gone["url"] is None
        assert gone["revoked_at"] is not None
        told = page(api, path, expect=410).text
        assert "no longer valid" in told
        assert quotation["reference"] not in told
        page(api, f"{path}/pdf", expect=410)
        api.delete(f"{PATH}/{quotation['id']}/link", expect=204)  # once more, nothing changes
        assert api.get(f"{PATH}/{quotation['id']}/link").data == gone
        after = shown(api, quotation)
        assert (after["totals"], after["status"]) == (before["totals"], "sent")

    def test_a_new_one_leads_there_and_the_old_one_does_not(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        api.delete(f"{PATH}/{quotation['id']}/link", expect=204)
        made = api.post(f"{PATH}/{quotation['id']}/link", {}).data
        assert made["revoked_at"] is None
        assert urlsplit(made["url"]).path == link(api, quotation) != path
        assert quotation["reference"] in page(api, link(api, quotation)).text
        page(api, path, expect=404)

    def test_what_was_looked_at_before_still_counts(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        look(api, link(api, quotation))
        api.post(f"{PATH}/{quotation['id']}/link", {})
        assert shown(api, quotation)["views"] == 1

    def test_a_revoked_successor_is_not_led_to(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        later = sent(api, api.post(f"{PATH}/{quotation['id']}/revisions", {}, expect=201).data)
        to = link(api, later)
        assert to in page(api, path, expect=410).text
        api.delete(f"{PATH}/{later['id']}/link", expect=204)
        assert to not in page(api, path, expect=410).text

    def test_a_draft_has_none_to_be_revoked(self, api: Api) -> None:
        draft = a_quotation(api)
        for method in (api.delete, lambda path, **more: api.post(path, {}, **more)):
            assert method(f"{PATH}/{draft['id']}/link", expect=409).error["details"]["reason"] == "state"
            method(f"{PATH}/{uuid4()}/link", expect=404)

    def test_who_may_only_read_may_not(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        viewer = api.as_role("viewer")
        assert viewer.get(f"{PATH}/{quotation['id']}/link").data["url"]
        viewer.post(f"{PATH}/{quotation['id']}/link", {}, expect=403)
        viewer.delete(f"{PATH}/{quotation['id']}/link", expect=403)
