"""Jobs with quotations, as tests want them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api

LABOUR = {"kind": "labour", "description": "Replace the front brake pads", "quantity": "1.5", "unit_price": "900"}
PART = {"kind": "part", "description": "Brake pads, front", "quantity": "1", "unit_price": "6800", "tax_rate": "15"}
FEE = {"kind": "fee", "description": "Disposal", "quantity": "1", "unit_price": "50", "tax_rate": "0"}

_DECIDE = Statement(
    "WITH a AS (INSERT INTO jobs_approvals (id, job_id, subject_type, subject_id, content_hash, decisions, name,"
    " channel, actor_kind) SELECT gen_random_uuid(), job_id, kind, id, '', '[]', 'Rahim', 'phone', 'system'"
    " FROM jobs_quotations WHERE id = %(id)s RETURNING id)"
    " INSERT INTO jobs_quotation_decisions (id, quotation_id, line_id, approval_id, decision)"
    " SELECT gen_random_uuid(), l.quotation_id, l.id, a.id, %(decision)s FROM a, jobs_quotation_lines l"
    " WHERE l.quotation_id = %(id)s AND (l.position = 0 OR %(all)s) ON CONFLICT (tenant_id, line_id) DO NOTHING"
)
_REVISE = Statement(
    "INSERT INTO jobs_quotations (id, number, revision, job_id, customer_id, supersedes_id, currency,"
    " prices_include_tax, tax_rounding) SELECT gen_random_uuid(), number, revision + 1, job_id, customer_id, id,"
    " currency, prices_include_tax, tax_rounding FROM jobs_quotations WHERE id = %(id)s"
)


def prepare_quotation(api: Api, quotation: dict[str, Any], action: str) -> None:
    """Do to a quotation of two lines what the guards of ``action`` want; it must be too late by itself to expire."""
    assert api.workspace is not None
    identity = UUID(quotation["id"])
    with api.workspace.work() as work:
        match action:
            case "approve":
                work.write(_DECIDE(id=identity, decision="approved", all=True))
            case "approve_partly":
                work.write(_DECIDE(id=identity, decision="approved", all=False))
            case "reject":
                work.write(_DECIDE(id=identity, decision="declined", all=True))
            case "supersede":
                work.write(_REVISE(id=identity))


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
