"""Invoices that are still being written: changed and thrown away at will, and issued once under the id of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.json import to_json
from jemeti_platform.work import Work

from . import invoices
from .contract import InvoiceIssue, IssuedInvoice
from .document_models import InvoiceDraft
from .invoice_schemas import DraftSchema

__all__ = ["change", "create", "issue", "wish_of"]

_GIVEN = tuple(node.name for node in DraftSchema().children)
_FIELDS = (
    "SELECT customer_id, reference, due_in_days, notes, prices_include_tax, tax_rounding, discount_percent,"
    " discount_amount, lines FROM billing_invoice_drafts WHERE id = %(id)s"
)
_READ, _DRAFT = Statement(_FIELDS), Statement(f"{_FIELDS} FOR UPDATE")
_TEXTS = frozenset({"description", "detail", "unit"})
_ISSUED = Statement("SELECT number FROM billing_invoices WHERE id = %(id)s")
_DELETE = Statement("DELETE FROM billing_invoice_drafts WHERE id = %(id)s")


def create(work: Work, values: Mapping[str, Any]) -> UUID:
    """Keep an invoice that is not issued yet, with what it would come to today; returns its id.

    Raises Invalid as ``by_hand`` does: what could not be issued is not kept either.
    """
    identity = uuid7()
    work.queue(insert_row(InvoiceDraft, identity, _row(work, values)))
    return identity


def change(work: Work, identity: UUID, changes: Mapping[str, Any]) -> None:
    """Change a draft that is there; it is priced anew. Raises Invalid as ``by_hand`` does."""
    ((kept,),) = work.write(_DRAFT(id=identity))
    work.queue(update_row(InvoiceDraft, identity, _row(work, _read(kept) | dict(changes))))


def wish_of(work: Work, identity: UUID) -> InvoiceIssue:
    """What would be issued of a draft today. Raises NotFound, and Invalid as ``by_hand`` does."""
    (found,) = work.read(_READ(id=identity))
    if not found:
        raise NotFound(f"Invoice draft {identity} does not exist")
    return invoices.by_hand(work, {**_read(found[0]), "on": None})


def issue(work: Work, identity: UUID) -> IssuedInvoice:
    """Issue a draft: the invoice has its id, a number, and the taxes of today; the draft is gone.

    Raises NotFound, Conflict for one that was issued already, and Invalid as ``by_hand`` does. Emits InvoiceIssued.
    """
    found, issued = work.write(_DRAFT(id=identity), _ISSUED(id=identity))
    if issued:
        raise Conflict(f"This draft was issued as {issued[0]['number']}", reason="issued", number=issued[0]["number"])
    if not found:
        raise NotFound(f"Invoice draft {identity} does not exist")
    wish = invoices.by_hand(work, {**_read(found[0]), "on": None})
    work.queue(_DELETE(id=identity))
    return invoices.issue(work, wish, identity)


def _read(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A draft as it was given: its lines are kept as JSON."""
    return {**kept, "lines": [{name: _value(name, one[name]) for name in one} for one in kept["lines"]]}


def _value(name: str, kept: str | None) -> Any:
    if kept is None or name in _TEXTS:
        return kept
    return UUID(kept) if name == "tax_rate_id" else Decimal(kept)


def _row(work: Work, values: Mapping[str, Any]) -> dict[str, Any]:
    wish = invoices.by_hand(work, {**values, "on": None})
    return {
        **{name: values[name] for name in _GIVEN},
        "prices_include_tax": wish.prices_include_tax,
        "tax_rounding": wish.tax_rounding,
        "lines": orjson.loads(to_json(values["lines"])),
        **wish.priced.totals.as_dict(),
        "tax_lines": invoices.plain_tax_lines(wish.priced.tax_lines),
    }
