"""Invoices, credit notes and receipts on paper and behind their links."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from jemeti_platform.db.base import uuid7
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips

from .conftest import Till

PDF = {"Accept": "application/pdf"}


@pytest.fixture
def three(till: Till) -> dict[str, dict[str, Any]]:
    """An invoice, a credit note and a payment, by the path of their kind."""
    invoice = till.invoice("100.00", reference="PO 4471", notes="Bring the old pads")
    paid = till.pay("130.00", invoice, reference="TXN 8K2F90QX")
    (line,) = till.api.get(f"/v1/invoices/{invoice['id']}/lines").data
    note = till.credit(invoice, reason="Goodwill <b>", lines=[{"line_id": line["id"], "amount": "20.00"}])
    return {"invoices": invoice, "credit-notes": note, "payments": paid}


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def digits_of(content: bytes) -> str:
    """The text without what stands between the digits of a number, which every language writes differently."""
    return re.sub(r"[\s.,]", "", text_of(content))


KINDS = ("invoices", "credit-notes", "payments")


@pytest.mark.parametrize("kind", KINDS)
class TestOnPaper:
    def test_it_is_printed_once_and_the_same_for_ever(
        self, api: Api, three: dict[str, Any], kind: str, run_jobs: Any, platform: Platform
    ) -> None:
        path = f"/v1/{kind}/{three[kind]['id']}.pdf"
        before = api.get(path, headers=PDF)
        assert before.headers["Cache-Control"] == "no-store"
        run_jobs()
        with count_round_trips(platform) as trips:
            first = api.get(path, headers=PDF)
        assert trips.count == 1
        api.patch("/v1/workspace", {"name": "Another name"})
        assert api.get(path, headers=PDF).body == first.body == before.body
        assert "immutable" in first.headers["Cache-Control"]
        assert api.get(path, headers={**PDF, "If-None-Match": first.headers["ETag"]}, expect=304).body == b""
        assert f"{three[kind]['number']}.pdf" in first.headers["Content-Disposition"]

    def test_printed_twice_it_is_one_document(self, api: Api, three: dict[str, Any], kind: str, tenant: Any) -> None:
        from plugins.billing import printing

        tasks = {
            "invoices": printing.print_invoice,
            "credit-notes": printing.print_credit_note,
            "payments": printing.print_receipt,
        }
        from uuid import UUID

        for _ in range(2):
            with tenant.work() as work:
                tasks[kind](work, UUID(three[kind]["id"]))
        assert api.get("/v1/documents", params={"subject_id": three[kind]["id"]}).meta["total"] == 1

    def test_what_is_not_there_is_404(self, api: Api, kind: str) -> None:
        api.get(f"/v1/{kind}/{uuid7()}.pdf", headers=PDF, expect=404)
        api.get(f"/v1/{kind}/nothing.pdf", headers=PDF, expect=404)


def test_a_credit_note_says_to_which_invoice_and_why(api: Api, three: dict[str, Any], run_jobs: Any) -> None:
    run_jobs()
    text = text_of(api.get(f"/v1/credit-notes/{three['credit-notes']['id']}.pdf", headers=PDF).body)
    assert three["invoices"]["number"] in text
    assert "Goodwill <b>" in text
    assert "20,00" in text


def test_a_receipt_says_what_it_pays_and_what_is_kept(api: Api, three: dict[str, Any]) -> None:
    text = text_of(api.get(f"/v1/payments/{three['payments']['id']}.pdf", headers=PDF).body)
    assert three["invoices"]["number"] in text
    assert "kept as credit: 30,00" in text


def test_taxes_of_two_components_stand_by_themselves(api: Api, customer: str) -> None:
    components = [{"name": "CGST 9 %", "rate": "9"}, {"name": "SGST 9 %", "rate": "9"}]
    rate = api.post("/v1/tax-rates", {"name": "GST 18 %", "code": "g", "components": components}, expect=201).data
    line = {"description": "Labour", "quantity": "1", "unit_price": "100.00", "tax_rate_id": rate["id"]}
    wish = {"customer_id": customer, "lines": [line], "prices_include_tax": False}
    made = api.post("/v1/invoices", wish, expect=201).data
    text = " ".join(text_of(api.get(f"/v1/invoices/{made['id']}.pdf", headers=PDF).body).split())
    assert "CGST 9" in text
    assert "SGST 9" in text
    assert "CGST 9 % 9" not in text
    assert "18" in text  # the rate of the line


@pytest.mark.parametrize("kind", KINDS)
class TestBehindTheLink:
    def link(self, api: Api, three: dict[str, Any], kind: str) -> str:
        return urlsplit(api.get(f"/v1/{kind}/{three[kind]['id']}/link").data["url"]).path

    def test_the_link_is_all_it_takes(self, api: Api, three: dict[str, Any], kind: str, run_jobs: Any) -> None:
        run_jobs()
        path = self.link(api, three, kind)
        reply = api.anonymous.get(path, headers={"Accept": "text/html"})
        assert three[kind]["number"] in reply.text
        assert "Rahim Uddin" in reply.text
        assert "<script" not in reply.text
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert f'href="{path}/pdf"' in reply.text
        paper = api.anonymous.get(f"{path}/pdf", headers=PDF)
        assert paper.body == api.get(f"/v1/{kind}/{three[kind]['id']}.pdf", headers=PDF).body

    def test_it_is_read_in_two_round_trips(
        self, api: Api, three: dict[str, Any], kind: str, platform: Platform
    ) -> None:
        """One finds the workspace, one everything on the page."""
        path = self.link(api, three, kind)
        with count_round_trips(platform) as trips:
            api.anonymous.get(path, headers={"Accept": "text/html"})
        assert trips.count <= 2

    def test_revoked_it_leads_nowhere_and_a_new_one_is_another(
        self, api: Api, three: dict[str, Any], kind: str
    ) -> None:
        path, where = self.link(api, three, kind), f"/v1/{kind}/{three[kind]['id']}/link"
        api.delete(where, expect=204)
        api.delete(where, expect=204)
        shown = api.get(where).data
        assert shown["url"] is None
        assert shown["revoked_at"] is not None
        gone = api.anonymous.get(path, headers={"Accept": "text/html"}, expect=410).text
        assert "This link is no longer valid" in gone
        assert three[kind]["number"] not in gone
        assert api.anonymous.get(f"{path}/pdf", headers=PDF, expect=410).error["code"] == "gone"
        renewed = urlsplit(api.post(where).data["url"]).path
        assert renewed != path
        assert three[kind]["number"] in api.anonymous.get(renewed, headers={"Accept": "text/html"}).text
        api.anonymous.get(path, headers={"Accept": "text/html"}, expect=404)

    def test_cut_off_or_of_another_workspace_it_is_not_known(
        self, api: Api, three: dict[str, Any], kind: str, tenant: Any, other_tenant: Any, api_of: Any
    ) -> None:
        path = self.link(api, three, kind)
        stranger = api_of(other_tenant).anonymous
        for wrong in (path[:-1], path[:-1] + "g", path + "0"):
            api.anonymous.get(wrong, headers={"Accept": "text/html"}, expect=404)
        stranger.get(path, headers={"Accept": "text/html"}, expect=404)
        stranger.get(path.replace(tenant.slug, other_tenant.slug), headers={"Accept": "text/html"}, expect=404)

    def test_who_may_not_issue_may_not_revoke(self, api: Api, three: dict[str, Any], kind: str) -> None:
        where = f"/v1/{kind}/{three[kind]['id']}/link"
        reader = api.as_one_who_may("invoices:read", "payments:read")
        reader.get(where)
        reader.delete(where, expect=403)
        reader.request("POST", where, None, expect=403)

    def test_what_is_not_there_has_none(self, api: Api, kind: str) -> None:
        for method in ("GET", "POST", "DELETE"):
            api.request(method, f"/v1/{kind}/{uuid7()}/link", None, expect=404)


def test_the_page_says_how_things_stand_now(api: Api, till: Till) -> None:
    invoice = till.invoice("100.00", due_in_days=5)
    path = urlsplit(api.get(f"/v1/invoices/{invoice['id']}/link").data["url"]).path

    def page() -> str:
        return str(api.anonymous.get(path, headers={"Accept": "text/html"}).text)

    assert "Not paid yet" in page()
    assert "100,00" in page()
    paid = till.pay("40.00", invoice)
    assert "Partly paid" in page()
    assert paid["number"] in page()
    till.pay("60.00", invoice)
    assert ">Paid<" in page()
    note = till.credit(invoice)
    assert "Cancelled" in page()
    assert note["number"] in page()


def test_what_people_type_stays_text(api: Api, three: dict[str, Any]) -> None:
    path = urlsplit(api.get(f"/v1/credit-notes/{three['credit-notes']['id']}/link").data["url"]).path
    text = api.anonymous.get(path, headers={"Accept": "text/html"}).text
    assert "Goodwill &lt;b&gt;" in text
    assert "<b>" not in text


def test_words_of_links_are_in_no_audit(api: Api, three: dict[str, Any]) -> None:
    word = api.get(f"/v1/invoices/{three['invoices']['id']}/link").data["url"].rpartition(".")[2]
    assert len(word) == 32
    assert word not in api.get("/v1/audit-log", params={"per_page": "100"}).text


def test_the_largest_amounts_there_are_stand_on_paper(api: Api, till: Till, run_jobs: Any) -> None:
    """What may be issued is printed, and so are sums over more of it than a single amount can hold."""
    for _ in range(2):
        most = {"description": "Ten lorries", "quantity": "100", "unit_price": "9999999999.99", "tax_rate": "0"}
        wish = {"customer_id": till.customer, "lines": [most], "prices_include_tax": False}
        made = api.post("/v1/invoices", wish, expect=201).data
    paid = till.pay("999999999999.00", made)
    note = till.credit(made)
    papers = [f"/v1/invoices/{made['id']}", f"/v1/payments/{paid['id']}", f"/v1/credit-notes/{note['id']}"]
    for path in papers:
        assert "99999999999900" in digits_of(api.get(f"{path}.pdf", headers=PDF, expect=200).body)
    statement = api.get(f"/v1/invoices/statements/{till.customer}.pdf", headers=PDF, expect=200).body
    assert "199999999999800" in digits_of(statement)
    run_jobs()
    assert api.get("/v1/documents", params={"subject_id": made["id"]}).meta["total"] == 1
