"""Credit notes: what is taken back of an invoice, by line, never more than was invoiced less what was taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.money import Currency
from jemeti_platform.work import Work

from . import links
from .contract import CreditNoteIssued, TaxAmount
from .invoice_models import CreditNote, CreditNoteLine
from .payments import release
from .printing import PRINT_CREDIT_NOTE

__all__ = ["issue", "lines_of"]

_INVOICE = Statement(
    "SELECT id, number, customer_id, currency, total - paid - credited AS balance FROM billing_invoices"
    " WHERE id = %(id)s FOR UPDATE"
)
# Of each line and each of its taxes, what is left to take back.
_LINES = Statement(
    "SELECT l.id, l.quantity, l.quantity - l.credited_quantity AS quantity_left, l.taxable, l.tax,"
    " l.taxable - l.credited_taxable AS taxable_left, l.tax - l.credited_tax AS tax_left, l.taxes,"
    " (SELECT coalesce(jsonb_agg(c.taxes), '[]') FROM billing_credit_note_lines c"
    "   WHERE c.tenant_id = l.tenant_id AND c.invoice_line_id = l.id) AS credited"
    " FROM billing_invoice_lines l WHERE l.invoice_id = %(id)s ORDER BY l.position"
)
_NUMBER = Statement("SELECT number FROM billing_credit_notes WHERE id = %(id)s")
_THERE = Statement("SELECT true AS there FROM billing_credit_notes WHERE id = %(id)s")
_OF_NOTE = Statement(
    "SELECT c.id, c.invoice_line_id, l.description, c.quantity, c.taxable, c.tax, c.total, c.taxes"
    " FROM billing_credit_note_lines c"
    " JOIN billing_invoice_lines l ON l.tenant_id = c.tenant_id AND l.id = c.invoice_line_id"
    " WHERE c.credit_note_id = %(id)s ORDER BY l.position"
)


def issue(work: Work, invoice_id: UUID, reason: str, wishes: Sequence[Mapping[str, Any]] | None) -> UUID:
    """Take back lines of an invoice, or without ``wishes`` all that is left of it; return the credit note's id.

    A wish names a ``line_id`` and a ``quantity``, or an ``amount`` with tax where only the price is lowered; with
    neither, all that is left of the line. What has been paid beyond what is then owed becomes the customer's credit.
    Raises NotFound, Invalid for a line that is not of this invoice, Conflict for more than is left. Emits
    CreditNoteIssued, and AllocationReversed where it was paid.
    """
    (invoices,) = work.write(_INVOICE(id=invoice_id))
    if not invoices:
        raise NotFound(f"Invoice {invoice_id} does not exist")
    (invoice,) = invoices
    # read when the lock is held, so that another credit note is seen
    (lines,) = work.write(_LINES(id=invoice_id))
    currency = Currency.kept(invoice["currency"])
    parts = [part for part in _chosen(currency, lines, wishes) if part["taxable"] or part["tax"]]
    if not parts:
        raise Conflict("Nothing of this invoice is left to take back", reason="nothing_left")
    identity = uuid7()
    taxable, tax = (sum((part[name] for part in parts), currency.zero) for name in ("taxable", "tax"))
    taxes = _taxes(parts)
    row: dict[str, Any] = {
        "invoice_id": invoice_id,
        "issued_on": work.today(),
        "reason": reason,
        "taxable": taxable,
        "tax": tax,
        "total": taxable + tax,
        "tax_lines": [{**one, "taxable": f"{one['taxable']:f}", "tax": f"{one['tax']:f}"} for one in taxes],
        "line_count": len(parts),
    }
    # what is paid of it is set free first: an invoice is never settled twice
    release(work, invoice_id, taxable + tax - invoice["balance"], f"Credit note: {reason}")
    numbers = {"number": work.platform.sequences["billing.credit_note"]}
    rows = [{"id": uuid7(), "credit_note_id": identity, **part} for part in parts]
    *_, (made,) = work.write(
        insert_row(CreditNote, identity, row, numbers, work.began),
        insert_rows(CreditNoteLine, rows),
        links.row("credit_note", identity),
        _NUMBER(id=identity),
    )
    work.emit(
        CreditNoteIssued(
            identity,
            made["number"],
            invoice_id,
            invoice["customer_id"],
            row["issued_on"],
            invoice["currency"],
            taxable,
            tax,
            taxable + tax,
            tuple(
                TaxAmount(one["name"], Decimal(one["rate"]), one["taxable"], one["tax"], _id(one["tax_rate_id"]))
                for one in taxes
            ),
        )
    )
    work.defer(PRINT_CREDIT_NOTE, credit_note_id=identity)
    return identity


def lines_of(work: Work, identity: UUID) -> list[dict[str, Any]]:
    """The lines of a credit note, in the order of the invoice. Raises NotFound."""
    there, lines = work.read(_THERE(id=identity), _OF_NOTE(id=identity))
    if not there:
        raise NotFound(f"Credit note {identity} does not exist")
    return lines


def _chosen(
    currency: Currency, lines: Sequence[Mapping[str, Any]], wishes: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    if wishes is None:
        return [_part(currency, line, *_all(line)) for line in lines]
    known = {line["id"]: line for line in lines}
    if len({wish["line_id"] for wish in wishes}) < len(wishes):
        raise Invalid([{"field": "lines", "message": "A line is named twice"}])
    parts = []
    for place, wish in enumerate(wishes):
        line = known.get(wish["line_id"])
        if line is None:
            raise Invalid([{"field": f"lines.{place}.line_id", "message": "This invoice has no such line"}])
        parts.append(_part(currency, line, *_wanted(currency, line, wish, place)))
    return parts


def _all(line: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    return line["quantity_left"], line["taxable_left"], line["tax_left"]


def _wanted(
    currency: Currency, line: Mapping[str, Any], wish: Mapping[str, Any], place: int
) -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, taxable amount and tax that a wish takes back."""
    quantity, amount = wish["quantity"], wish["amount"]
    if quantity is None and amount is None:
        return _all(line)
    if quantity is not None and amount is not None:
        raise Invalid([{"field": f"lines.{place}.amount", "message": "Give a quantity or an amount, not both"}])
    left = line["taxable_left"] + line["tax_left"]
    if amount is not None:
        if not currency.is_amount(amount):
            message = f"{currency.code} has {currency.digits or 'no'} decimals"
            raise Invalid([{"field": f"lines.{place}.amount", "message": message}])
        if amount > left:
            raise Conflict(f"Of this line {left:f} is left to take back", reason="more_than_invoiced")
        whole = Fraction(line["taxable"] + line["tax"])
        taxable = currency.round(Fraction(amount) * Fraction(line["taxable"]) / whole)
        # a cent of rounding may not be left on one side
        taxable = max(amount - line["tax_left"], min(taxable, line["taxable_left"], amount))
        return Decimal(0), taxable, amount - taxable
    if quantity > line["quantity_left"]:
        there = f"{line['quantity_left'].normalize():f}" if line["quantity_left"] else "nothing"
        raise Conflict(f"Of this line {there} is left to take back", reason="more_than_invoiced")
    if quantity == line["quantity_left"]:
        return _all(line)
    part = Fraction(quantity) / Fraction(line["quantity"])
    taxable, tax = (min(currency.round(Fraction(line[n]) * part), line[f"{n}_left"]) for n in ("taxable", "tax"))
    return quantity, taxable, tax


