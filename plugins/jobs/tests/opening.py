"""Jobs for tests: opened, brought to a state, with approved work on them."""

from __future__ import annotations

from typing import Any

from jemeti_platform.testing.api import Api

from .preparing import prepare

WAY = ("intake", "inspect", "quote", "approve", "start", "finish", "release", "deliver", "close")


def a_customer(api: Api, **over: Any) -> str:
    return str(api.post("/v1/crm/customers", {"name": "Rahim Uddin", **over}, expect=201).data["id"])


def a_job(api: Api, **over: Any) -> dict[str, Any]:
    body = {"customer_id": over.pop("customer_id", None) or a_customer(api), **over}
    made: dict[str, Any] = api.post("/v1/jobs", body, expect=201).data
    return made


def moved(api: Api, job: dict[str, Any], *actions: str) -> dict[str, Any]:
    for action in actions:
        prepare(api, job["id"], action)
        job = api.post(f"/v1/jobs/{job['id']}/transitions", {"action": action, "note": "So it is"}, expect=200).data
    return job


def a_line(api: Api, job: dict[str, Any], **over: Any) -> dict[str, Any]:
    body = {"description": "Brake pads, front", "unit_price": "1000.00", **over}
    made: dict[str, Any] = api.post(f"/v1/jobs/{job['id']}/lines", body, expect=201).data
    return made


def approve(api: Api, job: dict[str, Any], **over: Any) -> dict[str, Any]:
    body = {"name": "Rahim Uddin", "channel": "phone", **over}
    found: dict[str, Any] = api.post(f"/v1/jobs/{job['id']}/approvals", body, expect=201).data
    return found
