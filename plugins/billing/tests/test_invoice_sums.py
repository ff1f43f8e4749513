"""Random invoices add up to the cent, whatever is discounted, taxed, insured, taken back and paid.

``JEMETI_RANDOM_INVOICES=10000`` has it try that many; a few dozen otherwise.
"""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.money import Currency
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.billing import credit_notes, invoices, payments
from plugins.billing.contract import (
    InvoiceIssue,
    InvoiceItem,
    IssuedInvoice,
    Line,
    Payer,
    Priced,
    Tax,
    TaxComponent,
    price,
    split_insurance,
)

EUR = Currency.of("EUR")
TRIES = int(os.environ.get("JEMETI_RANDOM_INVOICES", "40"))
ENOUGH = settings(
    max_examples=TRIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TAXES = (
    Tax.of_percent(Decimal(0)),
    Tax.of_percent(Decimal("7.5")),
    Tax.of_percent(Decimal(15)),
    Tax("GST and PST", (TaxComponent("GST", Decimal(5)), TaxComponent("PST", Decimal("9.975")))),
    Tax("Levy and VAT", (TaxComponent("Levy", Decimal(5)), TaxComponent("VAT", Decimal(15), compound=True))),
)

amounts = st.decimals(min_value=0, max_value=20_000, places=2)
percents = st.decimals(min_value=0, max_value=100, places=1)
lines = st.lists(
    st.builds(
        Line,
        st.decimals(min_value=0, max_value=100, places=3),
        amounts,
        st.sampled_from(TAXES),
        st.none() | percents,
    ),
    min_size=1,
    max_size=8,
)
how = st.fixed_dictionaries(
    {"prices_include_tax": st.booleans(), "tax_rounding": st.sampled_from(("line", "document"))}
)
whole_discounts = st.just({}) | percents.map(lambda percent: {"discount_percent": percent})
"""Of the document, beside those of its lines."""


def adds_up(found: Priced) -> None:
    totals = found.totals
    assert totals.total == totals.taxable + totals.tax == sum(line.total for line in found.lines)
    assert totals.taxable == sum(line.taxable for line in found.lines)
    assert totals.tax == sum(line.tax for line in found.lines) == sum(one.tax for one in found.tax_lines)
    assert totals.total == totals.subtotal - totals.discount + (0 if _includes(found) else totals.tax)


def _includes(found: Priced) -> bool:
    return any(line.amount - line.discount != line.taxable for line in found.lines)


def by_rate(found: Priced) -> dict[Any, tuple[Decimal, Decimal]]:
    return {(one.source, one.component): (one.taxable, one.tax) for one in found.tax_lines}


def insured(data: Any, given_lines: list[Line]) -> tuple[list[Decimal], Decimal | None, Decimal]:
    """What an insurer covers of each line, up to which limit, and the deductible."""
    covers = data.draw(st.lists(percents, min_size=len(given_lines), max_size=len(given_lines)))
    return covers, data.draw(st.none() | amounts), data.draw(amounts)


@ENOUGH
@given(lines, how, whole_discounts, st.data())
def test_customer_and_insurer_are_the_job_exactly_per_rate_too(
    given_lines: Any, how: Any, discount: Any, data: Any
) -> None:
    job = price(given_lines, EUR, **how, **discount)
    covers, limit, deductible = insured(data, given_lines)
    customer, insurer = split_insurance(
        job, [line.tax for line in given_lines], covers, EUR, limit=limit, deductible=deductible
    )
    for one in (job, customer, insurer):
        adds_up(one)
    for name, whole in job.totals.as_dict().items():
        assert getattr(customer.totals, name) + getattr(insurer.totals, name) == whole, name
    theirs, ours, whole_by_rate = by_rate(insurer), by_rate(customer), by_rate(job)
    for key, (taxable, tax) in whole_by_rate.items():
        assert (ours[key][0] + theirs[key][0], ours[key][1] + theirs[key][1]) == (taxable, tax)
    for line, part in zip(job.lines, insurer.lines, strict=True):
        assert 0 <= part.taxable <= line.taxable
        assert 0 <= part.tax <= line.tax
    if limit is not None:
        assert insurer.totals.total <= limit
    assert insurer.totals.total <= max(job.totals.total - deductible, Decimal(0))


_ACCOUNT = Statement("SELECT id FROM billing_payment_accounts ORDER BY id LIMIT 1")
_CUSTOMER = Statement("INSERT INTO crm_customers (id, name) VALUES (%(id)s, %(name)s)")
_SUMS = Statement(
    "SELECT i.total, i.subtotal, i.discount, i.taxable, i.tax, i.paid, i.credited,"
    " (SELECT sum(total) FROM billing_invoice_lines WHERE invoice_id = i.id) AS lines,"
    " (SELECT coalesce(sum(total), 0) FROM billing_credit_notes WHERE invoice_id = i.id) AS notes,"
    " (SELECT coalesce(sum(l.total), 0) FROM billing_credit_note_lines l"
    "    JOIN billing_credit_notes n ON n.id = l.credit_note_id WHERE n.invoice_id = i.id) AS note_lines,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_allocations WHERE invoice_id = i.id) AS allocations"
    " FROM billing_invoices i WHERE i.source_id = %(job)s ORDER BY i.id"
)
_PAID = Statement(
    "SELECT p.amount, p.allocated, p.refunded,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_allocations WHERE payment_id = p.id) AS allocations,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_refunds WHERE payment_id = p.id) AS refunds"
    " FROM billing_payments p WHERE p.id = ANY (%(ids)s)"
)
_STANDING = Statement(
    "SELECT id FROM billing_allocations a WHERE payment_id = %(payment)s AND reverses_id IS NULL"
    " AND NOT EXISTS (SELECT FROM billing_allocations r WHERE r.reverses_id = a.id) LIMIT 1"
)

acts = st.lists(
    st.tuples(st.just("pay"), st.booleans(), st.decimals(min_value="0.01", max_value=20_000, places=2))
    | st.tuples(st.just("credit quantity"), st.booleans(), st.integers(1, 4))
    | st.tuples(st.just("credit amount"), st.booleans(), st.decimals(min_value="0.01", max_value=500, places=2))
    | st.tuples(
        st.sampled_from(("credit all", "refund", "reverse", "allocate", "use credit")), st.booleans(), st.none()
    ),
    max_size=7,
)
"""What is done to a job's invoices: the truth value says whether to that of the insurer."""


@pytest.fixture
def till(tenant: TestWorkspace) -> Any:
    with tenant.work() as work:
        ((account,),) = work.write(_ACCOUNT())
        customer, insurer = uuid7(), uuid7()
        work.write(_CUSTOMER(id=customer, name="Somebody"), _CUSTOMER(id=insurer, name="Insurer"))
    return tenant, (customer, insurer), account["id"]


@ENOUGH
@given(lines, how, whole_discounts, acts, st.data())
def test_of_a_job_nothing_is_invoiced_paid_or_taken_back_twice(
    till: Any, given_lines: Any, how: Any, discount: Any, acts: Any, data: Any
) -> None:
    """The whole way through the database: split, issued, paid, settled, taken back, given back in any order."""
    tenant, payers, account = till
    job, whole = uuid7(), price(given_lines, EUR, **how, **discount)
    covers, limit, deductible = insured(data, given_lines)
    parts = split_insurance(whole, [line.tax for line in given_lines], covers, EUR, limit=limit, deductible=deductible)
    with tenant.work() as work:
        made = tuple(
            issued(work, payer, given_lines, part, how, job) for payer, part in zip(payers, parts, strict=True)
        )
        till_of_job = Till(work, account, payers, made)
        for act, is_insurer, value in acts:
            with suppress(Conflict, Invalid):
                till_of_job.do(act, int(is_insurer), value)
        work.check_constraints()
        sums, settled = work.read(_SUMS(job=job), _PAID(ids=till_of_job.paid))
    for name, of_job in whole.totals.as_dict().items():
        assert sum(row[name] for row in sums) == of_job, name
    for row in sums:
        assert row["total"] == row["taxable"] + row["tax"] == row["lines"]
        assert row["credited"] == row["notes"] == row["note_lines"] <= row["total"]
        assert row["paid"] == row["allocations"] <= row["total"] - row["credited"]
    for row in settled:
        assert row["allocated"] == row["allocations"]
        assert row["refunded"] == row["refunds"]
        assert row["allocations"] + row["refunds"] <= row["amount"]


def issued(
    work: Work, payer: UUID, given_lines: list[Line], priced: Priced, how: dict[str, Any], job: UUID
) -> IssuedInvoice:
    items = [InvoiceItem("Something", line.quantity, line.unit_price) for line in given_lines]
    wish = InvoiceIssue(Payer("Somebody", payer), items, priced, **how, source_type="jobs.job", source_id=job)
    return invoices.issue(work, wish)


class Till:
    """What is done to the two invoices of a job, and the payments that were made."""

    def __init__(self, work: Work, account: UUID, payers: tuple[UUID, UUID], made: tuple[IssuedInvoice, ...]) -> None:
        self.work, self.account, self.payers, self.made = work, account, payers, made
        self.paid: list[UUID] = []

    def do(self, act: str, whose: int, value: Any) -> None:
        """Do it, if there is anything to do it to. Raises Conflict and Invalid where it is refused."""
        work, invoice = self.work, self.made[whose]
        wish = [{"invoice_id": invoice.id, "amount": None}]
        match act:
            case "pay":
                self.paid.append(payments.record(work, _payment(self.payers[whose], self.account, value, wish)))
            case "refund" if self.paid:
                payments.refund(work, self.paid[-1], _refund())
            case "allocate" if self.paid:
                payments.allocate(work, self.paid[0], wish)
            case "use credit":
                payments.use_credit(work, invoice.id, None)
            case "reverse" if self.paid:
                for row in work.read(_STANDING(payment=self.paid[-1]))[0]:
                    payments.reverse(work, self.paid[-1], row["id"], "Wrong invoice")
            case "credit all":
                credit_notes.issue(work, invoice.id, "All of it", ())
            case "credit quantity" | "credit amount":
                credit_notes.issue(work, invoice.id, "Part of it", [_part(work, invoice, act, value)])


def _part(work: Work, made: IssuedInvoice, act: str, value: Any) -> dict[str, Any]:
    (line, *_) = invoices.lines_of(work, made.id)
    quantity = line["quantity"] / value if act == "credit quantity" else None
    return {
        "line_id": line["id"],
        "quantity": None if quantity is None else quantity.quantize(Decimal("0.001")),
        "amount": value if quantity is None else None,
    }


def _payment(customer: Any, account: Any, amount: Decimal, allocations: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("received_at", "reference", "external_id", "notes"))
    return {
        "customer_id": customer,
        "payment_account_id": account,
        "amount": amount,
        "allocations": allocations,
        "excess": "credit",
        **nothing,
    }


def _refund() -> dict[str, Any]:
    return {"amount": None, "payment_account_id": None, "reason": "Paid too much", "reference": None}