def _part(
    currency: Currency, line: Mapping[str, Any], quantity: Decimal, taxable: Decimal, tax: Decimal
) -> dict[str, Any]:
    """A line of the credit note: its tax shared out among the line's taxes by what is left of each."""
    left = [
        Decimal(one["tax"]) - sum(Decimal(earlier[place]["tax"]) for earlier in line["credited"])
        for place, one in enumerate(line["taxes"])
    ]
    amounts = currency.split(tax, left) if tax else [currency.zero] * len(left)
    before, taxes = taxable, []
    for one, amount in zip(line["taxes"], amounts, strict=True):
        base = before if one["compound"] else taxable
        taxes.append({**one, "taxable": f"{base:f}", "tax": f"{amount:f}"})
        before += amount
    return {
        "invoice_line_id": line["id"],
        "quantity": quantity,
        "taxable": taxable,
        "tax": tax,
        "total": taxable + tax,
        "taxes": taxes,
    }


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _taxes(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for part in parts:
        for one in part["taxes"]:
            key = one["tax_rate_id"], one["name"], one["rate"]
            known = sums.setdefault(
                key, {"tax_rate_id": key[0], "name": key[1], "rate": key[2], "taxable": Decimal(0), "tax": Decimal(0)}
            )
            known["taxable"] += Decimal(one["taxable"])
            known["tax"] += Decimal(one["tax"])
    return list(sums.values())
