"""What is kept of documents: how a workspace wants them, and those that were issued, which nobody changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from ..db.base import TenantBase, TenantRow
from ..db.shape import Indexed, Unique

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["DocumentTemplate", "IssuedDocument"]


class DocumentTemplate(TenantBase):
    """A workspace's own settings for one type of document; NULL stands for the default."""

    __tablename__ = "document_templates"
    __shape__ = (
        Unique("type"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour_form"),
        CheckConstraint("text_size BETWEEN 8 AND 12", name="text_size_range"),
    )

    type: Mapped[str]
    colour: Mapped[str | None]
    font: Mapped[str | None]
    size: Mapped[str | None]
    text_size: Mapped[int | None]
    locale: Mapped[str | None]
    title: Mapped[str | None]
    header: Mapped[str | None]
    footer: Mapped[str | None]
    terms: Mapped[str | None]
    sections: Mapped[list[str] | None]


class IssuedDocument(TenantRow):
    """A document as it was handed out: the PDF lies in the storage, ``sha256`` says which bytes it has for ever.

    ``subject_type`` and ``subject_id`` name the record that it is about, ``template`` what it was made with. The
    application may add rows and read them, and has no right to change or delete one.
    """

    __tablename__ = "issued_documents"
    __shape__ = (
        Unique("type", "number"),
        Indexed("issued_at"),
        Indexed("subject_id"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        CheckConstraint("size > 0", name="size_positive"),
    )
    type: Mapped[str]
    number: Mapped[str]
    title: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    locale: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    template: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]

    @classmethod
    def __sample__(cls, work: Work) -> None:
        """Issue a sample invoice: a row without its bytes would be a damaged document."""
        from .catalogue import catalogue_of
        from .issuing import issue

        sample = catalogue_of(work.platform)["invoice"].sample("en")
        name = work.workspace["name"]
        issue(work, "invoice", sample, number=name, subject_type="sample.invoice", subject_id=work.tenant_id)
