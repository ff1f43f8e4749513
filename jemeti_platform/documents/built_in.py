"""The documents that every workshop hands out, whatever plugins it has: plugins issue them, and add their own."""

from __future__ import annotations

from typing import Any

from ..manifest import PAPER_SIZES, Document, Section
from . import schemas

__all__ = ["BUILT_IN"]


_NOTES = Section("notes", "Notes")
_TERMS = Section("terms", "Terms")
_LINK = Section("link", "QR code")
_SIGNATURES = Section("signatures", "Signatures")
_END = (_NOTES, _TERMS, _LINK, _SIGNATURES)


def _document(name: str, title: str, schema: type[Any], *sections: Section, **more: Any) -> Document:
    return Document(
        name,
        title,
        template=f"templates/{name}.typ",
        sample=f"samples/{name}.sample.json",
        labels="labels",
        schema=schema,
        sections=(*sections, *_END),
        **more,
    )


BUILT_IN = (
    _document(
        "invoice",
        "Invoice",
        schemas.Invoice,
        Section("parties", "Customer and vehicle", required=True),
        Section("lines", "Lines", required=True),
        Section("totals", "Totals and taxes", required=True),
        Section("payments", "Payments"),
    ),
    _document(
        "delivery_challan",
        "Delivery challan",
        schemas.DeliveryChallan,
        Section("parties", "Recipient and carrier", required=True),
        Section("lines", "Goods", required=True),
    ),
    _document(
        "gate_pass",
        "Gate pass",
        schemas.GatePass,
        Section("plate", "Number plate in large letters"),
        Section("parties", "Bearer and vehicle", required=True),
        Section("purpose", "Purpose"),
        Section("lines", "Goods that leave"),
    ),
    _document(
        "receipt",
        "Receipt",
        schemas.Receipt,
        Section("parties", "Customer"),
        Section("lines", "Lines"),
        Section("settled", "Invoices paid"),
        Section("totals", "Totals and taxes", required=True),
        Section("payments", "Payments", required=True),
        sizes=PAPER_SIZES,
    ),
    _document(
        "payslip",
        "Payslip",
        schemas.Payslip,
        Section("employee", "Employee", required=True),
        Section("attendance", "Attendance"),
        Section("lines", "Earnings and deductions", required=True),
        Section("totals", "Net pay", required=True),
        Section("contributions", "Employer's contributions"),
        permission="payslips:read",
    ),
)
