"""``/v1/documents``: what was issued, and the very bytes of it. Nothing in here renders."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from pyramid.response import Response
from sqlalchemy import Text, Uuid, bindparam, select

from ..db.statement import Statement
from ..errors import InternalError, NotFound
from ..files.storage import Storage
from ..rest.request import path_id
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..work import Work
from .catalogue import catalogue_of
from .issuing import key_of_document
from .models import IssuedDocument
from .pdf import PDF, pdf_response

__all__ = ["DOCUMENTS", "includeme", "issued_pdf", "issued_pdf_of"]

log = structlog.get_logger("jemeti.documents")

DOCUMENTS = Resource(
    name="documents",
    path="/documents",
    model=IssuedDocument,
    schema=Mapping,
    feature=ALWAYS,
    title="document",
    description="Documents as they were issued; their PDFs never change",
    read="documents:read",
    write="documents:read",
    filters=("type", "number", "subject_type", "subject_id", "locale", "issued_at", "issued_by"),
    sort=("issued_at", "number", "type", "size"),
    default_sort="-issued_at",
    creatable=False,
    updatable=False,
)

_TABLE = IssuedDocument.__table__
_ONE = Statement(
    select(_TABLE.c.id, _TABLE.c.type, _TABLE.c.number, _TABLE.c.sha256).where(
        _TABLE.c.id == bindparam("id", type_=Uuid)
    )
)
_OF_SUBJECT = Statement(
    select(_TABLE.c.id, _TABLE.c.type, _TABLE.c.number, _TABLE.c.sha256)
    .where(_TABLE.c.subject_id == bindparam("subject", type_=Uuid), _TABLE.c.type == bindparam("type", type_=Text))
    .order_by(_TABLE.c.issued_at)
    .limit(1)
)

pdf = Service("documents.pdf", "/documents/{id}/pdf", ALWAYS, "The PDF of a document", tag="documents")


@pdf.get(permission="documents:read", media_types=(PDF,), errors=(304, 404))
def show_pdf(request: Any) -> Response:
    """The PDF as it was issued, byte for byte. Some types, such as payslips, need a permission of their own."""
    return issued_pdf(request, path_id(request), check=_require_own_permission)


def issued_pdf_of(request: Any, type: str, subject_id: UUID, *, work: Work | None = None) -> Response | None:
    """The document of this type that was issued about a record, as ``issued_pdf`` answers it; None where none was yet.

    One round trip.
    """
    work = request.work if work is None else work
    (rows,) = work.read(_OF_SUBJECT(type=type, subject=subject_id))
    return _answer(request, work, rows[0]) if rows else None


def issued_pdf(request: Any, identity: UUID, *, work: Work | None = None, check: Any = None) -> Response:
    """The bytes of an issued document as an answer, for a plugin's own ``…/{id}.pdf`` too.

    ``work`` is by default the request's; a public page has its own. ``check(work, type)`` may refuse a type. Raises
    NotFound, and InternalError where the bytes are not those that were issued: they are never rendered anew, somebody
    must look.
    """
    work = request.work if work is None else work
    (rows,) = work.read(_ONE(id=identity))
    if not rows:
        raise NotFound(f"Document {identity} does not exist")
    row = rows[0]
    if check is not None:
        check(work, row["type"])
    return _answer(request, work, row)


def _answer(request: Any, work: Work, row: dict[str, Any]) -> Response:
    etag = row["sha256"]
    if request.environ.get("HTTP_IF_NONE_MATCH", "").strip() in (f'"{etag}"', f'W/"{etag}"', "*"):
        return Response(status=304, headerlist=[("ETag", f'"{etag}"')])
    return pdf_response(_verified(request, work, row), f"{row['number']}.pdf", etag=etag)


def _verified(request: Any, work: Work, row: dict[str, Any]) -> bytes:
    key = key_of_document(work.tenant_id, row["id"])
    try:
        content = work.platform.part(Storage).get(key)
    except FileNotFoundError:
        found = "missing"
    else:
        found = hashlib.sha256(content).hexdigest()
        if found == row["sha256"]:
            return content
    request.registry.damaged_documents.inc()
    log.error("an issued document is not what was issued", object=key, issued=row["sha256"], found=found)
    raise InternalError("This document is damaged in our storage. We have been told, and will restore it.")


def _require_own_permission(work: Work, type: str) -> None:
    kind = catalogue_of(work.platform).get(type)
    if kind is not None and kind.document.permission:
        work.require_permission(kind.document.permission)


def includeme(config: Any) -> None:
    config.registry.damaged_documents = Counter(
        "jemeti_damaged_documents",
        "Requests for issued documents whose bytes are not those that were issued",
        registry=config.registry.metrics,
    )
    config.add_resource(DOCUMENTS)
    config.add_service(pdf)
