"""What the five built-in documents are given, made of pieces that plugins' documents may use as well.

Amounts are in one currency, the workspace's or the one that the document names. What is left out is not printed.
"""

from __future__ import annotations

from typing import Any

from colander import SchemaNode

from ..rest.schema import Mapping, list_of
from ..types import CurrencyCode, Day, Instant, OneOf, Percent, Quantity
from .printed import Code, Link, Printed, PrintedAmount

__all__ = [
    "DeliveryChallan",
    "GatePass",
    "Goods",
    "Invoice",
    "Line",
    "Party",
    "Payment",
    "Payslip",
    "Printout",
    "Receipt",
    "TaxLine",
    "Totals",
    "Vehicle",
]

MOST_LINES = 2_000


def _text(**node: Any) -> SchemaNode:
    return SchemaNode(Printed(), **{"missing": None, **node})


def _code() -> SchemaNode:
    return SchemaNode(Code(), missing=None)


def _amount(**node: Any) -> SchemaNode:
    return SchemaNode(PrintedAmount(), **{"missing": None, **node})


class Printout(Mapping):
    """What every document may be given: the day on it, a reference, a note, an address for the QR code."""

    date = SchemaNode(Day())
    reference = _code()
    currency = SchemaNode(CurrencyCode(), missing=None, description="The workspace's, unless said otherwise")
    notes = _text()
    link = SchemaNode(Link(), missing=None, description="Shown as a QR code")


class Party(Mapping):
    name = SchemaNode(Printed())
    address = _text()
    phone = _code()
    email = _code()
    tax_id = _code()


class Vehicle(Mapping):
    plate = _code()
    description = _text(description="Make, model, year, colour")
    vin = _code()
    odometer = SchemaNode(Quantity(min=0), missing=None, description="In kilometres")


class Line(Mapping):
    description = SchemaNode(Printed())
    detail = _text(description="A second line in smaller letters")
    quantity = SchemaNode(Quantity(), missing=None)
    unit = _text()
    unit_price = _amount()
    discount = _amount()
    tax_rate = SchemaNode(Percent(), missing=None)
    amount = _amount(missing=0)


class Goods(Mapping):
    code = _code()
    description = SchemaNode(Printed())
    detail = _text()
    quantity = SchemaNode(Quantity())
    unit = _text()


class TaxLine(Mapping):
    name = _text()
    rate = SchemaNode(Percent())
    taxable = _amount(missing=0)
    tax = _amount(missing=0)


class Totals(Mapping):
    subtotal = _amount()
    discount = _amount()
    taxable = _amount()
    tax = _amount()
    total = SchemaNode(PrintedAmount())
    paid = _amount()
    credited = _amount()
    balance = _amount()


class Payment(Mapping):
    date = SchemaNode(Day(), missing=None)
    method = SchemaNode(Printed())
    reference = _code()
    amount = SchemaNode(PrintedAmount())


class Invoice(Printout):
    state = SchemaNode(OneOf(("draft",)), missing=None, description="Of what is not issued: printed across the sheet")
    due_date = SchemaNode(Day(), missing=None)
    job_number = _code()
    order_number = _code()
    customer = Party()
    vehicle = Vehicle(missing=None)
    lines = list_of(Line(), max=MOST_LINES)
    tax_lines = list_of(TaxLine(), max=50, missing=())
    totals = Totals()
    payments = list_of(Payment(), max=200, missing=())
    amount_in_words = _text()


class DeliveryChallan(Printout):
    order_number = _code()
    recipient = Party()
    carrier = _text(description="Who carries the goods")
    vehicle = Vehicle(missing=None)
    lines = list_of(Goods(), max=MOST_LINES)
    prepared_by = _text()


class GatePass(Printout):
    issued_at = SchemaNode(Instant())
    valid_until = SchemaNode(Instant(), missing=None)
    job_number = _code()
    purpose = _text()
    vehicle = Vehicle(missing=None)
    bearer = Party()
    lines = list_of(Goods(), max=MOST_LINES, missing=())
    released_by = _text()


class Settled(Mapping):
    number = SchemaNode(Code())
    date = SchemaNode(Day(), missing=None)
    amount = SchemaNode(PrintedAmount())


class Receipt(Printout):
    customer = Party(missing=None)
    lines = list_of(Line(), max=MOST_LINES, missing=())
    tax_lines = list_of(TaxLine(), max=50, missing=())
    totals = Totals()
    payments = list_of(Payment(), max=200, missing=())
    settled = list_of(Settled(), max=200, missing=(), description="The invoices that this money pays")
    credit = _amount(description="What of it pays nothing yet")
    amount_in_words = _text()
    received_by = _text()


class Entry(Mapping):
    description = SchemaNode(Printed())
    detail = _text()
    amount = SchemaNode(PrintedAmount())


class Employee(Mapping):
    name = SchemaNode(Printed())
    code = _code()
    position = _text()
    department = _text()
    joined_on = SchemaNode(Day(), missing=None)
    bank_account = _code()
    tax_id = _code()


class Attendance(Mapping):
    working_days = SchemaNode(Quantity(min=0))
    paid_days = SchemaNode(Quantity(min=0))
    leave_days = SchemaNode(Quantity(min=0), missing=None)
    absent_days = SchemaNode(Quantity(min=0), missing=None)
    overtime_hours = SchemaNode(Quantity(min=0), missing=None)


class Pay(Mapping):
    gross = SchemaNode(PrintedAmount())
    deductions = SchemaNode(PrintedAmount())
    net = SchemaNode(PrintedAmount())


class Payslip(Printout):
    period_from = SchemaNode(Day())
    period_to = SchemaNode(Day())
    employee = Employee()
    attendance = Attendance(missing=None)
    earnings = list_of(Entry(), max=100)
    deductions = list_of(Entry(), max=100, missing=())
    contributions = list_of(Entry(), max=100, missing=(), description="Paid by the employer beside the wage")
    totals = Pay()
    amount_in_words = _text()
