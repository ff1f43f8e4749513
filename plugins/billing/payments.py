"""Payments, what they settle, and what of them goes back.

Whoever needs both locks invoices before payments, each in order of id: nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.work import Work

from . import links
from .contract import AllocationReversed, PaymentAllocated, PaymentReceived, PaymentRefunded
from .invoice_models import Allocation, Payment, Refund
from .printing import PRINT_RECEIPT

__all__ = ["allocate", "record", "refund", "release", "reverse", "use_credit", "use_what_there_is"]

_CLOCKS_APART = timedelta(minutes=5)
_INVOICES = Statement(
    "SELECT id, number, customer_id, total - paid - credited AS balance FROM billing_invoices"
    " WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
)
_ACCOUNT = Statement("SELECT status FROM billing_payment_accounts WHERE id = %(id)s")
_CUSTOMER = Statement("SELECT id FROM crm_customers WHERE id = %(id)s")
_PAYMENT_FIELDS = "id, number, customer_id, payment_account_id, amount - allocated - refunded AS credit"
_PAYMENT = Statement(f"SELECT {_PAYMENT_FIELDS} FROM billing_payments WHERE id = %(id)s FOR UPDATE")  # noqa: S608 (our own words)
_CREDITS = Statement(
    f"SELECT {_PAYMENT_FIELDS} FROM billing_payments WHERE customer_id = %(customer)s"  # noqa: S608 (our own words)
    " AND amount > allocated + refunded ORDER BY id FOR UPDATE"
)
_NUMBER_OF_PAYMENT = Statement("SELECT number FROM billing_payments WHERE id = %(id)s")
_NUMBER_OF_REFUND = Statement("SELECT number FROM billing_refunds WHERE id = %(id)s")
_STANDING = (
    "SELECT a.id, a.payment_id, a.invoice_id, a.amount FROM billing_allocations a"
    " WHERE a.reverses_id IS NULL AND NOT EXISTS (SELECT FROM billing_allocations r"
    " WHERE r.tenant_id = a.tenant_id AND r.reverses_id = a.id)"
)
_INVOICE_OF = Statement("SELECT invoice_id FROM billing_allocations WHERE id = %(id)s")
_LOCK_PAYERS = Statement(
    "SELECT id FROM billing_payments WHERE id IN"
    " (SELECT payment_id FROM billing_allocations WHERE invoice_id = %(invoice)s) ORDER BY id FOR UPDATE"
)
_ALLOCATION = Statement(f"{_STANDING} AND a.id = %(id)s AND a.payment_id = %(payment)s")
_OF_INVOICE = Statement(f"{_STANDING} AND a.invoice_id = %(invoice)s ORDER BY a.id DESC")


def record(work: Work, values: Mapping[str, Any]) -> UUID:
    """Record money that came in, settle the named invoices in the order given, and return the payment's id.

    Each invoice gets the amount that is named, or what it needs and there is. What is left over is the customer's
    credit, unless ``excess`` is ``refuse``. The customer is by default the one of the invoices. Raises Invalid for
    an account, customer or invoice that is not there and for more than there is; Conflict for an invoice that needs
    less than is named or an excess, where that is to be refused. Emits PaymentReceived and PaymentAllocated.
    """
    wishes = values["allocations"]
    ids = [one["invoice_id"] for one in wishes]
    if len(set(ids)) < len(ids):
        raise Invalid([{"field": "allocations", "message": "An invoice is named twice"}])
    if sum((one["amount"] or Decimal(0) for one in wishes), Decimal(0)) > values["amount"]:
        raise Invalid([{"field": "amount", "message": "Less than what its allocations name"}])
    if values["received_at"] is not None and values["received_at"] > work.now() + _CLOCKS_APART:
        raise Invalid([{"field": "received_at", "message": "This moment is still to come"}])
    account, customers, found = work.write(
        _ACCOUNT(id=values["payment_account_id"]), _CUSTOMER(id=values["customer_id"]), _INVOICES(ids=ids)
    )
    _check_account(account)
    if values["customer_id"] is not None and not customers:
        raise Invalid([{"field": "customer_id", "message": "There is no such record."}])
    invoices = _named(found, ids)
    owners = {row["customer_id"] for row in invoices}
    customer_id = values["customer_id"] or (owners.pop() if len(owners) == 1 else None)
    parts = _parts(values["amount"], wishes, invoices, refuse=values["excess"] == "refuse")
    excess = values["amount"] - sum(parts, Decimal(0))
    if excess and values["excess"] == "refuse":
        raise Conflict(f"{excess:f} of this payment would settle nothing", reason="excess")
    if excess and customer_id is None:
        raise Conflict(f"{excess:f} would be left over, and nobody is named whose credit it is", reason="excess")
    identity = uuid7()
    row = {
        "customer_id": customer_id,
        "payment_account_id": values["payment_account_id"],
        "amount": values["amount"],
        "currency": work.workspace["currency"],
        "received_at": values["received_at"] or work.now(),
        **{name: values[name] for name in ("reference", "external_id", "notes")},
        **{name: values.get(name) for name in ("source_type", "source_id")},
    }
    numbers = {"number": work.platform.sequences["billing.payment"]}
    *_, (made,) = work.write(
        insert_row(Payment, identity, row, numbers, work.began),
        links.row("payment", identity),
        _NUMBER_OF_PAYMENT(id=identity),
    )
    work.emit(
        PaymentReceived(
            identity,
            made["number"],
            customer_id,
            row["payment_account_id"],
            row["currency"],
            row["amount"],
            row["received_at"],
        )
    )
    for invoice, part in sorted(zip(ids, parts, strict=True)):
        if part:
            _settle(work, identity, invoice, part)
    work.defer(PRINT_RECEIPT, payment_id=identity)
    return identity


def allocate(work: Work, identity: UUID, wishes: Sequence[Mapping[str, Any]]) -> None:
    """Have what is left of a payment settle invoices. Raises NotFound, Invalid and Conflict as ``record`` does.

    Emits PaymentAllocated.
    """
    ids = [one["invoice_id"] for one in wishes]
    if len(set(ids)) < len(ids):
        raise Invalid([{"field": "allocations", "message": "An invoice is named twice"}])
    found, payments = work.write(_INVOICES(ids=ids), _PAYMENT(id=identity))
    payment = _there(payments, identity)
    parts = _parts(payment["credit"], wishes, _named(found, ids), refuse=True)
    if not any(parts):
        raise Conflict("Nothing is left of this payment, or of what these invoices need", reason="nothing_to_settle")
    for invoice, part in sorted(zip(ids, parts, strict=True)):
        if part:
            _settle(work, identity, invoice, part)


def use_credit(work: Work, invoice_id: UUID, amount: Decimal | None) -> Decimal:
    """Settle an invoice with its customer's credit, the oldest first, and return how much of it was.

    Without an ``amount`` as much as is needed and there is. Raises NotFound, and Conflict where there is less than
    asked for or nothing to do. Emits PaymentAllocated.
    """
    invoice, found, there = _credits(work, invoice_id)
    wanted = min(invoice["balance"], there) if amount is None else amount
    if wanted > invoice["balance"]:
        raise Conflict(f"Only {invoice['balance']:f} is left to pay of this invoice", reason="more_than_balance")
    if wanted > there:
        raise Conflict(f"The customer has a credit of {there:f}", reason="more_than_credit")
    if not wanted:
        raise Conflict("The customer has no credit, or the invoice needs none", reason="nothing_to_settle")
    _spend(work, invoice_id, found, wanted)
    return wanted


def use_what_there_is(work: Work, invoice_id: UUID) -> Decimal:
    """Settle an invoice with its customer's credit as far as that goes, which may be not at all; returns how far.

    Raises NotFound. Emits PaymentAllocated.
    """
    invoice, found, there = _credits(work, invoice_id)
    spent: Decimal = min(invoice["balance"], there)
    _spend(work, invoice_id, found, spent)
    return spent


def reverse(work: Work, identity: UUID, allocation_id: UUID, reason: str) -> None:
    """Take back that a payment settles an invoice: the money is credit again, the invoice is owed again.

    Raises NotFound for a payment that is not there, Conflict for an allocation that is not its own or taken back
    already. Emits AllocationReversed.
    """
    known = work.read(_INVOICE_OF(id=allocation_id))[0]
    _, payments, found = work.write(
        _INVOICES(ids=[row["invoice_id"] for row in known]),
        _PAYMENT(id=identity),
        _ALLOCATION(id=allocation_id, payment=identity),
    )
    _there(payments, identity)
    if not found:
        raise Conflict("This payment has no such allocation that still stands", reason="not_standing")
    _reverse(work, found[0], reason)


def release(work: Work, invoice_id: UUID, amount: Decimal, reason: str) -> None:
    """Take back ``amount`` of what settles an invoice whose row is locked, the latest first."""
    if amount <= 0:
        return
    _, standing = work.write(_LOCK_PAYERS(invoice=invoice_id), _OF_INVOICE(invoice=invoice_id))
    for row in standing:
        if amount <= 0:
            return
        _reverse(work, row, reason)
        if row["amount"] > amount:
            _settle(work, row["payment_id"], invoice_id, row["amount"] - amount)
        amount -= row["amount"]


def refund(work: Work, identity: UUID, values: Mapping[str, Any]) -> UUID:
    """Give money of a payment back that settles nothing, and return the refund's id.

    Out of the account that it came into, unless another is named; without an amount, all that is left. Raises
    NotFound, Invalid for an account that is not there, Conflict where less is left. Emits PaymentRefunded.
    """
    payment = _there(work.write(_PAYMENT(id=identity))[0], identity)
    account_id = values["payment_account_id"] or payment["payment_account_id"]
    _check_account(work.write(_ACCOUNT(id=account_id))[0])
    amount = payment["credit"] if values["amount"] is None else values["amount"]
    if amount > payment["credit"] or not amount:
        raise Conflict(
            f"{payment['credit']:f} of this payment settles no invoice and can be given back;"
            " for more, issue a credit note or reverse an allocation first",
            reason="more_than_credit",
        )
    made, moment = uuid7(), work.now()
    row = {
        "payment_id": identity,
        "payment_account_id": account_id,
        "amount": amount,
        "refunded_at": moment,
        "reason": values["reason"],
        "reference": values["reference"],
    }
    numbers = {"number": work.platform.sequences["billing.refund"]}
    _, (numbered,) = work.write(insert_row(Refund, made, row, numbers, work.began), _NUMBER_OF_REFUND(id=made))
    work.emit(
        PaymentRefunded(
            made,
            numbered["number"],
            identity,
            payment["customer_id"],
            account_id,
            work.workspace["currency"],
            amount,
            moment,
        )
    )
    return made


def _credits(work: Work, invoice_id: UUID) -> tuple[Row, Sequence[Row], Decimal]:
    """An invoice, its customer's payments with credit, and how much that is; all of them locked. Raises NotFound."""
    (invoices,) = work.write(_INVOICES(ids=[invoice_id]))
    if not invoices:
        raise NotFound(f"Invoice {invoice_id} does not exist")
    (found,) = work.write(_CREDITS(customer=invoices[0]["customer_id"]))
    return invoices[0], found, sum((row["credit"] for row in found), Decimal("0.00"))


