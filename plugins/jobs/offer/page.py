"""The page of a quotation for a phone. It is for reading: deciding is for the staff, and for the customer's portal.

Everything that people have typed is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import call, dot, footer, header, page
from jemeti_platform.documents.writing import Hand, hand_of
from jemeti_platform.work import Work

from .printout import sum_of
from .reading import Offer, tax_name, vehicle_of
from .sharing import address
from .words import words_of

__all__ = ["gone", "offer_page"]

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_SHADES = {
    "approved": "good",
    "declined": "poor",
    "rejected": "poor",
    "partially_approved": "fair",
    "sent": "fair",
    "over": "none",
}


def gone(offer: Offer) -> bool:
    """Whether the link shows the offer no more: it has expired, or a later revision has taken its place."""
    return offer.state is not None


def offer_page(work: Work, offer: Offer, path: str, *, seen: str) -> Response:
    """The page of a quotation that was sent, at the ``path`` that was asked for; 410 where the offer is gone.

    ``seen`` is the address of the picture by which it tells that somebody looks.
    """
    return _Page(work, offer, path, seen).response()


class _Page:
    def __init__(self, work: Work, offer: Offer, path: str, seen: str) -> None:
        self.work, self.offer, self.path, self.seen = work, offer, path, seen
        self.language, self.words = words_of(str(work.workspace["locale"]))
        self.hand: Hand = hand_of(work.workspace, str(work.workspace["locale"]), offer.head["currency"])

    def response(self) -> Response:
        origins: set[str] = set()
        head = self.offer.head
        title = f"{self.words[head['kind']]} {self.offer.reference}"
        vehicle = vehicle_of(head) or {}
        name = vehicle.get("plate") or vehicle.get("vin") or title
        top = header(self.work, self.offer.logo, name, vehicle.get("description") or "", origins)
        sections = [self._farewell()] if gone(self.offer) else self._sections()
        body = f"{top}<main>{''.join(sections)}</main>{footer(self.work.workspace)}{dot(self.seen)}"
        status = 410 if gone(self.offer) else 200
        return page(self.work.workspace, self.language, title, body, style=_STYLE, origins=origins, status=status)

    def _farewell(self) -> str:
        """In place of an offer that is gone: why, and what to do now."""
        head, words = self.offer.head, self.words
        title = words[str(self.offer.state)]
        if head["status"] != "superseded":
            said, there = self._until("expired_words"), ""
        elif head["successor"]:
            to = escape(address(self.work, head["successor"]), quote=True)
            said, there = words["successor_words"], f'<a class="button" href="{to}">{words["successor"]}</a>'
        else:
            title, said, there = words["coming"], words["coming_words"], ""
        number = f'<p class="small"><bdi>{escape(self.offer.reference)}</bdi></p>'
        return f"<section><h2>{title}</h2><p>{said}</p>{number}</section>{there}{self._call()}"

    def _sections(self) -> list[str]:
        head, words = self.offer.head, self.words
        made = [self._sum()]
        if head["is_closed"]:
            made.append(f'<section class="notice">{self._until("closed_words")}</section>')
        made.append(f"<section><h2>{words['lines']}</h2>{''.join(map(self._line, self.offer.lines))}</section>")
        made.append(self._totals())
        if head["note"]:
            made.append(f"<section><h2>{words['remarks']}</h2><p>{_lines(head['note'])}</p></section>")
        made.append(f'<a class="button" href="{escape(self.path, quote=True)}/pdf">{words["pdf"]}</a>')
        if head["status"] in ("sent", "partially_approved") and not head["is_over"]:
            made.append(f"<section><p>{words['how']}</p></section>{self._call()}")
        return made

    def _sum(self) -> str:
        head, words = self.offer.head, self.words
        status = "over" if head["is_over"] and head["status"] == "sent" else head["status"]
        facts = [(words["number"], self.offer.reference)]
        if head["amends_number"]:
            facts.append((words["amends"], f"{head['amends_number']} r{head['amends_revision']}"))
        facts.append((words["date"], self.hand.day(head["sent_at"].astimezone(self.work.timezone).date())))
        facts.append((words["valid_until"], self.hand.day(head["valid_until"])))
        facts.append((words["for"], head["name"]))
        rows = "".join(f"<dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in facts)
        return (
            f'<section class="sum"><p>{words[head["kind"]]}</p><p class="amount">{self._money(head["total"])}</p>'
            f'<p class="state {_SHADES[status]}">{words[status]}</p><dl class="facts">{rows}</dl></section>'
        )

    def _line(self, line: Mapping[str, Any]) -> str:
        words = self.words
        amount = line["total"] if self.offer.head["prices_include_tax"] else line["taxable"]
        price = f"{self.hand.number(line['quantity'])} × {self.hand.amount(line['unit_price'])}"
        small = [price]
        if line["discount"]:
            small.append(f"− {self.hand.amount(line['discount'])}")
        if line["tax_rate"]:
            small.append(f"{words['tax']} {self.hand.percent(line['tax_rate'])}")
        what, much = escape(line["description"]), self._money(amount)
        parts = [
            f'<div class="top"><span>{what}</span><span class="money">{much}</span></div>',
            f'<p class="small"><bdi>{escape(" · ".join(small))}</bdi></p>',
        ]
        if line["note"]:
            parts.append(f"<p>{_lines(line['note'])}</p>")
        if line["declined_work_id"] is not None:
            parts.append(f'<p class="small">{words["before"]}</p>')
        if line["insurance_percent"]:
            share = escape(self.hand.percent(line["insurance_percent"]))
            parts.append(f'<p class="small">{words["insurance"]}: <bdi>{share}</bdi></p>')
        decision = line["decision"]
        if decision or self.offer.is_decided_on:
            shade = _SHADES.get(decision, "none")
            parts.append(f'<span class="state {shade}">{words[decision or "open"]}</span>')
        return f'<div class="item{" declined" if decision == "declined" else ""}">{"".join(parts)}</div>'

    def _totals(self) -> str:
        head, words = self.offer.head, self.words
        rows = [(words["subtotal"], self._money(head["subtotal"]), "")]
        if head["discount"]:
            rows.append((words["discount"], f"− {self._money(head['discount'])}", ""))
        for one in head["tax_lines"]:
            name = escape(f"{tax_name(one['name']) or words['tax']} {self.hand.percent(Decimal(one['rate']))}")
            rows.append((f"<bdi>{name}</bdi>", self._money(Decimal(one["tax"])), ""))
        rows.append((words["total"], self._money(head["total"]), "last"))
        if self.offer.is_decided_on:
            rows.append((words["approved_sum"], self._money(sum_of(self.offer.lines, "approved")), ""))
        shown = "".join(
            f'<dt class="{mark}">{name}</dt><dd class="{mark}">{amount}</dd>' for name, amount, mark in rows
        )
        note = f'<p class="small">{words["with_tax"]}</p>' if head["prices_include_tax"] else ""
        return f'<section class="totals"><dl>{shown}</dl>{note}</section>'

    def _call(self) -> str:
        return call(self.work.workspace, self.words["call"])

    def _until(self, said: str) -> str:
        return self.words[said].format(day=f"<bdi>{escape(self.hand.day(self.offer.head['valid_until']))}</bdi>")

    def _money(self, value: Decimal) -> str:
        return f"<bdi>{escape(self.hand.money(value))}</bdi>"


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))
