"""Random invoices add up to the cent, whatever is discounted, taxed, insured, taken back and paid.

``JEMETI_RANDOM_INVOICES=10000`` has it try that many; a few dozen otherwise.
"""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import Any

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


@ENOUGH
@given(lines, how, st.data())
def test_customer_and_insurer_are_the_job_exactly_per_rate_too(given_lines: Any, how: Any, data: Any) -> None:
    job = price(given_lines, EUR, **how)
    covers = data.draw(st.lists(percents, min_size=len(given_lines), max_size=len(given_lines)))
    limit, deductible = data.draw(st.none() | amounts), data.draw(amounts)
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


def issued(work: Work, given_lines: list[Line], how: dict[str, Any]) -> IssuedInvoice:
    items = [InvoiceItem("Something", line.quantity, line.unit_price) for line in given_lines]
    return invoices.issue(work, InvoiceIssue(Payer("Somebody"), items, price(given_lines, EUR, **how), **how))


_ACCOUNT = Statement("SELECT id FROM billing_payment_accounts ORDER BY id LIMIT 1")
_CUSTOMER = Statement("INSERT INTO crm_customers (id, name) VALUES (%(id)s, 'Somebody')")
_SUMS = Statement(
    "SELECT i.total, i.taxable, i.tax, i.paid, i.credited,"
    " (SELECT sum(total) FROM billing_invoice_lines WHERE invoice_id = i.id) AS lines,"
    " (SELECT coalesce(sum(total), 0) FROM billing_credit_notes WHERE invoice_id = i.id) AS notes,"
    " (SELECT coalesce(sum(l.total), 0) FROM billing_credit_note_lines l"
    "    JOIN billing_credit_notes n ON n.id = l.credit_note_id WHERE n.invoice_id = i.id) AS note_lines,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_allocations WHERE invoice_id = i.id) AS allocations"
    " FROM billing_invoices i WHERE i.id = %(id)s"
)
_PAID = Statement(
    "SELECT p.amount, p.allocated, p.refunded,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_allocations WHERE payment_id = p.id) AS allocations,"
    " (SELECT coalesce(sum(amount), 0) FROM billing_refunds WHERE payment_id = p.id) AS refunds"
    " FROM billing_payments p WHERE p.customer_id = %(customer)s"
)

acts = st.lists(
    st.tuples(st.just("pay"), st.decimals(min_value="0.01", max_value=20_000, places=2))
    | st.tuples(st.just("credit quantity"), st.integers(1, 4))
    | st.tuples(st.just("credit amount"), st.decimals(min_value="0.01", max_value=500, places=2))
    | st.tuples(st.sampled_from(("credit all", "refund")), st.none()),
    max_size=6,
)


@pytest.fixture
def till(tenant: TestWorkspace) -> Any:
    with tenant.work() as work:
        ((account,),) = work.write(_ACCOUNT())
        customer = uuid7()
        work.write(_CUSTOMER(id=customer))
    return tenant, customer, account["id"]


@ENOUGH
@given(lines, how, acts)
def test_what_is_paid_and_taken_back_is_never_more_than_there_is(
    till: Any, given_lines: Any, how: Any, acts: Any
) -> None:
    tenant, customer, account = till
    with tenant.work() as work:
        made = issued(work, given_lines, how)
        paid = []
        for act, value in acts:
            with suppress(Conflict, Invalid):
                match act:
                    case "pay":
                        wish = [{"invoice_id": made.id, "amount": None}]
                        paid.append(payments.record(work, _payment(customer, account, value, wish)))
                    case "refund" if paid:
                        payments.refund(work, paid[-1], _refund())
                    case "credit all":
                        credit_notes.issue(work, made.id, "All of it", ())
                    case "credit quantity" | "credit amount":
                        credit_notes.issue(work, made.id, "Part of it", [_part(work, made, act, value)])
        work.check_constraints()
        (sums,), settled = work.read(_SUMS(id=made.id), _PAID(customer=customer))
    assert sums["total"] == sums["taxable"] + sums["tax"] == sums["lines"] == made.total
    assert sums["credited"] == sums["notes"] == sums["note_lines"] <= sums["total"]
    assert sums["paid"] == sums["allocations"] <= sums["total"] - sums["credited"]
    for row in settled:
        assert row["allocated"] == row["allocations"]
        assert row["refunded"] == row["refunds"]
        assert row["allocations"] + row["refunds"] <= row["amount"]


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
