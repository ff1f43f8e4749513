"""What has a verb in its name around invoices and payments: crediting, settling, reversing, refunding."""

from __future__ import annotations

from typing import Any

from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import ALWAYS, Service

from . import credit_notes, invoices, movements, payments
from .invoice_resources import CREDIT_NOTES, INVOICES, PAYMENTS
from .invoice_schemas import (
    ALLOCATION,
    CREDIT_LINE,
    INVOICE_LINE,
    REFUND,
    AllocateSchema,
    CreditNoteSchema,
    RefundSchema,
    ReversalSchema,
    UseCreditSchema,
)

__all__ = ["ALL"]

invoice_lines = Service("invoices.lines", "/invoices/{id}/lines", ALWAYS, "The lines of an invoice")
credit = Service("invoices.credit", "/invoices/{id}/credit-notes", ALWAYS, "Taking back what was invoiced")
use_credit = Service("invoices.use_credit", "/invoices/{id}/use-credit", ALWAYS, "Settling with the customer's credit")
note_lines = Service("credit_notes.lines", "/credit-notes/{id}/lines", ALWAYS, "The lines of a credit note")
allocations = Service("payments.allocations", "/payments/{id}/allocations", ALWAYS, "What a payment settles")
reversals = Service("payments.reversals", "/payments/{id}/reversals", ALWAYS, "Settling taken back")
refunds = Service("payments.refunds", "/payments/{id}/refunds", ALWAYS, "Money that went back")

ALL = (invoice_lines, credit, use_credit, note_lines, allocations, reversals, refunds)


@invoice_lines.get(permission="invoices:read", answer=INVOICE_LINE, many=True, errors=(404,))
def list_invoice_lines(request: Any) -> Answer:
    """The lines of this invoice, in order, with each of their taxes and what was taken back of them."""
    return Answer(invoices.lines_of(request.work, path_id(request)))


@credit.post(
    permission="invoices:credit",
    body=CreditNoteSchema,
    answer=CREDIT_NOTES.answer_schema,
    status=201,
    errors=(404, 409),
)
def credit_invoice(request: Any) -> Answer:
    """Take back lines of this invoice, or all that is left of it.

    By line a quantity, an amount with tax, or all that is left. Never more than was invoiced less what was taken back.
    What had been paid of it is the customer's credit.
    """
    wish = request.validated
    made = credit_notes.issue(request.work, path_id(request), wish["reason"], wish["lines"])
    answer = CREDIT_NOTES.present(request.work, made)
    answer.status, answer.location = 201, f"/v1/credit-notes/{made}"
    return answer


@use_credit.post(permission="payments:record", body=UseCreditSchema, answer=INVOICES.answer_schema, errors=(404, 409))
def settle_with_credit(request: Any) -> Answer:
    """Settle this invoice with its customer's credit, the oldest first; answers the invoice."""
    identity = path_id(request)
    payments.use_credit(request.work, identity, request.validated["amount"])
    return INVOICES.present(request.work, identity)


@note_lines.get(permission="invoices:read", answer=CREDIT_LINE, many=True, errors=(404,))
def list_note_lines(request: Any) -> Answer:
    """The lines of this credit note, in the order of the invoice."""
    return Answer(credit_notes.lines_of(request.work, path_id(request)))


@allocations.get(permission="payments:read", answer=ALLOCATION, many=True, errors=(404,))
def list_allocations(request: Any) -> Answer:
    """What this payment settles and settled, in order of time; what was taken back stands as a row of its own."""
    return Answer(movements.allocations(request.work, path_id(request)))


@allocations.post(permission="payments:record", body=AllocateSchema, answer=PAYMENTS.answer_schema, errors=(404, 409))
def allocate_payment(request: Any) -> Answer:
    """Have what is left of this payment settle invoices; answers the payment."""
    identity = path_id(request)
    payments.allocate(request.work, identity, request.validated["allocations"])
    return PAYMENTS.present(request.work, identity)


@reversals.post(permission="payments:refund", body=ReversalSchema, answer=PAYMENTS.answer_schema, errors=(404, 409))
def reverse_allocation(request: Any) -> Answer:
    """Take back that this payment settles an invoice: the money is credit again; answers the payment."""
    identity, wish = path_id(request), request.validated
    payments.reverse(request.work, identity, wish["allocation_id"], wish["reason"])
    return PAYMENTS.present(request.work, identity)


@refunds.get(permission="payments:read", answer=REFUND, many=True, errors=(404,))
def list_refunds(request: Any) -> Answer:
    """What of this payment went back, in order of time."""
    return Answer(movements.refunds(request.work, path_id(request)))


@refunds.post(
    permission="payments:refund", body=RefundSchema, answer=PAYMENTS.answer_schema, status=201, errors=(404, 409)
)
def refund_payment(request: Any) -> Answer:
    """Give money of this payment back that settles no invoice; answers the payment."""
    identity = path_id(request)
    payments.refund(request.work, identity, request.validated)
    answer = PAYMENTS.present(request.work, identity)
    answer.status, answer.location = 201, f"/v1/payments/{identity}/refunds"
    return answer
