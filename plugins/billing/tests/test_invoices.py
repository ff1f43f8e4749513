"""Invoices stand as they were issued; what is paid and taken back of them is never more than there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any

import psycopg
import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.billing import credit_notes, invoices
from plugins.billing.contract import InvoiceIssue, InvoiceItem, JobBalances, Line, Payer, Tax
from plugins.billing.workspace_taxes import WorkspaceTaxes

LINES = [
    {"description": "Labour", "quantity": "2.5", "unit_price": "900.00", "tax_rate": "15"},
    {"description": "Brake pads", "quantity": "3", "unit_price": "33.33", "discount_percent": "10", "tax_rate": "7.5"},
]


def invoice(api: Api, customer: str, lines: Any = LINES, **more: Any) -> dict[str, Any]:
    wish = {"customer_id": customer, "lines": lines, "prices_include_tax": False, **more}
    made: dict[str, Any] = api.post("/v1/invoices", wish, expect=201).data
    return made


def hundred(api: Api, customer: str) -> dict[str, Any]:
    return invoice(api, customer, [{"description": "Work", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}])


def pay(api: Api, account: str, amount: str, *invoices: dict[str, Any], expect: int = 201, **more: Any) -> Any:
    named = [{"invoice_id": one["id"]} for one in invoices]
    wish = {"payment_account_id": account, "amount": amount, "allocations": named, **more}
    return api.post("/v1/payments", wish, expect=expect)


def again(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/invoices/{made['id']}").data
    return found


class TestIssuing:
    def test_an_invoice_has_its_number_its_payer_and_its_totals(self, api: Api, customer: str) -> None:
        made = invoice(api, customer)
        assert made["number"].startswith("INV-")
        assert made["payer"] == {"name": "Rahim Uddin", "tax_id": "004417823"}
        # 2250.00 and 99.99 - 10.00; taxed 337.50 and 6.75
        assert (made["subtotal"], made["discount"], made["taxable"]) == ("2349.99", "10.00", "2339.99")
        assert (made["tax"], made["total"], made["balance"]) == ("344.25", "2684.24", "2684.24")
        assert [(float(one["rate"]), one["tax"]) for one in made["tax_lines"]] == [(15, "337.50"), (7.5, "6.75")]
        assert made["status"] == "issued"

    def test_a_second_before_the_new_year_it_is_of_the_old_one(self, new_tenant: Any) -> None:
        line = Line(Decimal(1), Decimal(10), Tax.of_percent(Decimal(0)))
        issued = Statement(
            "SELECT i.number, i.issued_on, i.due_on, n.number AS note, n.issued_on AS taken_back_on"
            " FROM billing_invoices i JOIN billing_credit_notes n ON n.invoice_id = i.id"
        )
        with new_tenant(timezone="Europe/Berlin").work() as work:
            work.began = datetime(2031, 12, 31, 22, 59, 59, tzinfo=UTC)
            wish = InvoiceIssue(
                Payer("Rahim"),
                [InvoiceItem("Bulb", line.quantity, line.unit_price)],
                WorkspaceTaxes(work).price([line]),
                prices_include_tax=False,
                tax_rounding="line",
                due_on=work.today(),
            )
            credit_notes.issue(work, invoices.issue(work, wish).id, "Broken", None)
            ((row,),) = work.write(issued())
        assert [str(value) for value in row.values()] == [
            "INV-2031-00001", "2031-12-31", "2031-12-31", "CN-2031-00001", "2031-12-31",
        ]  # fmt: skip

    def test_its_payer_stays_as_he_was(self, api: Api, customer: str) -> None:
        made = invoice(api, customer)
        api.patch(f"/v1/crm/customers/{customer}", {"name": "Somebody else"})
        assert again(api, made)["payer"]["name"] == "Rahim Uddin"

    def test_it_follows_a_customer_who_is_merged(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        pay(api, account, "120.00", made)
        stays = api.post("/v1/crm/customers", {"name": "R. Uddin"}, expect=201).data["id"]
        api.post(f"/v1/crm/customers/{stays}/merge", {"duplicate_id": customer})
        assert again(api, made)["customer_id"] == stays

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"customer_id": str(uuid7())}, "customer_id"),
            ({"lines": []}, "lines"),
            ({"due_in_days": -1}, "due_in_days"),
            ({"lines": [{**LINES[0], "quantity": "-1"}]}, "lines.0.quantity"),
        ],
    )
    def test_bad_input_names_its_field(self, api: Api, customer: str, changed: Any, field: str) -> None:
        wish = {"customer_id": customer, "lines": LINES, **changed}
        assert api.post("/v1/invoices", wish, expect=400).error["details"][0]["field"] == field
        assert api.get("/v1/invoices").data == []

    @pytest.mark.parametrize(
        "verb",
        [
            "UPDATE billing_invoices SET total = total",
            "UPDATE billing_invoices SET paid = paid + 1",
            "UPDATE billing_invoice_lines SET description = 'x'",
            "UPDATE billing_payments SET refunded = 0.5",
            "DELETE FROM billing_invoices",
            "DELETE FROM billing_invoice_lines",
            "UPDATE billing_allocations SET amount = amount",
            "DELETE FROM billing_allocations",
        ],
    )
    def test_nobody_rewrites_what_was_issued(
        self, api: Api, tenant: TestWorkspace, customer: str, account: str, verb: str
    ) -> None:
        pay(api, account, "120.00", hundred(api, customer))
        with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.work() as work:
            work.write(Statement(verb)())

    def test_no_line_is_added_afterwards(self, api: Api, tenant: TestWorkspace, customer: str) -> None:
        made = hundred(api, customer)
        copied = Statement(
            "INSERT INTO billing_invoice_lines (id, invoice_id, position, description, quantity, unit_price, amount,"
            " discount, taxable, tax, total, taxes) VALUES (%(id)s, %(invoice)s, 9, 'Sly', 1, 0, 0, 0, 0, 0, 0, '[]')"
        )
        with pytest.raises(psycopg.errors.CheckViolation), tenant.work() as work:
            work.write(copied(id=uuid7(), invoice=made["id"]))


class TestPaying:
    def test_what_is_left_over_is_credit_for_the_next_invoice(self, api: Api, customer: str, account: str) -> None:
        first, second = hundred(api, customer), hundred(api, customer)
        paid = pay(api, account, "130.00", first).data
        assert (paid["allocated"], paid["credit"], paid["customer_id"]) == ("100.00", "30.00", customer)
        assert again(api, first)["status"] == "paid"
        settled = api.post(f"/v1/invoices/{second['id']}/use-credit", {}).data
        assert (settled["paid"], settled["balance"], settled["status"]) == ("30.00", "70.00", "partial")
        refused = api.post(f"/v1/invoices/{second['id']}/use-credit", {}, expect=409)
        assert refused.error["details"]["reason"] == "nothing_to_settle"

    def test_excess_is_refused_where_told_so(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        refused = pay(api, account, "130.00", made, expect=409, excess="refuse")
        assert refused.error["details"]["reason"] == "excess"
        assert api.get("/v1/payments").data == []

    def test_a_provider_tells_twice_and_is_paid_once(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        pay(api, account, "100.00", made, external_id="evt_1")
        pay(api, account, "100.00", made, external_id="evt_1", expect=409)
        assert len(api.get("/v1/payments").data) == 1

    def test_taken_back_it_is_owed_again(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        paid = pay(api, account, "100.00", made).data
        path = f"/v1/payments/{paid['id']}"
        (row,) = api.get(f"{path}/allocations").data
        wish = {"allocation_id": row["id"], "reason": "Wrong invoice"}
        assert api.post(f"{path}/reversals", wish).data["credit"] == "100.00"
        api.post(f"{path}/reversals", wish, expect=409)
        assert again(api, made)["balance"] == "100.00"
        assert [one["amount"] for one in api.get(f"{path}/allocations").data] == ["100.00", "-100.00"]
        refunded = api.post(f"{path}/refunds", {"reason": "Wants it back"}, expect=201).data
        assert (refunded["refunded"], refunded["credit"]) == ("100.00", "0.00")
        api.post(f"{path}/refunds", {"reason": "Again"}, expect=409)

    def test_a_trial_writes_nothing(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        wish = {"payment_account_id": account, "amount": "10.00", "allocations": [{"invoice_id": made["id"]}]}
        api.post("/v1/payments?dry_run=true", wish, expect=201)
        assert again(api, made)["paid"] == "0.00"


class TestCrediting:
    def test_line_by_line_to_the_last_cent(self, api: Api, customer: str) -> None:
        made = invoice(api, customer)
        _, pads = api.get(f"/v1/invoices/{made['id']}/lines").data
        path = f"/v1/invoices/{made['id']}/credit-notes"
        parts = []
        for _ in range(3):
            wish = {"reason": "Came back", "lines": [{"line_id": pads["id"], "quantity": "1"}]}
            parts.append(api.post(path, wish, expect=201).data)
        assert sum(Decimal(one["total"]) for one in parts) == Decimal(pads["total"])
        assert sum(Decimal(one["tax"]) for one in parts) == Decimal(pads["tax"])
        api.post(path, {"reason": "More", "lines": [{"line_id": pads["id"], "quantity": "1"}]}, expect=409)
        api.post(path, {"reason": "More", "lines": [{"line_id": pads["id"], "amount": "0.01"}]}, expect=409)

    def test_all_of_it_cancels_it_and_sets_free_what_was_paid(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        paid = pay(api, account, "60.00", made).data
        note = api.post(f"/v1/invoices/{made['id']}/credit-notes", {"reason": "Not done"}, expect=201).data
        assert note["number"].startswith("CN-")
        found = again(api, made)
        assert (found["status"], found["paid"], found["credited"]) == ("cancelled", "0.00", "100.00")
        assert api.get(f"/v1/payments/{paid['id']}").data["credit"] == "60.00"
        api.post(f"/v1/invoices/{made['id']}/credit-notes", {"reason": "Again"}, expect=409)

    def test_only_what_is_not_owed_any_more_is_set_free(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        (line,) = api.get(f"/v1/invoices/{made['id']}/lines").data
        paid = pay(api, account, "90.00", made).data
        wish = {"reason": "Goodwill", "lines": [{"line_id": line["id"], "amount": "30.00"}]}
        api.post(f"/v1/invoices/{made['id']}/credit-notes", wish, expect=201)
        found = again(api, made)
        assert (found["paid"], found["credited"], found["balance"]) == ("70.00", "30.00", "0.00")
        assert api.get(f"/v1/payments/{paid['id']}").data["credit"] == "20.00"


class TestTheLedger:
    def test_it_runs_from_document_to_document(self, api: Api, customer: str, account: str) -> None:
        first, second = hundred(api, customer), hundred(api, customer)
        paid = pay(api, account, "150.00", first).data
        api.post(f"/v1/invoices/{second['id']}/credit-notes", {"reason": "Not done"}, expect=201)
        api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": "20.00", "reason": "Change"}, expect=201)
        reply = api.get(f"/v1/crm/customers/{customer}/ledger")
        entries = [(one["type"], one["debit"], one["credit"], one["balance"]) for one in reply.data]
        assert entries == [
            ("invoice", "100.00", "0.00", "100.00"),
            ("invoice", "100.00", "0.00", "200.00"),
            ("payment", "0.00", "150.00", "50.00"),
            ("credit_note", "0.00", "100.00", "-50.00"),
            ("refund", "20.00", "0.00", "-30.00"),
        ]
        assert (reply.meta["outstanding_balance"], reply.meta["unallocated_credit"]) == ("0.00", "30.00")
        later = api.get(f"/v1/crm/customers/{customer}/ledger", params={"page": "2", "per_page": "4"})
        assert [one["balance"] for one in later.data] == ["-30.00"]

    def test_what_is_owed_is_sorted_by_how_late_it_is(self, api: Api, customer: str) -> None:
        hundred(api, customer)
        meta = api.get(f"/v1/crm/customers/{customer}/ledger").meta
        assert meta["ageing"]["not_due"] == meta["outstanding_balance"] == "100.00"
        assert meta["ageing"]["days_91_and_more"] == "0.00"


class TestPrinting:
    def test_an_invoice_and_its_receipt_are_documents_for_ever(
        self, api: Api, customer: str, account: str, run_jobs: Any
    ) -> None:
        made = invoice(api, customer)
        paid = pay(api, account, "100.00", made).data
        run_jobs()
        for subject, kind, number in ((made, "invoice", made["number"]), (paid, "receipt", paid["number"])):
            (found,) = api.get("/v1/documents", params={"subject_id": subject["id"]}).data
            assert (found["type"], found["number"]) == (kind, number)
            assert api.get(f"/v1/documents/{found['id']}/pdf").body.startswith(b"%PDF")


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Do something in ``count`` threads at the same moment; refusals are returned."""
    barrier = Barrier(count)

    def one(place: int) -> Any:
        barrier.wait(30)
        try:
            return act(place)
        except (Conflict, psycopg.Error) as refused:
            return refused

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


