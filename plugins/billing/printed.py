"""What the documents of this plugin are given: the credit note, and a customer's statement."""

from __future__ import annotations

from colander import SchemaNode

from jemeti_platform.documents.printed import Code, Printed, PrintedAmount
from jemeti_platform.documents.schemas import Line, Party, Printout, TaxLine, Totals, Vehicle
from jemeti_platform.manifest import Document, Section
from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import Day, OneOf

__all__ = ["DOCUMENTS", "ENTRY_KINDS", "MOST_ENTRIES"]

ENTRY_KINDS = ("invoice", "credit_note", "payment", "refund", "transfer")
MOST_ENTRIES = 2_000
"""Entries that fit into one statement."""


def _amount() -> SchemaNode:
    return SchemaNode(PrintedAmount())


class CreditNote(Printout):
    invoice_number = SchemaNode(Code())
    invoice_date = SchemaNode(Day())
    job_number = SchemaNode(Code(), missing=None)
    order_number = SchemaNode(Code(), missing=None)
    reason = SchemaNode(Printed())
    customer = Party()
    vehicle = Vehicle(missing=None)
    lines = list_of(Line(), max=2_000)
    tax_lines = list_of(TaxLine(), max=50, missing=())
    totals = Totals()


class StatementEntry(Mapping):
    date = SchemaNode(Day())
    type = SchemaNode(OneOf(ENTRY_KINDS))
    number = SchemaNode(Code())
    debit = _amount()
    credit = _amount()
    balance = _amount()


class Ageing(Mapping):
    not_due = _amount()
    days_1_30 = _amount()
    days_31_60 = _amount()
    days_61_90 = _amount()
    days_91_and_more = _amount()
    unallocated_credit = _amount()


class CustomerStatement(Printout):
    period_from = SchemaNode(Day())
    period_to = SchemaNode(Day())
    customer = Party()
    opening_balance = _amount()
    entries = list_of(StatementEntry(), max=MOST_ENTRIES)
    closing_balance = _amount()
    debit = _amount()
    credit = _amount()
    ageing = Ageing()


_END = (Section("notes", "Notes"), Section("terms", "Terms"))

DOCUMENTS = (
    Document(
        "credit_note",
        "Credit note",
        template="documents/credit_note.typ",
        sample="documents/credit_note.sample.json",
        labels="documents/labels",
        schema=CreditNote,
        sections=(
            Section("parties", "Customer and vehicle", required=True),
            Section("reason", "Reason", required=True),
            Section("lines", "Lines", required=True),
            Section("totals", "Totals and taxes", required=True),
            *_END,
            Section("link", "QR code"),
            Section("signatures", "Signatures"),
        ),
    ),
    Document(
        "customer_statement",
        "Statement of account",
        template="documents/customer_statement.typ",
        sample="documents/customer_statement.sample.json",
        labels="documents/labels",
        schema=CustomerStatement,
        sections=(
            Section("parties", "Customer", required=True),
            Section("entries", "Invoices, payments and credit notes", required=True),
            Section("ageing", "How late what is owed is"),
            *_END,
        ),
    ),
)
