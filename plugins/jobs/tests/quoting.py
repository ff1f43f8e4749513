"""Jobs with quotations, as tests want them."""

from __future__ import annotations

from typing import Any

from jemeti_platform.testing.api import Api

LABOUR = {"kind": "labour", "description": "Replace the front brake pads", "quantity": "1.5", "unit_price": "900"}
PART = {"kind": "part", "description": "Brake pads, front", "quantity": "1", "unit_price": "6800", "tax_rate": "15"}
FEE = {"kind": "fee", "description": "Disposal", "quantity": "1", "unit_price": "50", "tax_rate": "0"}


def a_job(api: Api, name: str = "Rahim Uddin") -> dict[str, Any]:
    customer = api.post("/v1/crm/customers", {"name": name}, expect=201).data
    vehicle = api.post("/v1/vehicles/customer", {"customer_id": customer["id"], "plate": f"GA {customer['id'][-6:]}"})
    body = {"customer_id": customer["id"], "vehicle_id": vehicle.data["id"]}
    made: dict[str, Any] = api.post("/v1/jobs", body, expect=201).data
    return made


def a_quotation(api: Api, *lines: dict[str, Any], job: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    body = {"job_id": (job or a_job(api))["id"], "lines": list(lines or (LABOUR, PART, FEE)), **more}
    made: dict[str, Any] = api.post("/v1/jobs/quotations", body, expect=201).data
    return made


def sent(api: Api, quotation: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/jobs/quotations/{quotation['id']}/transitions"
    moved: dict[str, Any] = api.post(path, {"action": "send"}, expect=200).data
    return moved


def decide(api: Api, quotation: dict[str, Any], *decisions: str, expect: int = 200, **more: Any) -> Any:
    """Decide on the first lines of a quotation, in order; an empty word leaves a line open."""
    chosen = [
        {"line_id": line["id"], "decision": decision}
        for line, decision in zip(quotation["lines"], decisions, strict=False)
        if decision
    ]
    body = {"decisions": chosen, "name": "Rahim Uddin", "channel": "phone", **more}
    return api.post(f"/v1/jobs/quotations/{quotation['id']}/decisions", body, expect=expect)
