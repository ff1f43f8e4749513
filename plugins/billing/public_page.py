"""An invoice, credit note or receipt as a web page for a phone: what is to be paid first, then what for, then the PDF.

Everything that people have typed is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import footer, header, page
from jemeti_platform.documents.writing import hand_of
from jemeti_platform.work import Work

from .printing import named_tax
from .public_reading import Shown
from .public_words import words_of

__all__ = ["show"]

_STYLE = Path(__file__).with_name("public_page.css").read_text(encoding="utf-8")


def show(work: Work, shown: Shown, path: str) -> Response:
    """The page of a document; its PDF lies below ``path``, the page's own."""
    return _Page(work, shown, path).response()


class _Page:
    def __init__(self, work: Work, shown: Shown, path: str) -> None:
        self.work, self.shown, self.head, self.path = work, shown, shown.head, path
        locale = str(work.workspace["locale"])
        self.language, self.words = words_of(locale)
        self.hand = hand_of(work.workspace, locale, self.head["currency"])

    def response(self) -> Response:
        title = f"{self.words[self.shown.subject]} {self.head['number']}"
        under = (self.head.get("payer") or {}).get("name") or self.head.get("payer_name") or ""
        origins: set[str] = set()
        top = header(self.work, self.shown.logo, title, under, origins)
        parts = {"invoice": self._invoice, "credit_note": self._credit_note, "payment": self._receipt}
        body = f"{top}<main>{''.join(parts[self.shown.subject]())}{self._button()}</main>{footer(self.work.workspace)}"
        return page(self.work.workspace, self.language, title, body, style=_STYLE, origins=origins)

    # -- the three documents --------------------------------------------------------------------

    def _invoice(self) -> Iterator[str]:
        head, words = self.head, self.words
        state, grade = self._state()
        owed = head["balance"] if state != "cancelled" else Decimal(0)
        due = "" if grade in ("good", "none") else f"<p>{words['due']}: {self._day(head['due_on'])}</p>"
        name = words["to_pay"] if owed else words["total"]
        amount = self.hand.money(owed or head["total"])
        yield (
            f'<section class="sum"><p>{name}</p><p class="amount">{_text(amount)}</p>'
            f'<p class="state {grade}">{words[state]}</p>{due}</section>'
        )
        job = "job" if head["source_type"] == "jobs.job" else "order"
        yield self._facts(
            ("date", self._day(head["issued_on"])),
            (job, head["source_number"]),
            ("reference", head["reference"]),
            *self._vehicle(),
        )
        yield self._lines()
        yield self._totals("subtotal", "discount", "taxable")
        yield self._settled("settled_by")
        if head["notes"]:
            yield f"<section><h2>{words['notes']}</h2><p>{_lines(head['notes'])}</p></section>"

    def _credit_note(self) -> Iterator[str]:
        head, words = self.head, self.words
        yield (
            f'<section class="sum"><p>{words["credited"]}</p><p class="amount">{_text(self.hand.money(head["total"]))}'
            f"</p><p>{_lines(head['reason'])}</p></section>"
        )
        yield self._facts(
            ("date", self._day(head["issued_on"])), ("of_invoice", head["invoice_number"]), *self._vehicle()
        )
        yield self._lines()
        yield self._totals("taxable")

    def _receipt(self) -> Iterator[str]:
        head, words = self.head, self.words
        yield (
            f'<section class="sum"><p>{words["received"]}</p><p class="amount">{_text(self.hand.money(head["amount"]))}'
            f'</p><p class="state good">{words["thanks"]}</p></section>'
        )
        credit, refunded = (self.hand.money(head[name]) if head[name] else None for name in ("credit", "refunded"))
        yield self._facts(
            ("date", self._day(head["date"])),
            ("method", head["account"]),
            ("reference", head["reference"]),
            ("credit", credit),
            ("refunded", refunded),
        )
        yield self._settled("settles")

    # -- parts ----------------------------------------------------------------------------------

    def _state(self) -> tuple[str, str]:
        """The word for how far an invoice is paid, and the colour of it."""
        settlement = self.head["settlement"]
        if settlement == "cancelled":
            return "cancelled", "none"
        if settlement == "paid":
            return "paid", "good"
        if self.head["late"]:
            return "overdue", "critical"
        return ("partial" if settlement == "partial" else "open"), "fair"

    def _facts(self, *facts: tuple[str, str | None]) -> str:
        rows = "".join(f"<dt>{self.words[name]}</dt><dd>{_text(value)}</dd>" for name, value in facts if value)
        return f"<section><dl>{rows}</dl></section>"

    def _vehicle(self) -> Iterator[tuple[str, str | None]]:
        vehicle: Mapping[str, Any] = self.head["vehicle"] or {}
        yield "vehicle", vehicle.get("plate")
        yield "model", vehicle.get("description")
        if vehicle.get("odometer") is not None:
            yield "odometer", f"{self.hand.number(Decimal(vehicle['odometer']))} {self.words['km']}"

    def _lines(self) -> str:
        with_tax = self.head["prices_include_tax"]
        made = "".join(self._line(row, row["total"] if with_tax else row["taxable"]) for row in self.shown.lines)
        return f"<section><h2>{self.words['lines']}</h2>{made}</section>"

    def _line(self, row: Mapping[str, Any], amount: Decimal) -> str:
        counted = "" if row["quantity"] is None else f"{self.hand.number(row['quantity'])} {row['unit'] or ''}".strip()
        if counted and row["unit_price"] is not None:
            counted += f" × {self.hand.amount(row['unit_price'])}"
        small = "".join(f'<p class="small">{_lines(text)}</p>' for text in (row["detail"], counted) if text)
        top = f"<span>{_lines(row['description'])}</span><span class=money>{_text(self.hand.amount(amount))}</span>"
        return f'<div class="item"><div class="top">{top}</div>{small}</div>'

    def _totals(self, *names: str) -> str:
        head = self.head
        rows = [
            (self.words[name], -head[name] if name == "discount" else head[name])
            for name in names
            if head[name] and not (name == "taxable" and (not head["tax"] or head.get("subtotal") == head["taxable"]))
        ]
        for tax in head["tax_lines"]:
            if Decimal(tax["tax"]):
                name = f"{named_tax(tax) or self.words['tax']} {self.hand.percent(Decimal(tax['rate']))}"
                rows.append((name, Decimal(tax["tax"])))
        rows.append((self.words["total"], head["total"]))
        rows += [(self.words[f"minus_{name}"], -head[name]) for name in ("paid", "credited") if head.get(name)]
        if head.get("paid") or head.get("credited"):
            rows.append((self.words["to_pay"], head["balance"]))
        made = "".join(f"<dt>{_text(name)}</dt><dd>{_text(self.hand.money(amount))}</dd>" for name, amount in rows)
        return f'<section class="totals"><dl>{made}</dl></section>'

    def _settled(self, title: str) -> str:
        if not self.shown.settled:
            return ""
        made = "".join(
            f'<div class="item"><div class="top"><span>{self.words[row["type"]]} {_text(row["number"])}</span>'
            f"<span class=money>{_text(self.hand.amount(row['amount']))}</span></div>"
            f'<p class="small">{self._day(row["date"])}</p></div>'
            for row in self.shown.settled
        )
        return f"<section><h2>{self.words[title]}</h2>{made}</section>"

    def _button(self) -> str:
        return f'<a class="button" href="{escape(self.path, quote=True)}/pdf">{self.words["pdf"]}</a>'

    def _day(self, day: Any) -> str:
        return self.hand.day(day)


def _text(text: str) -> str:
    return f"<bdi>{escape(text)}</bdi>"


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))
