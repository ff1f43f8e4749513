"""Documents as people hold them: PDFs, drafts that are issued, public addresses and what is seen there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyramid.response import Response

from jemeti_platform.customer_pages import HTML, LINK
from jemeti_platform.documents import PDF, issued_pdf_of, pdf_response
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import ALWAYS, PUBLIC, Service
from jemeti_platform.work import Work

from . import drafts, links, printing, public_page, public_reading
from .invoice_resources import INVOICES
from .links import Subject

__all__ = ["ALL"]

_TAG = "billing.public"
issuing = Service("invoice_drafts.issue", "/invoices/drafts/{id}/issue", ALWAYS, "A draft becomes an invoice")
draft_pdf = Service("invoice_drafts.pdf", "/invoices/drafts/{id}.pdf", ALWAYS, "A draft on paper")
seen = Service("billing.public_page", f"/{links.PATH}/{{token}}", ALWAYS, "A document by its link", prefix="", tag=_TAG)
seen_pdf = Service(
    "billing.public_pdf", f"/{links.PATH}/{{token}}/pdf", ALWAYS, "Its PDF by its link", prefix="", tag=_TAG
)


@issuing.post(permission="invoices:issue", answer=INVOICES.answer_schema, status=201, errors=(404, 409))
def issue_draft(request: Any) -> Answer:
    """Issue this draft: it gets its number and today's taxes, and from now on it never changes.

    The invoice has the id of the draft, and the draft is gone.
    """
    made = drafts.issue(request.work, path_id(request))
    answer = INVOICES.present(request.work, made.id)
    answer.status, answer.location = 201, f"/v1/invoices/{made.id}"
    return answer


@draft_pdf.get(permission="invoices:read", media_types=(PDF,), errors=(404,))
def show_draft(request: Any) -> Response:
    """The invoice as it would be issued today, a PDF across which stands that it is a draft."""
    wish = drafts.wish_of(request.work, path_id(request))
    return pdf_response(printing.draw_draft(request.work, wish), "draft.pdf")


@seen.get(permission=PUBLIC, media_types=(HTML,), errors=(404, 410))
def show_page(request: Any) -> Response:
    """The invoice, credit note or receipt behind a link, a page for a phone. The link is all it takes."""
    return links.ANY.show(
        request, lambda work, word: public_page.show(work, public_reading.read(work, word), request.path)
    )


@seen_pdf.get(permission=PUBLIC, media_types=(PDF,), errors=(304, 404, 410))
def show_page_pdf(request: Any) -> Response:
    """The PDF of the invoice, credit note or receipt behind a link."""
    work, (subject, identity) = links.ANY.find(request, public_reading.subject_of)
    return _pdf(request, work, subject, identity)


def _pdf(request: Any, work: Work, subject: Subject, identity: Any) -> Response:
    """The PDF as it was issued; before the worker has printed it, the same that will be issued, not kept."""
    kept = issued_pdf_of(request, printing.TYPES[subject], identity, work=work)
    if kept is not None:
        return kept
    number, content = printing.draw(work, subject, identity)
    return pdf_response(content, f"{number}.pdf")


def _services(subject: Subject, path: str, read: str, write: str) -> Iterator[Service]:
    """The PDF and the public address of one kind of documents."""
    name, words = path.strip("/").replace("-", "_"), subject.replace("_", " ")
    paper = Service(f"{name}.pdf", f"{path}/{{id}}.pdf", ALWAYS, f"The {words} on paper")

    def show(request: Any) -> Response:
        """The PDF as it was issued, byte for byte; the same, not kept yet, in the seconds before it is printed."""
        return _pdf(request, request.work, subject, path_id(request))

    paper.add("GET", show, permission=read, media_types=(PDF,), errors=(304, 404))
    yield paper

    address = Service(f"{name}.link", f"{path}/{{id}}/link", ALWAYS, f"Where the {words} is seen without logging in")

    def get_link(request: Any) -> dict[str, Any]:
        """The public address, which stands as QR code on the PDF; null where it was revoked."""
        return links.LINKS[subject].of(request.work, path_id(request))

    def renew_link(request: Any) -> dict[str, Any]:
        """Make a new public address. The one before, and the QR codes with it, lead nowhere."""
        return links.LINKS[subject].renew(request.work, path_id(request))

    def revoke_link(request: Any) -> None:
        """Revoke the public address: whoever has it sees nothing any more."""
        links.LINKS[subject].revoke(request.work, path_id(request))

    address.add("GET", get_link, permission=read, answer=LINK, errors=(404,))
    address.add("POST", renew_link, permission=write, answer=LINK, errors=(404,))
    address.add("DELETE", revoke_link, permission=write, status=204, errors=(404,))
    yield address


ALL = (
    issuing,
    draft_pdf,
    seen,
    seen_pdf,
    *_services("invoice", "/invoices", "invoices:read", "invoices:issue"),
    *_services("credit_note", "/credit-notes", "invoices:read", "invoices:credit"),
    *_services("payment", "/payments", "payments:read", "payments:record"),
)
