"""A quotation as its customer sees it, over HTTP: the PDF, the public address with its page, the certificates."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import GIF, HTML, LINK, dot_response, enter_by
from jemeti_platform.documents import PDF, issued_pdf, pdf_response
from jemeti_platform.errors import Gone
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import ALWAYS, PUBLIC, Service
from jemeti_platform.work import Work

from ..quotation_resources import QUOTATIONS
from . import certificate, sharing
from .page import gone, offer_page
from .printout import draw
from .reading import Offer, read_offer, read_shared
from .resending import resend
from .viewing import VIEWS

__all__ = ["ALL"]

_FEATURE, _TAG = "jobs.quotations", "jobs.quotations"
_PATH = "/jobs/quotations"

paper = Service("jobs.quotations.pdf", f"{_PATH}/{{id}}.pdf", _FEATURE, "A quotation on paper", tag=_TAG)
link = Service("jobs.quotations.link", f"{_PATH}/{{id}}/link", _FEATURE, "Where the customer sees it", tag=_TAG)
again = Service("jobs.quotations.resend", f"{_PATH}/{{id}}/resend", _FEATURE, "Sending it once more", tag=_TAG)
proof = Service(
    "jobs.quotations.certificate",
    f"{_PATH}/{{id}}/decisions/{{decision_id}}.pdf",
    _FEATURE,
    "The certificate of a decision",
    tag=_TAG,
)
proof_by_word = Service(
    "jobs.approvals.certificate",
    "/jobs/{id}/approvals/{approval_id}.pdf",
    "jobs.core",
    "The certificate of an approval by word",
    tag="jobs.jobs",
)
public = Service(
    "jobs.public_quotation", "/quotation/{token}", ALWAYS, "A quotation that was sent", prefix="", tag=_TAG
)
public_paper = Service(
    "jobs.public_quotation_pdf", "/quotation/{token}/pdf", ALWAYS, "Its PDF by its link", prefix="", tag=_TAG
)

seen = Service("jobs.seen_quotation", "/quotation/{token}/seen", ALWAYS, "That it was seen", prefix="", tag=_TAG)

ALL = (paper, link, again, proof, proof_by_word, public, public_paper, seen)

READ, WRITE = "jobs.quotations:read", "jobs.quotations:write"


@paper.get(permission=READ, media_types=(PDF,), errors=(304, 404))
def show_pdf(request: Any) -> Response:
    """The quotation as a PDF: as it was issued when it was sent; with the decisions on its lines once there are some.

    A draft is shown as far as it is. What was issued is found at `/v1/documents` whatever becomes of the quotation.
    """
    return _pdf(request, request.work, read_offer(request.work, path_id(request)))


@link.get(permission=READ, answer=LINK, errors=(404,))
def show_link(request: Any) -> dict[str, Any]:
    """The public address of the quotation; null until it is sent, and where it was revoked."""
    return sharing.LINKS.of(request.work, path_id(request))


@link.post(permission=WRITE, answer=LINK, errors=(404, 409))
def renew_link(request: Any) -> dict[str, Any]:
    """Make a new public address. The one before, and the QR codes with it, lead nowhere."""
    return sharing.LINKS.renew(request.work, path_id(request))


@link.delete(permission=WRITE, status=204, errors=(404, 409))
def revoke_link(request: Any) -> None:
    """Revoke the public address: whoever has it sees nothing any more."""
    sharing.LINKS.revoke(request.work, path_id(request))


@again.post(permission=WRITE, answer=QUOTATIONS.answer_schema, errors=(404, 409))
def resend_quotation(request: Any) -> Answer:
    """Write to the customer once more where this quotation is, by mail or else by SMS; it stays as it was sent."""
    identity = path_id(request)
    resend(request.work, identity)
    return QUOTATIONS.present(request.work, identity)


@proof.get(permission=READ, media_types=(PDF,), errors=(304, 404))
def show_certificate(request: Any) -> Response:
    """Who decided what on which lines, when, how, and from which address, as a PDF.

    Attached is `decision.json`, the text whose SHA-256 is the record's `content_hash`.
    """
    return certificate.certificate_response(request, path_id(request, "decision_id"), path_id(request))


@proof_by_word.get(permission="jobs.core:read", media_types=(PDF,), errors=(304, 404))
def show_certificate_by_word(request: Any) -> Response:
    """The same of what was approved by word: who said what to which lines, when, how, and who wrote it down.

    Of what was accepted within the tolerance there is none: nobody was asked.
    """
    return certificate.certificate_response(request, path_id(request, "approval_id"), path_id(request))


@public.get(permission=PUBLIC, media_types=(HTML,), errors=(404, 410))
def show_page(request: Any) -> Response:
    """The quotation behind the link that a customer was given, a page for a phone. The link is all it takes.

    Once the quotation has expired, a later revision has taken its place or the link was revoked, the page says so, with
    the status 410.
    """
    _count(request)
    at = f"{request.matchdict['token']}/seen"
    return sharing.LINKS.show(
        request, lambda work, word: offer_page(work, read_shared(work, word), request.path, seen=at)
    )


@public_paper.get(permission=PUBLIC, media_types=(PDF,), errors=(304, 404, 410))
def show_public_pdf(request: Any) -> Response:
    """The PDF of the quotation behind the link."""
    _count(request)
    work, offer = sharing.LINKS.find(request, read_shared)
    if gone(offer):
        raise Gone("This quotation has expired, or a newer one has taken its place.")
    return _pdf(request, work, offer)


@seen.get(permission=PUBLIC, media_types=(GIF,), errors=(404,))
def see_quotation(request: Any) -> Response:
    """A picture of nothing on the page: that a browser asks for it tells the workshop that somebody looked."""
    work, token = enter_by(request)
    VIEWS.note(work, token)
    return dot_response()


def _count(request: Any) -> None:
    request.obey(request.registry.limiter.hit(sharing.POLICY, request.counted_address))


def _pdf(request: Any, work: Work, offer: Offer) -> Response:
    head = offer.head
    if head["document_id"] is not None and offer.state is None and not offer.is_decided_on:
        return issued_pdf(request, head["document_id"], work=work)
    return pdf_response(draw(work, offer), f"{offer.reference}.pdf")
