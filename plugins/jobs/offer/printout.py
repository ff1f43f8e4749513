"""Quotations and amendments as PDFs: issued by the worker once they are sent, as they were sent.

What has been decided since, or has become of it, stands on a PDF that is drawn when it is asked for, and not kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.documents import issue, postal_address, render
from jemeti_platform.work import Work

from .reading import Offer, read_offer, tax_name, vehicle_of
from .sharing import address

__all__ = ["as_sent", "draw", "party_of", "print_quotation", "sum_of"]

_COUNTED = ("subtotal", "discount", "taxable", "tax", "total")


def print_quotation(work: Work, quotation_id: UUID) -> None:
    """Issue the PDF of a quotation as it was sent, once."""
    offer = read_offer(work, quotation_id)
    if offer.head["document_id"] is None:
        issue(
            work,
            offer.head["kind"],
            _printed(work, as_sent(offer)),
            number=offer.reference,
            subject_type="jobs.quotation",
            subject_id=quotation_id,
        )


def draw(work: Work, offer: Offer) -> bytes:
    """The PDF of a quotation as it stands, with what was decided on its lines; not kept."""
    return render(work, offer.head["kind"], _printed(work, offer), number=offer.reference)


def as_sent(offer: Offer) -> Offer:
    """The quotation as it went out, whatever has happened to it since."""
    head = offer.head | {"status": "sent", "is_expired": False, "is_closed": False}
    return offer._replace(head=head, lines=[line | {"decision": None} for line in offer.lines])


def party_of(work: Work, head: Mapping[str, Any]) -> dict[str, Any]:
    """The customer as documents show them."""
    return {name: head[name] for name in ("name", "phone", "email", "tax_id")} | {
        "address": postal_address(work, head["address"])
    }


def sum_of(lines: Sequence[Mapping[str, Any]], decision: str) -> Decimal:
    """What the lines come to, tax included, on which this was decided."""
    return sum((Decimal(line["total"]) for line in lines if line["decision"] == decision), Decimal(0))


def _printed(work: Work, offer: Offer) -> dict[str, Any]:
    head = offer.head
    with_tax = head["prices_include_tax"]
    at = head["sent_at"] or work.now()
    amends = f"{head['amends_number']} r{head['amends_revision']}" if head["amends_number"] else None
    return {
        "state": offer.state,
        "date": at.astimezone(work.timezone).date(),
        "valid_until": head["valid_until"],
        "job_number": head["job_number"],
        "amends_number": amends,
        "currency": head["currency"],
        "prices": "with_tax" if with_tax else None,
        "notes": head["note"],
        "customer": party_of(work, head),
        "vehicle": vehicle_of(head),
        "lines": [_line(line, with_tax=with_tax) for line in offer.lines],
        "tax_lines": [
            {"name": tax_name(one["name"]), **{name: one[name] for name in ("rate", "taxable", "tax")}}
            for one in head["tax_lines"]
        ],
        "totals": {name: head[name] for name in _COUNTED},
        "approved": sum_of(offer.lines, "approved") if offer.is_decided_on else None,
        "declined": sum_of(offer.lines, "declined") if offer.is_decided_on else None,
        "link": address(work, head["share_token"]) if head["sent_at"] and not head["link_revoked_at"] else None,
    }


def _line(line: Mapping[str, Any], *, with_tax: bool) -> dict[str, Any]:
    """A line as it is printed: its amount is with tax where prices are."""
    names = ("kind", "description", "quantity", "unit_price", "discount", "tax_rate", "insurance_percent", "decision")
    return {
        **{name: line[name] for name in names},
        "detail": line["note"],
        "amount": line["total"] if with_tax else line["taxable"],
        "origin": "declined_before" if line["declined_work_id"] is not None else None,
    }
