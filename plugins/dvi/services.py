"""What has a verb in its name or looks back: answering, photographing, recommending, series."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import GIF, HTML, LINK, dot_response, enter_by
from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import PDF, issued_pdf, pdf_response
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import ALWAYS, PUBLIC, Service

from . import answers, inspection_templates, looking, photos, promoting, resending, sharing, viewing
from .report import printout
from .report.page import report_page
from .report.reading import read_report, read_shared
from .resources import INSPECTIONS, TEMPLATES
from .schemas import (
    ITEM,
    PROMOTED,
    RECOMMENDATION,
    SERIES,
    AnswersSchema,
    CloneSchema,
    PhotoChange,
    PhotoSchema,
    PromoteSchema,
    SeriesQuery,
)

__all__ = ["ALL"]

_PATH = "/jobs/dvi-inspections"

series = Service("dvi.series", f"{_PATH}/series", "jobs.dvi", "A measured value over the years", tag="dvi.inspections")
items = Service("dvi.items", f"{_PATH}/{{id}}/items", "jobs.dvi", "What is looked at", tag="dvi.inspections")
answering = Service("dvi.answers", f"{_PATH}/{{id}}/answers", "jobs.dvi", "What was found", tag="dvi.inspections")
pictures = Service("dvi.photos", f"{_PATH}/{{id}}/photos", "jobs.dvi", "Photos of items", tag="dvi.inspections")
picture = Service(
    "dvi.photos.record", f"{_PATH}/{{id}}/photos/{{photo_id}}", "jobs.dvi", "One photo", tag="dvi.inspections"
)
advice = Service(
    "dvi.recommendations", f"{_PATH}/{{id}}/recommendations", "jobs.dvi", "What is advised", tag="dvi.inspections"
)
promotion = Service(
    "dvi.promote", f"{_PATH}/{{id}}/promote", "jobs.dvi", "From advice to a quotation", tag="dvi.inspections"
)
report = Service("dvi.report", f"{_PATH}/{{id}}/report", "jobs.dvi", "The report as a page", tag="dvi.inspections")
paper = Service(
    "dvi.report_pdf", f"{_PATH}/{{id}}/report.pdf", "jobs.dvi", "The report on paper", tag="dvi.inspections"
)
link = Service("dvi.link", f"{_PATH}/{{id}}/report-link", "jobs.dvi", "Where customers see it", tag="dvi.inspections")
again = Service("dvi.resend", f"{_PATH}/{{id}}/resend", "jobs.dvi", "Sending it once more", tag="dvi.inspections")
public = Service(
    "dvi.public_report", "/inspection-report/{token}", ALWAYS, "A shared report", prefix="", tag="dvi.inspections"
)

seen = Service(
    "dvi.seen_report", "/inspection-report/{token}/seen", ALWAYS, "That it was seen", prefix="", tag="dvi.inspections"
)
cloning = Service(
    "dvi.templates.clone", f"{_PATH}/templates/{{id}}/clone", "jobs.dvi", "A template of one's own", tag="dvi.templates"
)

ALL = (
    series,
    items,
    answering,
    pictures,
    picture,
    advice,
    promotion,
    report,
    paper,
    link,
    again,
    public,
    seen,
    cloning,
)

_ISSUED = Statement(
    "SELECT id FROM issued_documents WHERE subject_type = 'dvi.inspection' AND subject_id = %(id)s"
    " ORDER BY issued_at LIMIT 1"
)

READ, INSPECT, PROMOTE, SHARE = "jobs.dvi:read", "jobs.dvi:inspect", "jobs.dvi:promote", "jobs.dvi:share"


@series.get(permission=READ, query=SeriesQuery, answer=SERIES)
def show_series(request: Any) -> dict[str, Any]:
    """What was measured at one item of a vehicle, by odometer, and when it will reach its limit.

    The forecast is a straight line through the values since the part was renewed. Where they are too few, or do not
    wear, it says so.
    """
    query = request.query
    return looking.series(request.work, query["vehicle_id"], query["item"])


@items.get(permission=READ, query=PageQuery, answer=ITEM, many=True, errors=(404,))
def list_items(request: Any) -> Answer:
    """The items of this inspection in order, with photos and what was found at the vehicle's last visit."""
    return answer_of(request.query, looking.items(request.work, path_id(request), request.query))


@answering.post(permission=INSPECT, body=AnswersSchema, answer=INSPECTIONS.answer_schema, errors=(404, 409))
def answer_items(request: Any) -> Answer:
    """Write down what was found, at as many items as you like. What an answer leaves out stays as it is.

    The condition of a measured item follows from its limits.
    """
    identity = path_id(request)
    answers.answer(request.work, identity, request.validated["answers"])
    return INSPECTIONS.present(request.work, identity)


