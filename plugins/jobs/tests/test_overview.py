"""Jobs at a glance: the board, what one earns, search, dashboard, and the paper by which a vehicle leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jemeti_platform.testing.api import Api

from .billing_jobs import credited, insured_job, invoiced
from .opening import WAY, a_customer, a_job, a_line, approve, moved


class TestTheBoard:
    def test_it_shows_open_jobs_by_state_and_bay(self, api: Api) -> None:
        bay = api.post("/v1/jobs/bays", {"name": "Lift 2"}, expect=201).data["id"]
        customer = a_customer(api)
        late = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        usual = a_job(api, customer_id=customer)
        urgent = a_job(api, customer_id=customer, priority="urgent", bay_id=bay, promised_at=late)
        gone = a_job(api, customer_id=customer)
        moved(api, gone, "cancel")
        shown = api.get("/v1/jobs/board").data
        drafts = next(column for column in shown["states"] if column["state"] == "draft")
        assert [card["id"] for card in drafts["jobs"]] == [urgent["id"], usual["id"]]
        assert (drafts["count"], shown["total"], shown["shown"]) == (2, 2, 2)
        assert [card["is_late"] for card in drafts["jobs"]] == [True, False]
        assert drafts["jobs"][0]["customer"] == {"id": customer, "name": "Rahim Uddin"}
        assert [(place["name"], place["job_ids"]) for place in shown["bays"]] == [("Lift 2", [urgent["id"]])]


def test_profit_counts_what_is_known_and_says_what_is_not(api: Api) -> None:
    job = a_job(api)
    a_line(api, job, quantity="2", unit_price="500.00", labour_cost="300.00")
    a_line(
        api, job, description="Paint", kind="sublet", unit_price="400.00", sublet_vendor="P & Sons", sublet_cost="250"
    )
    part = {"description": "Filter", "quantity": "3", "unit_price": "100.00", "unit_cost": "33.333333"}
    api.post(f"/v1/jobs/{job['id']}/parts", part, expect=201)
    api.post(f"/v1/jobs/{job['id']}/parts", {"description": "Clip", "unit_price": "10.00"}, expect=201)
    approve(api, job)
    found = api.get(f"/v1/jobs/{job['id']}/profit").data
    assert (found["labour_cost"], found["sublet_cost"], found["parts_cost"]) == ("300.00", "250.00", "100.00")
    assert found["unknown"] == {"labour": 0, "parts": 1, "sublet": 0}
    assert float(found["margin"]) == float(found["revenue"]) - 650
    api.as_role("mechanic").get(f"/v1/jobs/{job['id']}/profit", expect=403)


def test_profit_is_of_what_was_invoiced_less_what_was_taken_back(api: Api) -> None:
    def revenue() -> str:
        found: str = api.get(f"/v1/jobs/{job['id']}/profit").data["revenue"]
        return found

    job = insured_job(api, {"insurance_percent": "50", "tax_rate": "15"}, deductible="100.00")
    assert revenue() == "1000.00"
    to_the_customer, to_the_insurer = invoiced(api, job)
    approved_later = a_line(api, job, description="Wipers", unit_price="40.00")
    assert revenue() == "1000.00"
    approve(api, job, line_ids=[approved_later["id"]])
    assert revenue() == "1040.00"
    (line,) = api.get(f"/v1/invoices/{to_the_customer['id']}/lines").data
    let_off = [{"line_id": line["id"], "amount": "11.50"}]
    credited(api, job, invoice_id=to_the_customer["id"], lines=let_off)
    assert revenue() == "1030.00"
    credited(api, job, invoice_id=to_the_insurer["id"])
    credited(api, job, invoice_id=to_the_customer["id"])
    assert revenue() == "1040.00"  # all of it may be invoiced again
    moved(api, job, "cancel")
    assert revenue() == "0.00"


def test_a_vehicle_leaves_with_a_numbered_paper_once_it_may(api: Api) -> None:
    job = moved(api, a_job(api), *WAY[:7])
    where = f"/v1/jobs/{job['id']}/gate-passes"
    assert api.post(where, {}, expect=409).error["details"]["status"] == "pending_delivery"
    moved(api, job, "deliver")
    made = [api.post(where, {"bearer": "The driver"}, expect=201).data for _ in range(2)]
    assert [one["number"][-5:] for one in made] == ["00001", "00002"]
    assert [one["id"] for one in api.get(where).data] == [one["id"] for one in reversed(made)]
    pdf = api.as_role("staff").get(f"{where}/{made[0]['id']}.pdf", expect=200)
    assert pdf.body.startswith(b"%PDF")
    assert pdf.body == api.get(f"/v1/documents/{made[0]['document_id']}/pdf", expect=200).body
    api.get(f"/v1/jobs/{a_job(api)['id']}/gate-passes/{made[0]['id']}.pdf", expect=404)


def test_search_and_dashboard_know_jobs(api: Api) -> None:
    job = a_job(api, concern="Gearbox whines", promised_at=datetime.now(UTC).isoformat())
    found = api.get("/v1/search", params={"q": "gearbox whines"}).data
    assert job["id"] in str(found)
    shown = str(api.get("/v1/dashboard").data)
    assert "jobs.open" in shown
