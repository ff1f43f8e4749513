"""Every verb of an inspection, in every state, by every role: what is allowed succeeds, all else says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import PICTURE

from .conftest import ANSWERS, PATH

ROLES = ("owner", "admin", "manager", "staff", "mechanic", "viewer")
STATES = ("draft", "in_progress", "completed", "shared")
WORKSHOP = frozenset(ROLES) - {"viewer"}
OFFICE = WORKSHOP - {"mechanic"}
DONE = ("completed", "shared")


def _answers(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.post(f"{PATH}/{inspection}/answers", {"answers": [{"item": "remarks", "answer": "x"}]}, anything=True)


def _photo(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.post(f"{PATH}/{inspection}/photos", {"item_id": item, "file_id": file}, anything=True)


def _change(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.patch(f"{PATH}/{inspection}", {"note": "Drives well"}, anything=True)


def _promote(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.post(f"{PATH}/{inspection}/promote", {}, anything=True)


def _move(action: str) -> Callable[..., Any]:
    def move(api: Api, inspection: str, item: str, file: str) -> Any:
        return api.post(f"{PATH}/{inspection}/transitions", {"action": action}, anything=True)

    return move


def _renew_link(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.post(f"{PATH}/{inspection}/report-link", {}, anything=True)


def _revoke_link(api: Api, inspection: str, item: str, file: str) -> Any:
    return api.request("DELETE", f"{PATH}/{inspection}/report-link", None, anything=True)


VERBS: dict[str, tuple[Callable[..., Any], frozenset[str], tuple[str, ...]]] = {
    "change": (_change, WORKSHOP, ("draft", "in_progress")),
    "start": (_move("start"), WORKSHOP, ("draft",)),
    "answer": (_answers, WORKSHOP, ("in_progress",)),
    "photograph": (_photo, WORKSHOP, ("in_progress",)),
    "complete": (_move("complete"), WORKSHOP, ("in_progress",)),
    "share": (_move("share"), OFFICE, ("completed",)),
    "renew_link": (_renew_link, OFFICE, ("shared",)),
    "revoke_link": (_revoke_link, OFFICE, ("shared",)),
    "promote": (_promote, OFFICE, DONE),
}
"""By whom, and in which states; in all others it is refused."""


@pytest.mark.parametrize("state", STATES)
def test_every_verb_by_every_role(api: Api, template: dict[str, Any], vehicle: str, state: str) -> None:
    owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
    job = api.post("/v1/jobs", {"customer_id": owner, "vehicle_id": vehicle}).data["id"]
    fresh = prepared(api, template["id"], job, state)
    for verb, (ask, allowed, states) in VERBS.items():
        for role in ROLES:
            inspection, item, file = fresh
            before = api.get(f"{PATH}/{inspection}").data
            reply = ask(api.as_role(role), inspection, item, file)
            told = f"{verb} by {role} of what is {state}: {reply!r}"
            if role not in allowed:
                assert reply.status == 403, told
                assert reply.error["details"]["permission"].startswith("jobs.dvi:"), told
            elif state not in states:
                assert reply.status == 409, told
                assert reply.error["details"]["reason"] == "state", told
                assert reply.error["message"].endswith("."), told
            else:
                assert reply.status in (200, 201, 204), told
                fresh = prepared(api, template["id"], job, state)
                continue
            assert api.get(f"{PATH}/{inspection}").data == before, told


def prepared(api: Api, template: str, job: str, state: str) -> tuple[str, str, str]:
    """An inspection in a state, with something to recommend; its item ``rust`` and a picture for it."""
    made = api.post(PATH, {"template_id": template, "job_id": job, "odometer": 50_000}).data["id"]
    item = file = template  # of a draft there is none: any id will do
    if state != "draft":
        api.post(f"{PATH}/{made}/transitions", {"action": "start"})
        item = next(row["id"] for row in api.get(f"{PATH}/{made}/items").data if row["key"] == "rust")
        file = api.upload("/v1/files", PICTURE, "rust.png").data["id"]
        api.post(f"{PATH}/{made}/answers", {"answers": [*ANSWERS[1:], {"item": "pad", "measurement": "2"}]})
    for action in ("complete", "share")[: max(0, STATES.index(state) - 1)]:
        api.post(f"{PATH}/{made}/transitions", {"action": action})
    return made, item, file
