"""What the documents of this plugin are given: quotation, amendment, and the certificate of what was approved."""

from __future__ import annotations

from typing import Any

from colander import SchemaNode

from jemeti_platform.documents.printed import Code, Printed, PrintedAmount
from jemeti_platform.documents.schemas import Line, Party, Printout, TaxLine, Totals, Vehicle
from jemeti_platform.manifest import Document, Section
from jemeti_platform.rest.schema import list_of
from jemeti_platform.types import Context, Day, Instant, OneOf, Percent, Refused, Strict

from ..models import CHANNELS
from ..quotation_lines import MOST_LINES
from ..quotation_models import DECISIONS, QUOTED_KINDS

__all__ = ["DOCUMENTS", "Certificate", "PrintedQuotation"]


def _amount() -> SchemaNode:
    return SchemaNode(PrintedAmount(), missing=None)


class Verbatim(Strict):
    """A text of ours of which no sign is left out or put in: what is attached, and what somebody will copy."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str:
            raise Refused("Must be text")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string"}


class OfferedLine(Line):
    kind = SchemaNode(OneOf(QUOTED_KINDS))
    insurance_percent = SchemaNode(Percent(), missing=None)
    origin = SchemaNode(OneOf(("declined_before",)), missing=None, description="Why it is offered")
    decision = SchemaNode(OneOf(DECISIONS), missing=None)


class PrintedQuotation(Printout):
    state = SchemaNode(OneOf(("draft", "expired", "superseded")), missing=None, description="Stands across the sheet")
    valid_until = SchemaNode(Day(), missing=None)
    job_number = SchemaNode(Code(), missing=None)
    amends_number = SchemaNode(Code(), missing=None)
    prices = SchemaNode(OneOf(("with_tax",)), missing=None, description="What amounts of lines are")
    customer = Party()
    vehicle = Vehicle(missing=None)
    lines = list_of(OfferedLine(), max=MOST_LINES)
    tax_lines = list_of(TaxLine(), max=50, missing=())
    totals = Totals()
    approved = _amount()
    declined = _amount()


class DecidedLine(Line):
    decision = SchemaNode(OneOf(DECISIONS))


class Certificate(Printout):
    document_number = SchemaNode(Code())
    decided_at = SchemaNode(Instant())
    name = SchemaNode(Printed(), description="Who decided")
    channel = SchemaNode(OneOf(CHANNELS))
    recorded_by = SchemaNode(Printed(), missing=None)
    address = SchemaNode(Code(), missing=None, description="From which it was written down")
    job_number = SchemaNode(Code())
    customer = Party()
    vehicle = Vehicle(missing=None)
    lines = list_of(DecidedLine(), max=4_000)  # a job has no most, and all of it may be approved by word
    approved = _amount()
    declined = _amount()
    content_hash = SchemaNode(Verbatim())
    content = SchemaNode(Verbatim(), description="The text of which that is the SHA-256; attached to the PDF")


_PARTIES = Section("parties", "Customer and vehicle", required=True)
_LINES = Section("lines", "Lines", required=True)
_NOTES, _TERMS = Section("notes", "Notes"), Section("terms", "Terms")
_OFFER = (
    _PARTIES,
    _LINES,
    Section("totals", "Totals and taxes", required=True),
    _NOTES,
    _TERMS,
    Section("link", "QR code"),
    Section("signatures", "Signatures"),
)
_FOLDER = "documents"

DOCUMENTS = (
    *(
        Document(
            name,
            name.capitalize(),
            template=f"{_FOLDER}/quotation.typ",
            sample=f"{_FOLDER}/{name}.sample.json",
            labels=f"{_FOLDER}/labels",
            schema=PrintedQuotation,
            sections=_OFFER,
        )
        for name in ("quotation", "amendment")
    ),
    Document(
        "approval_certificate",
        "Approval certificate",
        template=f"{_FOLDER}/approval_certificate.typ",
        sample=f"{_FOLDER}/approval_certificate.sample.json",
        labels=f"{_FOLDER}/labels",
        schema=Certificate,
        sections=(
            _PARTIES,
            Section("decision", "Who decided, how, and when", required=True),
            _LINES,
            _NOTES,
            Section("evidence", "How to check it", required=True),
            _TERMS,
        ),
    ),
)