@pictures.post(permission=INSPECT, body=PhotoSchema, answer=INSPECTIONS.answer_schema, status=201, errors=(404, 409))
def add_photo(request: Any) -> Answer:
    """Add a picture to an item; it is in use from then on and cannot be deleted."""
    identity = path_id(request)
    photo = photos.add(request.work, identity, request.validated)
    answer = INSPECTIONS.present(request.work, identity)
    answer.status, answer.location = 201, f"/v1{_PATH}/{identity}/photos/{photo}"
    return answer


@picture.patch(permission=INSPECT, body=PhotoChange, patch=True, answer=INSPECTIONS.answer_schema, errors=(404, 409))
def change_photo(request: Any) -> Answer:
    """Change what stands beside a picture: its caption, who sees it, its annotations."""
    identity = path_id(request)
    photos.change(request.work, identity, path_id(request, "photo_id"), request.validated)
    return INSPECTIONS.present(request.work, identity)


@picture.delete(permission=INSPECT, status=204, errors=(404, 409))
def remove_photo(request: Any) -> None:
    """Take a picture out of the inspection; the file itself stays."""
    photos.remove(request.work, path_id(request), path_id(request, "photo_id"))


@advice.get(permission=READ, query=PageQuery, answer=RECOMMENDATION, many=True, errors=(404,))
def list_recommendations(request: Any) -> Answer:
    """What is recommended: one line for everything that was found below good, once the inspection is completed."""
    return answer_of(request.query, looking.recommendations(request.work, path_id(request), request.query))


@promotion.post(permission=PROMOTE, body=PromoteSchema, answer=PROMOTED, errors=(404, 409))
def promote_recommendations(request: Any) -> dict[str, Any]:
    """Put what is recommended into the job's quotation draft, a line for each; one is made if there is none.

    Each recommendation gets into a quotation once: asked again, nothing is added.
    """
    work, identity, wish = request.work, path_id(request), request.validated
    done = promoting.promote(work, identity, **wish)
    shown = looking.advised(work, identity, wish["item_ids"])
    return {"quotation_id": done.quotation_id, "added": done.added, "recommendations": shown}


@report.get(permission=READ, media_types=(HTML,), errors=(404,))
def show_report(request: Any) -> Response:
    """The report as the customer sees it, a web page; before the inspection is completed, as far as it is."""
    return report_page(request.work, read_report(request.work, path_id(request)))


@paper.get(permission=READ, media_types=(PDF,), errors=(404,))
def show_pdf(request: Any) -> Response:
    """The report as a PDF: as it was issued when the inspection was completed; before that as far as it is."""
    identity = path_id(request)
    (issued,) = request.work.read(_ISSUED(id=identity))
    if issued:
        return issued_pdf(request, issued[0]["id"])
    return pdf_response(printout.unfinished(request.work, identity), "inspection.pdf")


@link.get(permission=READ, answer=LINK, errors=(404,))
def show_link(request: Any) -> dict[str, Any]:
    """The public address of the report; null until the inspection is shared, and where it was revoked."""
    return sharing.LINKS.of(request.work, path_id(request))


@link.post(permission=SHARE, answer=LINK, errors=(404, 409))
def renew_link(request: Any) -> dict[str, Any]:
    """Make a new public address. The one before, and the QR codes with it, lead nowhere."""
    return sharing.LINKS.renew(request.work, path_id(request))


@link.delete(permission=SHARE, status=204, errors=(404, 409))
def revoke_link(request: Any) -> None:
    """Revoke the public address: whoever has it sees nothing any more."""
    sharing.LINKS.revoke(request.work, path_id(request))


@again.post(permission=SHARE, answer=INSPECTIONS.answer_schema, errors=(404, 409))
def resend_report(request: Any) -> Answer:
    """Write to the customer once more where the report is, by mail or else by SMS."""
    identity = path_id(request)
    resending.resend(request.work, identity)
    return INSPECTIONS.present(request.work, identity)


@public.get(permission=PUBLIC, media_types=(HTML,), errors=(404, 410))
def show_shared_report(request: Any) -> Response:
    """The report behind the link that a customer was given. The link is all it takes; revoked, it says so (410)."""
    at = f"{request.matchdict['token']}/seen"
    return sharing.LINKS.show(request, lambda work, word: report_page(work, read_shared(work, word), seen=at))


@seen.get(permission=PUBLIC, media_types=(GIF,), errors=(404,))
def see_shared_report(request: Any) -> Response:
    """A picture of nothing on the shared report: that a browser asks for it tells the workshop that somebody looked."""
    work, token = enter_by(request)
    viewing.VIEWS.note(work, token)
    return dot_response()


@cloning.post(
    permission="jobs.dvi:configure", body=CloneSchema, answer=TEMPLATES.answer_schema, status=201, errors=(404, 409)
)
def clone_template(request: Any) -> Answer:
    """Make a template of one's own out of this one, to be changed at will."""
    made = inspection_templates.clone(request.work, path_id(request), request.validated)
    answer = TEMPLATES.present(request.work, made)
    answer.status, answer.location = 201, f"/v1{_PATH}/templates/{made}"
    return answer
