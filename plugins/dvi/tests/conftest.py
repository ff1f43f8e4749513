"""A vehicle, and inspections of it in the state that a test needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import Maker

PATH = "/v1/jobs/dvi-inspections"
PADS = {
    "key": "pad",
    "title": "Brake pad",
    "kind": "measurement",
    "unit": "mm",
    "limits": {"worse": "below", "fair": "5", "poor": "4", "critical": "3"},
    "required": True,
    "advice": "Replace brake pads",
}
SECTIONS = [
    {
        "title": "Brakes",
        "items": [
            PADS,
            {
                "key": "fluid",
                "title": "Brake fluid",
                "kind": "choice",
                "required": True,
                "choices": [
                    {"value": "clear", "title": "Clear", "condition": "good"},
                    {"value": "dark", "title": "Dark", "condition": "poor"},
                ],
            },
        ],
    },
    {
        "title": "Body",
        "items": [
            {"key": "rust", "title": "Rust", "kind": "grade", "required": True, "photos": 1},
            {"key": "remarks", "title": "Remarks", "kind": "text"},
            {"key": "damage", "title": "Damage", "kind": "damage_map"},
        ],
    },
]
ANSWERS = [
    {"item": "pad", "measurement": "6.5"},
    {"item": "fluid", "choice": "clear"},
    {"item": "rust", "condition": "not_applicable"},
]
Inspect = Callable[..., dict[str, Any]]


@pytest.fixture
def template(api: Api) -> dict[str, Any]:
    made: dict[str, Any] = api.post(f"{PATH}/templates", {"code": "short", "name": "Short", "sections": SECTIONS}).data
    return made


@pytest.fixture
def vehicle(api: Api) -> str:
    return str(Maker(api).id_of("crm_vehicles"))


@pytest.fixture
def started(api: Api, template: dict[str, Any], vehicle: str) -> Inspect:
    """Starts an inspection of the vehicle by the short template."""

    def start(**given: Any) -> dict[str, Any]:
        wish = {"template_id": template["id"], "vehicle_id": vehicle, "odometer": 50_000, **given}
        made = api.post(PATH, wish).data
        moved: dict[str, Any] = api.post(f"{PATH}/{made['id']}/transitions", {"action": "start"}).data
        return moved

    return start


@pytest.fixture
def completed(api: Api, started: Inspect) -> Inspect:
    """Completes an inspection, with answers that may differ."""

    def complete(*answers: dict[str, Any], **given: Any) -> dict[str, Any]:
        made = started(**given)
        own = {one["item"]: one for one in (*ANSWERS, *answers)}
        api.post(f"{PATH}/{made['id']}/answers", {"answers": list(own.values())})
        moved: dict[str, Any] = api.post(f"{PATH}/{made['id']}/transitions", {"action": "complete"}).data
        return moved

    return complete
