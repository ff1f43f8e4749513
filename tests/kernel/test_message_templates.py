"""Templates: declared by plugins, switched and worded by a workspace, filled in for whoever an event concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jemeti_platform.messages.kept_page import kept_messages
from jemeti_platform.messages.templates import Templates
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .signing_in import mails_to

WELCOME = "/v1/message-templates/crm.customer.created"


@pytest.fixture
def welcoming(api: Api) -> Api:
    """A workspace that writes to new customers, at any hour."""
    api.patch("/v1/workspace", {"quiet_from": None, "quiet_to": None})
    api.patch(WELCOME, {"enabled": True})
    return api


def customer(api: Api, **fields: Any) -> str:
    found: str = api.post("/v1/crm/customers", {"name": "Shirin Akhter", **fields}, expect=201).data["id"]
    return found


def kept(tenant: TestWorkspace, address: str) -> list[dict[str, str]]:
    return [one for one in kept_messages(tenant.platform) if one["to"] == address]


class TestEvents:
    def test_nothing_is_sent_that_nobody_has_asked_for(
        self, tenant: TestWorkspace, api: Api, run_jobs: RunJobs
    ) -> None:
        customer(api, email="a@silent.example")
        assert run_jobs() == []
        assert api.get("/v1/messages").data == []

    def test_whom_it_concerns_is_written_to(self, tenant: TestWorkspace, welcoming: Api, run_jobs: RunJobs) -> None:
        identity = customer(welcoming, email="shirin@welcome.example")
        run_jobs()

        (mail,) = kept(tenant, "shirin@welcome.example")
        assert "Hello Shirin Akhter," in mail["text"]
        assert tenant.slug in mail["subject"]
        (message,) = welcoming.get("/v1/messages").data
        assert (message["recipient_kind"], message["recipient_id"]) == ("customer", identity)
        assert (message["template"], message["recipient_name"]) == ("crm.customer.created", "Shirin Akhter")
        (event,) = welcoming.get("/v1/events", params={"type": "crm.customer.created"}).data
        assert message["event_id"] == event["id"]

    @pytest.mark.parametrize(
        ("way", "channels"),
        [
            ("email", ["email"]),
            ("sms", ["sms"]),
            ("email_else_sms", ["email"]),
            ("sms_else_email", ["sms"]),
            ("both", ["email", "sms"]),
        ],
    )
    def test_by_the_way_that_the_workspace_wants(
        self, welcoming: Api, run_jobs: RunJobs, way: str, channels: list[str]
    ) -> None:
        welcoming.patch(WELCOME, {"way": way})
        customer(welcoming, email="a@way.example", phone="+4915112345678")
        run_jobs()
        assert sorted(row["channel"] for row in welcoming.get("/v1/messages").data) == channels

    def test_by_the_other_where_there_is_no_address(self, welcoming: Api, run_jobs: RunJobs) -> None:
        customer(welcoming, phone="+4915112345678")
        run_jobs()
        (message,) = welcoming.get("/v1/messages").data
        assert message["channel"] == "sms"
        assert "/unsubscribe/" in message["text"]

    def test_whoever_has_no_address_gets_nothing(self, welcoming: Api, run_jobs: RunJobs) -> None:
        customer(welcoming)
        assert len(run_jobs()) == 1
        assert welcoming.get("/v1/messages").data == []

    def test_in_the_words_of_the_workspace(self, tenant: TestWorkspace, welcoming: Api, run_jobs: RunJobs) -> None:
        welcoming.patch(WELCOME, {"subject": "Hi {{customer.name}}", "text": "From {{workspace.name}}."})
        customer(welcoming, email="a@words.example", name="Rahim {{workspace.phone}} <b>")
        run_jobs()
        (mail,) = kept(tenant, "a@words.example")
        assert mail["subject"] == "Hi Rahim {{workspace.phone}} <b>"
        assert mail["text"] == f"From Workspace {tenant.slug}.\n"

    def test_in_its_language(self, tenant: TestWorkspace, welcoming: Api, run_jobs: RunJobs) -> None:
        welcoming.patch("/v1/workspace", {"locale": "bn-BD"})
        customer(welcoming, email="a@bangla.example")
        run_jobs()
        assert "স্বাগতম" in kept(tenant, "a@bangla.example")[0]["subject"]

    def test_later_if_it_says_so(self, welcoming: Api, run_jobs: RunJobs) -> None:
        welcoming.patch(WELCOME, {"delay_minutes": 120})
        customer(welcoming, email="a@delay.example")
        run_jobs()
        (message,) = welcoming.get("/v1/messages").data
        assert message["status"] == "queued"
        assert message["send_after"] > message["created_at"]

    def test_not_if_it_was_switched_off_meanwhile(self, welcoming: Api, run_jobs: RunJobs) -> None:
        customer(welcoming, email="a@off.example")
        welcoming.patch(WELCOME, {"enabled": False})
        run_jobs()
        assert welcoming.get("/v1/messages").data == []

    def test_not_if_the_event_was_undone(self, welcoming: Api, run_jobs: RunJobs) -> None:
        welcoming.post("/v1/crm/customers?dry_run=true", {"name": "Nobody", "email": "a@dry.example"}, expect=201)
        assert run_jobs() == []

    def test_a_fault_in_it_does_not_undo_what_it_is_about(
        self, tenant: TestWorkspace, welcoming: Api, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        template = tenant.platform.part(Templates)["crm.customer.created"]

        def broken(*given: Any) -> Any:
            raise ZeroDivisionError

        identity = customer(welcoming, email="a@broken.example")
        object.__setattr__(template, "recipients", broken)
        try:
            run_jobs(failing=True)
        finally:
            monkeypatch.undo()
            from plugins.crm.messages import welcome

            object.__setattr__(template, "recipients", welcome)
        welcoming.get(f"/v1/crm/customers/{identity}", expect=200)

    def test_an_event_costs_no_round_trip_more(self, tenant: TestWorkspace, api: Api, welcoming: Api) -> None:
        numbers = iter(range(10))

        def trips() -> int:
            with count_round_trips(tenant.platform) as counted:
                customer(api, email=f"{next(numbers)}@trips.example")
            return counted.count

        trips()
        trips()
        enabled = trips()
        api.patch(WELCOME, {"enabled": False})
        trips()
        assert trips() == enabled


class TestWording:
    def test_everything_is_shown_as_it_would_be_sent(self, api: Api) -> None:
        names = {one["name"] for one in api.get("/v1/message-templates").data}
        assert {"auth.invitation", "auth.reset", "crm.customer.created"} <= names
        one = api.get(WELCOME).data
        assert (one["enabled"], one["transactional"], one["event"]) == (False, False, "crm.customer.created")
        assert one["customised"] == []
        assert {"name": "customer.name", "title": "Name of the customer", "sample": "Shirin Akhter"} in one[
            "placeholders"
        ]

    def test_a_plugin_that_is_off_has_none(self, tenant: TestWorkspace, api: Api) -> None:
        for feature in ("crm", "vehicles"):
            tenant.set_feature(feature, "off")
        assert "crm.customer.created" not in {one["name"] for one in api.get("/v1/message-templates").data}
        api.get(WELCOME, expect=404)
        api.patch(WELCOME, {"enabled": True}, expect=404)

    def test_what_is_not_sent_stays_and_null_gives_it_back(self, api: Api) -> None:
        declared = api.get(WELCOME).data
        api.patch(WELCOME, {"subject": "Mine", "delay_minutes": 5})
        changed = api.patch(WELCOME, {"enabled": True}).data
        assert (changed["subject"], changed["delay_minutes"], changed["enabled"]) == ("Mine", 5, True)
        assert changed["customised"] == ["enabled", "delay_minutes", "subject"]
        assert api.patch(WELCOME, {"subject": None}).data["subject"] == declared["subject"]
        api.delete(WELCOME, expect=204)
        again = api.get(WELCOME).data
        assert {**again, "updated_at": None} == {**declared, "updated_at": None}

    def test_a_place_that_there_is_not_is_named_with_those_there_are(self, api: Api) -> None:
        reply = api.patch(
            WELCOME, {"subject": "{{customer.phone}}", "text": "{{x.__class__}}", "sms_text": "{{open"}, expect=400
        )
        problems = {problem["field"]: problem["message"] for problem in reply.error["details"]}
        assert problems["subject"].startswith("There is no {{customer.phone}}; possible are customer.name, workspace.")
        assert problems["text"].startswith("There is no {{x.__class__}}")
        assert problems["sms_text"] == "A {{ is not closed by }}"
        assert api.get(WELCOME).data["customised"] == []

    def test_what_people_need_cannot_be_taken_from_them(self, api: Api) -> None:
        reset = "/v1/message-templates/auth.reset"
        problems = api.patch(reset, {"text": "Hello", "enabled": False, "way": "sms"}, expect=400).error["details"]
        assert {problem["field"] for problem in problems} == {"text", "enabled", "way"}

    def test_an_invitation_in_the_workspaces_own_words(self, tenant: TestWorkspace, api: Api) -> None:
        api.patch("/v1/message-templates/auth.invitation", {"text": "Join us, says {{inviter}}: {{link}}"})
        (role,) = api.get("/v1/roles", params={"slug": "viewer"}).data
        api.post("/v1/users", {"email": "a@worded.example", "role_id": role["id"]}, expect=201)
        (mail,) = mails_to(tenant.platform, "a@worded.example")
        assert mail["text"].startswith("Join us, says owner: http://")

    def test_two_at_once_do_not_overwrite_each_other_unseen(self, api: Api) -> None:
        etag = api.get(WELCOME).headers["ETag"]
        api.patch(WELCOME, {"subject": "First"}, headers={"If-Match": etag})
        refused = api.patch(WELCOME, {"subject": "Second"}, headers={"If-Match": etag}, expect=412)
        assert refused.error["details"]["current"]["subject"] == "First"
        etag = api.get(WELCOME).headers["ETag"]
        api.get(WELCOME, headers={"If-None-Match": etag}, expect=304)

    def test_each_workspace_has_its_own(
        self, api: Api, other_tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        api.patch(WELCOME, {"subject": "Mine", "enabled": True})
        other = api_of(other_tenant).get(WELCOME).data
        assert (other["customised"], other["enabled"]) == ([], False)

    def test_rights(self, api: Api) -> None:
        reader = api.as_one_who_may("messages:read")
        reader.get(WELCOME, expect=200)
        reader.post(f"{WELCOME}/preview", {}, expect=200)
        reader.patch(WELCOME, {"enabled": True}, expect=403)
        reader.post(f"{WELCOME}/test", {}, expect=403)

    def test_lists_and_records_cost_one_round_trip(self, tenant: TestWorkspace, api: Api) -> None:
        for path in ("/v1/message-templates", WELCOME, "/v1/messages"):
            api.get(path)
            with count_round_trips(tenant.platform) as counted:
                api.get(path)
            assert counted.count == 1, path


class TestPreview:
    def test_texts_are_tried_with_samples_and_not_kept(self, tenant: TestWorkspace, api: Api) -> None:
        api.patch("/v1/workspace", {"brand_colour": "#0d47a1"})
        seen = api.post(f"{WELCOME}/preview", {"subject": "Hi {{customer.name}}", "sms_text": "স্বাগতম"}).data
        assert seen["email"]["subject"] == "Hi Shirin Akhter"
        assert "Hello Shirin Akhter," in seen["email"]["text"]
        assert "background:#0d47a1" in seen["email"]["html"]
        assert seen["sms"] == {"text": "স্বাগতম", "encoding": "UCS-2", "units": 7, "segments": 1}
        assert api.get(WELCOME).data["customised"] == []
        api.post(f"{WELCOME}/preview", {"text": "{{nothing}}"}, expect=400)

    def test_a_message_without_a_short_text_has_no_short_preview(self, api: Api) -> None:
        seen = api.post("/v1/message-templates/auth.reset/preview", {}).data
        assert seen["sms"] is None
        assert "#token=demo.0f3a" in seen["email"]["text"]

    def test_one_is_sent_to_oneself(self, tenant: TestWorkspace, api: Api) -> None:
        assert api.login is not None
        queued = api.post(f"{WELCOME}/test", {}, expect=202).data
        (mail,) = mails_to(tenant.platform, api.login.email)
        assert mail["subject"].startswith("[Test] Welcome")
        assert api.get(f"/v1/messages/{queued['message_id']}").data["status"] == "sent"

    def test_or_to_a_telephone(self, tenant: TestWorkspace, api: Api) -> None:
        api.post(f"{WELCOME}/test", {"channel": "sms", "phone": "0151 12345678"}, expect=202)
        (sms,) = mails_to(tenant.platform, "+4915112345678")[:1]
        assert sms["channel"] == "sms"
        problems = api.post(f"{WELCOME}/test", {"channel": "sms"}, expect=400).error["details"]
        assert problems[0]["field"] == "phone"
        problems = api.post("/v1/message-templates/auth.reset/test", {"channel": "sms"}, expect=400).error["details"]
        assert problems[0]["field"] == "channel"

    def test_a_key_has_no_mailbox(self, tenant: TestWorkspace, api: Api) -> None:
        by_key = replace(api, login=tenant.new_key("messages:write"))
        refused = by_key.post(f"{WELCOME}/test", {}, expect=409)
        assert refused.error["details"]["reason"] == "no_address"
        by_key.post(f"{WELCOME}/test", {"channel": "sms", "phone": "0151 12345679"}, expect=202)
