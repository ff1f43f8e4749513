"""The report on paper: what the document is given, and how an inspection becomes that."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from colander import SchemaNode

from jemeti_platform.documents import issue, render
from jemeti_platform.documents.printed import Code, Printed
from jemeti_platform.documents.schemas import Party, Printout, Vehicle
from jemeti_platform.documents.writing import hand_of
from jemeti_platform.errors import PlatformError
from jemeti_platform.files import read_stored, stored
from jemeti_platform.rest.schema import Mapping as Schema
from jemeti_platform.rest.schema import list_of
from jemeti_platform.types import Context, OneOf, Refused, Strict
from jemeti_platform.work import Work

from .. import sharing
from ..grading import BELOW_GOOD, CONDITIONS, GRADES
from .drawing import annotation, damage_svg
from .reading import Report, read_report
from .telling import Teller
from .trend import trend_svg
from .words import words_of

__all__ = ["TYPE", "InspectionReport", "issue_report", "unfinished"]

TYPE = "inspection_report"

_SMALL = 320
"""The thumbnail that is printed: three beside each other on a sheet."""


class Drawing(Strict):
    """A picture of ours as SVG; what people have typed never gets into one unescaped."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or not value.startswith("<svg "):
            raise Refused("Must be a drawing")
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string"}


def _text() -> SchemaNode:
    return SchemaNode(Printed(), missing=None)


class Count(Schema):
    condition = SchemaNode(OneOf(GRADES))
    count = SchemaNode(Code())


class PrintedPhoto(Schema):
    picture = SchemaNode(Drawing())
    caption = _text()


class Finding(Schema):
    title = SchemaNode(Printed())
    value = SchemaNode(Code(), missing=None)
    condition = SchemaNode(OneOf(CONDITIONS), missing=None)
    advice = _text()
    answer = _text()
    note = _text()
    limit = SchemaNode(Code(), missing=None)
    trend = SchemaNode(Drawing(), missing=None)
    expected = _text()
    damage_map = SchemaNode(Drawing(), missing=None)
    damages = list_of(Printed(), max=60, missing=())
    photos = list_of(PrintedPhoto(), max=200, missing=())


class PrintedSection(Schema):
    title = SchemaNode(Printed())
    items = list_of(Finding(), max=4_000)


class InspectionReport(Printout):
    template = _text()
    unfinished = _text()
    customer = Party()
    vehicle = Vehicle()
    counts = list_of(Count(), max=len(GRADES), missing=())
    attention = list_of(Finding(), max=4_000, missing=())
    everything = list_of(PrintedSection(), max=100, missing=())


def issue_report(work: Work, identity: UUID) -> None:
    """Issue the report of an inspection that has just been completed: those bytes are the report from now on."""
    report = read_report(work, identity)
    data = _printed(work, report, sharing.address(work, report.head["share_token"]))
    issue(work, TYPE, data, number=report.head["number"], subject_type="dvi.inspection", subject_id=identity)


def unfinished(work: Work, identity: UUID) -> bytes:
    """The PDF of an inspection as far as it is, not kept. Raises NotFound."""
    report = read_report(work, identity)
    return render(work, TYPE, _printed(work, report, None), number=report.head["number"])


def _printed(work: Work, report: Report, link: str | None) -> dict[str, Any]:
    """The data of the document: what needs attention in full, the worst first; everything else by its line."""
    head, tell = report.head, _teller(work)
    at = head["completed_at"] or head["created_at"]
    bad = [item for item in report.items if item["condition"] in BELOW_GOOD]
    bad.sort(key=lambda item: -GRADES.index(item["condition"]))
    sections: dict[str, list[dict[str, Any]]] = {}
    for item in report.items:
        whole = item["condition"] not in BELOW_GOOD
        sections.setdefault(item["section"], []).append(_finding(work, report, item, whole=whole))
    return {
        "date": at.astimezone(work.timezone).date(),
        "template": head["template_name"],
        "unfinished": None if head["completed_at"] else tell.words["unfinished"],
        "customer": {"name": head["customer"]},
        "vehicle": {
            "plate": head["plate"],
            "vin": head["vin"],
            "description": " ".join(str(head[name]) for name in ("make", "model", "year", "colour") if head[name]),
            "odometer": head["odometer"],
        },
        "counts": [{"condition": grade, "count": count} for grade, count in tell.counts(report.items)],
        "attention": [_finding(work, report, item, whole=True) for item in bad],
        "everything": [{"title": title, "items": items} for title, items in sections.items()],
        "notes": head["note"],
        "link": link,
    }


def _finding(work: Work, report: Report, item: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    tell, trend = _teller(work), report.trends.get(item["id"])
    found = {"title": item["title"], "value": tell.value(item) or None, "condition": item["condition"]}
    if not whole:
        return found
    marks = item["marks"] or []
    below = item["condition"] in BELOW_GOOD
    drawn = trend_svg(trend, tell.hand, tell.words["trend"]) if below and trend else None
    return found | {
        "advice": item["advice"] if below else None,
        "answer": item["answer"],
        "note": item["note_customer"],
        "limit": (tell.limit(item) or None) if below else None,
        "trend": drawn,
        "expected": tell.expected(item, trend) or None,
        "damage_map": damage_svg(marks, tell.words["damage_map"], tell.hand.number) if marks else None,
        "damages": tell.damage(marks),
        "photos": [picture for photo in report.photos.get(item["id"], ()) if (picture := _photo(work, photo))],
    }


def _teller(work: Work) -> Teller:
    locale = str(work.workspace["locale"])
    return Teller(hand_of(work.workspace, locale, None), words_of(locale)[1])


def _photo(work: Work, photo: Mapping[str, Any]) -> dict[str, Any] | None:
    """A photo as an SVG around its small version; None where the store has it no more."""
    small = stored(work, photo, _SMALL)
    try:
        content = read_stored(work, small)
    except (FileNotFoundError, PlatformError):
        return None
    width, height = photo["width"], photo["height"]
    pixels = base64.b64encode(content).decode()
    drawn = "".join(annotation(one, width, height) for one in photo["annotations"])
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{small.media_type};base64,{pixels}"/>{drawn}</svg>'
    )
    return {"picture": picture, "caption": photo["caption"]}