class TestAtOnce:
    def test_of_fifty_payments_one_settles_and_the_rest_is_credit(self, api: Api, customer: str, account: str) -> None:
        made = hundred(api, customer)
        replies = at_once(50, lambda _: pay(api, account, "100.00", made).data)
        assert sorted(reply["allocated"] for reply in replies) == ["0.00"] * 49 + ["100.00"]
        assert sum(Decimal(reply["credit"]) for reply in replies) == 4900
        assert len({reply["number"] for reply in replies}) == 50
        found = again(api, made)
        assert (found["paid"], found["balance"]) == ("100.00", "0.00")

    def test_of_many_refunds_of_everything_one_is_made(
        self, api: Api, tenant: TestWorkspace, customer: str, account: str
    ) -> None:
        paid = pay(api, account, "100.00", customer_id=customer).data
        path = f"/v1/payments/{paid['id']}/refunds"
        statuses = at_once(20, lambda _: api.request("POST", path, {"reason": "All of it"}, anything=True).status)
        assert sorted(statuses) == [201] + [409] * 19

    def test_of_many_credit_notes_over_everything_one_is_issued(self, api: Api, customer: str) -> None:
        made = hundred(api, customer)
        path = f"/v1/invoices/{made['id']}/credit-notes"
        statuses = at_once(20, lambda _: api.request("POST", path, {"reason": "All"}, anything=True).status)
        assert sorted(statuses) == [201] + [409] * 19

    def test_the_database_holds_even_who_forgets_the_lock(
        self, api: Api, tenant: TestWorkspace, customer: str, account: str
    ) -> None:
        made = hundred(api, customer)
        ids = [pay(api, account, "100.00", customer_id=customer).data["id"] for _ in range(8)]
        insert = Statement(
            "INSERT INTO billing_allocations (id, payment_id, invoice_id, amount)"
            " VALUES (%(id)s, %(payment)s, %(invoice)s, 100)"
        )

        def settle(place: int) -> None:
            with tenant.work() as work:
                work.write(insert(id=uuid7(), payment=ids[place], invoice=made["id"]))

        found = at_once(8, settle)
        assert [type(one) for one in found if one is not None] == [psycopg.errors.CheckViolation] * 7
        assert again(api, made)["paid"] == "100.00"

    @pytest.mark.parametrize("guarded", [True, False])
    def test_fifty_who_have_all_seen_it_unpaid_settle_it_once(
        self,
        api: Api,
        tenant: TestWorkspace,
        customer: str,
        account: str,
        database: Database,
        unguarded: Callable[[], None],
        guarded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:
        """Who reads the balance, thinks, and then settles is stopped by the database; without its CHECK nobody is.

        The second half is the control: it shows that the first can fail.
        """
        made = hundred(api, customer)
        ids = [pay(api, account, "100.00", customer_id=customer).data["id"] for _ in range(50)]
        if not guarded:
            unguarded()
        insert = (
            "INSERT INTO billing_allocations (tenant_id, id, payment_id, invoice_id, amount)"
            " VALUES (%s, %s, %s, %s, 100)"
        )
        seen = Barrier(50)

        def settle(place: int) -> Decimal:
            with database.connect("jemeti_app") as connection, connection.transaction():
                connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
                unpaid = "SELECT total - paid AS balance FROM billing_invoices WHERE id = %s"
                ((balance,),) = connection.execute(unpaid, [made["id"]]).fetchall()
                seen.wait(60)
                connection.execute(insert, [tenant.id, uuid7(), ids[place], made["id"]])
                return Decimal(balance)

        found = at_once(50, settle)
        settled = [one for one in found if one == 100]
        refused = [one for one in found if isinstance(one, psycopg.errors.CheckViolation)]
        assert (len(settled), len(refused)) == ((1, 49) if guarded else (50, 0))
        assert again(api, made)["paid"] == ("100.00" if guarded else "5000.00")


@pytest.fixture
def unguarded(database: Database, tenant: TestWorkspace) -> Iterator[Callable[[], None]]:
    """Takes the CHECK away by which an invoice is settled at most once; afterwards all is as it was."""
    rule = "settled_at_most_once", "CHECK (paid + credited <= total)"
    taken = []

    def take() -> None:
        taken.append(True)
        with database.connect("postgres") as owner:
            owner.execute(f"ALTER TABLE billing_invoices DROP CONSTRAINT ck_billing_invoices_{rule[0]}")

    yield take
    if taken:
        with database.connect("postgres") as owner, owner.transaction():
            owner.execute("SET LOCAL session_replication_role = replica")
            owner.execute("DELETE FROM billing_allocations WHERE tenant_id = %s", [tenant.id])
            owner.execute("UPDATE billing_invoices SET paid = 0 WHERE tenant_id = %s", [tenant.id])
            owner.execute(f"ALTER TABLE billing_invoices ADD CONSTRAINT ck_billing_invoices_{rule[0]} {rule[1]}")


def test_a_job_knows_what_its_invoices_come_to(work: Work) -> None:
    from plugins.billing.samples import settle_a_sale

    settle_a_sale(work)
    balances = work.port(JobBalances)  # type: ignore[type-abstract]  # that is what a port is
    assert balances is not None
    nothing = balances.of(uuid7(), uuid7())
    assert (nothing.issued, nothing.balance, nothing.outstanding) == (0, Decimal(0), Decimal(0))
