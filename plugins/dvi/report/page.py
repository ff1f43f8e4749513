"""The report as a web page for a phone: worst first, in the workspace's colour, light or dark as the reader has it.

Everything that people have typed is escaped; the page has no scripts, and loads nothing but its own photos.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import dot, footer, header, page, picture
from jemeti_platform.documents.writing import hand_of
from jemeti_platform.files import stored
from jemeti_platform.work import Work

from ..grading import BELOW_GOOD, GRADES
from .drawing import annotation, damage_svg
from .reading import Report
from .telling import Teller
from .trend import trend_svg
from .words import words_of

__all__ = ["report_page"]

_STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
_SHOWN = 1280
"""The thumbnail that is shown: sharp on a phone, and a tenth of what a camera makes."""
_OF_TREND = {name: f"var(--{name})" for name in ("ink", "faint", *GRADES)} | {
    "limit": "var(--critical)",
    "ground": "var(--card)",
}
_OF_PAGE = {
    name: f"var(--{name})" for name in ("line", "body", "glass")
} | {"mark": "var(--critical)", "on_mark": "var(--card)"}  # fmt: skip


def report_page(work: Work, report: Report, *, seen: str = "") -> Response:
    """The page of an inspection; ``seen`` is the address of the picture by which it tells that somebody looks."""
    return _Page(work, report, seen).response()


class _Page:
    def __init__(self, work: Work, report: Report, seen: str) -> None:
        self.work, self.report, self.seen = work, report, seen
        self.workspace: Mapping[str, Any] = work.workspace
        self.language, self.words = words_of(str(self.workspace["locale"]))
        hand = hand_of(self.workspace, str(self.workspace["locale"]), None)
        self.hand, self.tell = hand, Teller(hand, self.words)
        self.origins: set[str] = set()

    def response(self) -> Response:
        head = self.report.head
        title = f"{self.words['report']} {head['number']}"
        mark = dot(self.seen) if self.seen else ""
        body = "".join((self._header(), "<main>", *self._sections(), "</main>", footer(self.workspace), mark))
        return page(self.workspace, self.language, title, body, style=_STYLE, origins=self.origins)

    def _header(self) -> str:
        head = self.report.head
        vehicle = " ".join(str(head[name]) for name in ("make", "model", "year", "colour") if head[name])
        name = head["plate"] or head["vin"]
        return header(self.work, self.report.logo, name, vehicle, self.origins)

    def _sections(self) -> list[str]:
        made = [self._facts()]
        if self.report.head["note"]:
            made.append(f"<section><h2>{self.words['remarks']}</h2><p>{_lines(self.report.head['note'])}</p></section>")
        bad = [item for item in self.report.items if item["condition"] in BELOW_GOOD]
        bad.sort(key=lambda item: -GRADES.index(item["condition"]))  # stable: of equals in the order of the template
        listed = "".join(self._item(item, urgent=True) for item in bad) or f"<p>{self.words['all_good']}</p>"
        if bad or self.report.head["status"] in ("completed", "shared"):
            made.append(f"<section><h2>{self.words['attention']}</h2>{listed}{self._call()}</section>")
        made.append(f"<section><h2>{self.words['everything']}</h2>{self._everything()}</section>")
        return made

    def _facts(self) -> str:
        head, words = self.report.head, self.words
        at = head["completed_at"] or head["created_at"]
        day = self.hand.day(at.astimezone(self.work.timezone).date())
        facts = [(words["report"], head["number"]), (words["date"], day)]
        if head["odometer"] is not None:
            facts.append((words["odometer"], f"{self.hand.number(Decimal(head['odometer']))} {words['km']}"))
        if head["vin"]:
            facts.append((words["vin"], head["vin"]))
        if head["template_name"]:
            facts.insert(0, ("", head["template_name"]))
        rows = "".join(f"<dt>{escape(name)}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in facts if name)
        title = escape(head["template_name"] or words["report"])
        notice = "" if head["completed_at"] else f'<section class="notice">{words["unfinished"]}</section>'
        return f"{notice}<section><h2>{title}</h2><dl>{rows}</dl>{self._counts()}</section>"

    def _counts(self) -> str:
        cells = "".join(
            f'<li class="{grade}"><b>{count}</b>{self.words[grade]}</li>'
            for grade, count in self.tell.counts(self.report.items)
        )
        return f'<ul class="counts">{cells}</ul>'

    def _everything(self) -> str:
        """Section by section; folded up where there is nothing to be seen but that all is good."""
        made = []
        for section, several in groupby(self.report.items, lambda item: item["section"]):
            items = list(several)
            opened = "" if all(self._is_plain(item) for item in items) else " open"
            counted = " ".join(
                f'<span class="{grade}">{count} {self.words[grade]}</span>'
                for grade, count in self.tell.counts(items)
                if any(item["condition"] == grade for item in items)
            )
            listed = "".join(self._item(item, urgent=False) for item in items)
            made.append(
                f"<details{opened}><summary><h3>{escape(section)}</h3><small>{counted}</small></summary>{listed}</details>"
            )
        return "".join(made)

    def _is_plain(self, item: Mapping[str, Any]) -> bool:
        seen = item["marks"] or item["answer"] or item["note_customer"] or item["id"] in self.report.photos
        return item["condition"] in ("good", "not_applicable") and not seen

    def _item(self, item: Mapping[str, Any], *, urgent: bool) -> str:
        # what needs attention is shown in full at the top, and in the list of everything by its line
        whole = urgent or item["condition"] not in BELOW_GOOD
        value = self.tell.value(item)
        condition, trend = item["condition"], self.report.trends.get(item["id"])
        words = [value] if value else []
        if condition or not (value or item["id"] in self.report.photos):
            words.append(self.words[condition or "open"])
        shown = " · ".join(f"<bdi>{escape(word)}</bdi>" for word in words)
        state = condition if condition in GRADES else "none"
        title = f"<span>{escape(item['title'])}</span>"
        parts = [f'<div class="top">{title}<span class="state {state}">{shown}</span></div>']
        if urgent and item["limits"]:
            parts.append(f'<p class="small">{self.words["limit"]}: {escape(self.tell.limit(item))}</p>')
        if urgent and item["advice"]:
            parts.append(f'<p class="advice"><span>{self.words["recommended"]}:</span> {escape(item["advice"])}</p>')
        if whole and item["answer"]:
            parts.append(f"<p>{_lines(item['answer'])}</p>")
        if whole and item["note_customer"]:
            parts.append(f"<p>{_lines(item['note_customer'])}</p>")
        if urgent and trend:
            parts.append(f'<div class="trend">{trend_svg(trend, self.hand, self.words["trend"], _OF_TREND)}</div>')
        if whole and (expected := self.tell.expected(item, trend)):
            parts.append(f'<p class="small">{escape(expected)}</p>')
        if whole and item["marks"]:
            parts.append(self._map(item["marks"]))
        if whole and (photos := self.report.photos.get(item["id"])):
            parts.append(f'<div class="photos">{"".join(self._photo(photo) for photo in photos)}</div>')
        return f'<div class="item{" urgent" if urgent else ""}">{"".join(parts)}</div>'

    def _call(self) -> str:
        phone = self.workspace.get("phone")
        if not phone:
            return ""
        number = "".join(sign for sign in str(phone) if sign in "+0123456789")
        return f'<a class="call" href="tel:{number}">{self.words["call"]} <bdi dir="ltr">{escape(str(phone))}</bdi></a>'

    def _map(self, marks: list[Mapping[str, Any]]) -> str:
        drawing = damage_svg(marks, self.words["damage_map"], self.hand.number, _OF_PAGE)
        listed = "".join(
            f"<li><b>{self.hand.number(n)}</b> {escape(said)}</li>" for n, said in enumerate(self.tell.damage(marks), 1)
        )
        return f'<div class="map">{drawing}<ol>{listed}</ol></div>'

    def _photo(self, photo: Mapping[str, Any]) -> str:
        kept = stored(self.work, photo, _SHOWN)
        address = picture(self.work, kept.key, self.origins, media_type=kept.media_type, name=photo["name"])
        width, height = photo["width"], photo["height"]
        caption = f"<figcaption>{escape(photo['caption'])}</figcaption>" if photo["caption"] else ""
        said = escape(photo["caption"] or "", quote=True)
        image = f'<img src="{address}" width="{width}" height="{height}" alt="{said}">'
        drawn = "".join(annotation(one, width, height) for one in photo["annotations"])
        over = f'<svg viewBox="0 0 {width} {height}" direction="ltr" aria-hidden="true">{drawn}</svg>' if drawn else ""
        return f'<figure><a class="photo" href="{address}">{image}{over}</a>{caption}</figure>'


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))