def _spend(work: Work, invoice_id: UUID, credits: Sequence[Row], amount: Decimal) -> None:
    for row in credits:
        part = min(amount, row["credit"])
        if part:
            _settle(work, row["id"], invoice_id, part)
            amount -= part


def _parts(
    there: Decimal, wishes: Sequence[Mapping[str, Any]], invoices: Sequence[Mapping[str, Any]], *, refuse: bool
) -> list[Decimal]:
    """What each invoice gets of ``there``, in the order of the wishes."""
    parts = []
    for wish, invoice in zip(wishes, invoices, strict=True):
        wanted = wish["amount"]
        if wanted is not None and wanted > there:
            raise Conflict(f"Only {there:f} is left for {invoice['number']}", reason="more_than_credit")
        if wanted is not None and wanted > invoice["balance"] and refuse:
            raise Conflict(
                f"Only {invoice['balance']:f} is left to pay of {invoice['number']}", reason="more_than_balance"
            )
        part = min(invoice["balance"], there if wanted is None else wanted)
        parts.append(part)
        there -= part
    return parts


def _named(found: Sequence[Mapping[str, Any]], ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    known = {row["id"]: row for row in found}
    faults = [place for place, identity in enumerate(ids) if identity not in known]
    if faults:
        message = "There is no such record."
        raise Invalid([{"field": f"allocations.{place}.invoice_id", "message": message} for place in faults])
    return [known[identity] for identity in ids]


def _there(rows: Sequence[Mapping[str, Any]], identity: UUID) -> Mapping[str, Any]:
    if not rows:
        raise NotFound(f"Payment {identity} does not exist")
    return rows[0]


def _check_account(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        raise Invalid([{"field": "payment_account_id", "message": "There is no such record."}])
    if rows[0]["status"] != "active":
        raise Invalid([{"field": "payment_account_id", "message": "This payment account is archived"}])


def _settle(work: Work, payment_id: UUID, invoice_id: UUID, amount: Decimal) -> None:
    identity = uuid7()
    row = {"payment_id": payment_id, "invoice_id": invoice_id, "amount": amount}
    work.queue(insert_row(Allocation, identity, row))
    work.emit(PaymentAllocated(identity, payment_id, invoice_id, amount))


def _reverse(work: Work, row: Mapping[str, Any], reason: str) -> None:
    taken_back = {
        "payment_id": row["payment_id"],
        "invoice_id": row["invoice_id"],
        "amount": -row["amount"],
        "reverses_id": row["id"],
        "reason": reason,
    }
    work.queue(insert_row(Allocation, uuid7(), taken_back))
    work.emit(AllocationReversed(row["id"], row["payment_id"], row["invoice_id"], row["amount"]))
