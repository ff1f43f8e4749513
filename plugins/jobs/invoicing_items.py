"""What the invoices of a job say: every line as it was approved, or each payer's share of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.documents.writing import Hand
from jemeti_platform.money import Currency
from plugins.billing.contract import InvoiceItem, Priced, PricedLine, Tax, split_insurance, summed

__all__ = ["Document", "Documents", "documents"]

_NONE = Decimal(0)
_SHARES = {
    "en": {"customer": "Share of the customer in {whole}", "insurance": "Share of the insurance in {whole}"},
    "bn": {"customer": "{whole}-এর মধ্যে গ্রাহকের অংশ", "insurance": "{whole}-এর মধ্যে বিমার অংশ"},
    "de": {"customer": "Anteil des Kunden an {whole}", "insurance": "Anteil der Versicherung an {whole}"},
    "ar": {"customer": "حصة العميل من {whole}", "insurance": "حصة التأمين من {whole}"},
}
"""What stands below a line of which somebody else pays the rest, by the languages of documents."""


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice to be: ``payer`` is ``customer`` or ``insurance``."""

    payer: str
    items: list[InvoiceItem]
    priced: Priced


class Documents(NamedTuple):
    """What is invoiced at once, with what the insurance covers of it, and what it is invoiced."""

    documents: list[Document]
    covered: Decimal
    insured: Decimal


def documents(
    currency: Currency, hand: Hand, job: Row, rows: Sequence[Row], taxes: Sequence[Tax], priced: Priced, before: Row
) -> Documents:
    """The invoices of these lines. ``before`` is what is ``covered`` and ``insured`` of the job already.

    ``hand`` writes what a share is a share of: it is part of what the invoice says for ever.

    Of the deductible and of the limit there is left what was not used up before, so that however a job is invoiced, in
    one or in many, the insurer pays the same.
    """
    if job["payer_type"] != "insurance":
        whole = Document("customer", [_item(row, tax) for row, tax in zip(rows, taxes, strict=True)], priced)
        return Documents([whole], _NONE, _NONE)
    percents = [row["insurance_percent"] or _NONE for row in rows]
    covered = split_insurance(priced, taxes, percents, currency).insurer.totals.total
    limit = job["pre_auth_limit"]
    split = split_insurance(
        priced,
        taxes,
        percents,
        currency,
        limit=None if limit is None else max(currency.zero, limit - before["insured"]),
        deductible=max(currency.zero, (job["deductible"] or _NONE) - before["covered"]),
    )
    shares = (("customer", split.customer, split.insurer), ("insurance", split.insurer, split.customer))
    found = [_shared(currency, hand, payer, rows, taxes, own, other) for payer, own, other in shares]
    kept = [document for document in found if document.items and document.priced.totals.total]
    # a job of nothing is the customer's
    return Documents(kept or found[:1], covered, split.insurer.totals.total)


def _shared(
    currency: Currency, hand: Hand, payer: str, rows: Sequence[Row], taxes: Sequence[Tax], own: Priced, other: Priced
) -> Document:
    """The invoice of one payer: of each line that is shared its part, said in words; what is all the other's not."""
    items: list[InvoiceItem] = []
    lines: list[PricedLine] = []
    taxed: list[Tax] = []
    for row, tax, line, rest in zip(rows, taxes, own.lines, other.lines, strict=True):
        if not line.total and (rest.total or payer == "insurance"):
            continue
        items.append(_part(row, tax, line, payer, hand) if rest.total else _item(row, tax))
        lines.append(line)
        taxed.append(tax)
    return Document(payer, items, summed(currency, taxed, lines))


def _item(row: Row, tax: Tax, **over: Any) -> InvoiceItem:
    said = {
        "quantity": row["quantity"],
        "unit_price": row["unit_price"],
        "detail": row["detail"],
        **over,
    }
    return InvoiceItem(
        row["description"], kind=row["kind"], source_line_id=UUID(str(row["id"])), tax_rate_id=tax.id, **said
    )


def _part(row: Row, tax: Tax, line: PricedLine, payer: str, hand: Hand) -> InvoiceItem:
    """One, at the price of the share: what the whole is stands beside it."""
    whole = hand.code(f"{hand.number(row['quantity'])} × {hand.amount(row['unit_price'])}")
    words = [row["detail"], _SHARES[hand.language][payer].format(whole=whole)]
    detail = "; ".join(word for word in words if word)
    return _item(row, tax, quantity=Decimal(1), unit_price=line.amount, detail=detail)
