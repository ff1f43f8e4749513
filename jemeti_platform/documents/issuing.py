"""Issuing: a document is rendered once, kept under its SHA-256, and shown as those bytes for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog

from ..db.base import uuid7
from ..db.pipeline import Rows
from ..db.rows import insert_row
from ..errors import Invalid, PlatformError
from ..files.storage import Storage, key_of
from ..json import to_json
from ..work import Work
from . import stored
from .catalogue import Kind, catalogue_of
from .logos import LOGO, Logos
from .models import IssuedDocument
from .pdf import PDF
from .rendering import Renderer
from .shape import Shape, shape_of

__all__ = ["KEPT", "Issued", "issue", "key_of_document", "render"]

log = structlog.get_logger("jemeti.documents")

KEPT = "documents"
"""The word in the keys of the storage under which the bytes lie."""


class Issued(NamedTuple):
    """A document that was issued: ``sha256`` is of its bytes, of which there are ``size``."""

    id: UUID
    type: str
    number: str
    title: str
    subject_type: str
    subject_id: UUID
    locale: str
    size: int
    sha256: str
    template: str
    issued_at: datetime
    issued_by: UUID | None


def issue(
    work: Work,
    type: str,
    data: Mapping[str, Any],
    *,
    number: str,
    subject_type: str,
    subject_id: UUID,
    locale: str | None = None,
) -> Issued:
    """Render a document, keep its bytes, and write it down in this transaction.

    ``data`` is what the type's schema says: decimals, dates and instants as Python has them. ``number`` is unique
    among the workspace's documents of the type; a correction is a new document under a new number. ``subject_type``
    (``billing.invoice``) and ``subject_id`` say what it is about; ``locale`` is by default that of the template.

    Raises ValueError for a type that is not declared and for data that its schema refuses: both are faults of the
    caller. The bytes are put into the storage before the transaction commits, so that no row is ever without them;
    where the transaction is undone they are taken away again.
    """
    drawing = _prepare(work, type, data, number)
    rows, pictures = work.write(stored.ONE(type=type), LOGO)
    shape, content = drawing.finish(rows, pictures, locale)
    issued = Issued(
        uuid7(),
        type,
        number,
        shape.title,
        subject_type,
        subject_id,
        shape.locale,
        len(content),
        hashlib.sha256(content).hexdigest(),
        drawing.kind.version,
        work.now(),
        work.actor.id,
    )
    _keep(work, issued, content)
    values = issued._asdict()
    work.queue(insert_row(IssuedDocument, values.pop("id"), values))
    return issued


def render(work: Work, type: str, data: Mapping[str, Any], *, number: str, locale: str | None = None) -> bytes:
    """The PDF that ``issue`` would issue now, neither kept nor written down: of what is not issued yet, or never is.

    Raises ValueError as ``issue`` does. One round trip.
    """
    drawing = _prepare(work, type, data, number)
    rows, pictures = work.read(stored.ONE(type=type), LOGO)
    return drawing.finish(rows, pictures, locale)[1]


class _Drawing(NamedTuple):
    """A document whose data is checked, and whose settings are still to be asked for."""

    work: Work
    kind: Kind
    data: Mapping[str, Any]
    number: str

    def finish(self, rows: Rows, pictures: Rows, locale: str | None) -> tuple[Shape, bytes]:
        own = rows[0] if rows else {}
        work = self.work
        shape = shape_of(self.kind, {**own, "locale": locale or own.get("locale")}, work.workspace)
        logo = work.platform.part(Logos).of(work, pictures)
        renderer = work.platform.part(Renderer)
        return shape, renderer.render(self.kind, self.data, shape, work.workspace, number=self.number, logo=logo)


def _prepare(work: Work, type: str, data: Mapping[str, Any], number: str) -> _Drawing:
    kind = catalogue_of(work.platform).get(type)
    if kind is None:
        raise ValueError(f"no document {type!r} is declared; name it in Manifest(documents=(Document({type!r}, …),))")
    try:
        return _Drawing(work, kind, kind.check(orjson.loads(to_json(data))), number)
    except Invalid as refused:
        raise ValueError(f"the data of {type} {number} does not pass its schema: {refused}") from None


def key_of_document(tenant_id: UUID, identity: UUID) -> str:
    """Where the bytes of an issued document lie in the storage."""
    return key_of(tenant_id, KEPT, identity)


def _keep(work: Work, issued: Issued, content: bytes) -> None:
    storage, key = work.platform.part(Storage), key_of_document(work.tenant_id, issued.id)

    def take_back() -> None:
        try:
            storage.delete(key)
        except PlatformError:  # the sweep will find it
            log.warning("the bytes of a document that was not issued are left over", object=key)

    work.if_undone(take_back)
    storage.put(key, content, PDF, name=f"{issued.number}.pdf", inline=True)
