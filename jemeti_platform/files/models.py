"""Files as the database knows them: what they are, whose they are, and how many bytes a workspace has used."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase, TenantKey
from ..db.shape import Indexed, Search, Unique

__all__ = ["File", "FileUsage"]

THUMBNAILS = {
    "type": "array",
    "description": "Smaller versions of a picture, to be had at …/thumbnails/{size}",
    "items": {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "description": "Pixels that no side exceeds"},
            "width": {"type": "integer"},
            "height": {"type": "integer"},
            "media_type": {"type": "string"},
        },
    },
    "examples": [[]],
}


class File(TenantBase):
    """One file: ``pending`` until its bytes are there and looked at, then ``ready``, or ``rejected`` with a reason.

    ``bytes`` is what counts towards the workspace's limit: the file with its thumbnails, or what a pending one has
    reserved. ``object_id`` names the objects in the store.
    """

    __tablename__ = "files"
    __shape__ = (
        Unique("object_id"),
        Indexed("created_at"),
        Indexed("subject_type", "subject_id"),
        Indexed("created_at", where="status <> 'ready'", name="ix_files_unfinished"),
        Search("name"),
        CheckConstraint("status IN ('pending', 'ready', 'rejected')", name="status_known"),
        CheckConstraint("kind IN ('image', 'document', 'data')", name="kind_known"),
        CheckConstraint(
            "status <> 'ready' OR (media_type IS NOT NULL AND kind IS NOT NULL AND sha256 IS NOT NULL"
            " AND object_id IS NOT NULL)",
            name="ready_is_whole",
        ),
        CheckConstraint("size >= 0 AND bytes >= 0", name="bytes_not_negative"),
        CheckConstraint("(subject_type IS NULL) = (subject_id IS NULL)", name="subject_whole"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
    )
    __sample__ = {"size": 1, "bytes": 1, "subject_type": None, "subject_id": None}  # noqa: RUF012

    name: Mapped[str] = mapped_column(doc="What the file was called by whoever sent it")
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    kind: Mapped[str | None] = mapped_column(doc="image, document or data: decided by content")
    media_type: Mapped[str | None] = mapped_column(doc="Decided by content, whatever the sender said")
    size: Mapped[int] = mapped_column(BigInteger, doc="Bytes of the file; of a pending one what was announced")
    bytes: Mapped[int] = mapped_column(BigInteger, doc="Bytes that count towards files.bytes: with thumbnails")
    sha256: Mapped[str | None]
    width: Mapped[int | None] = mapped_column(doc="Pixels, of a picture that stands upright")
    height: Mapped[int | None]
    thumbnails: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": THUMBNAILS})
    reason: Mapped[str | None] = mapped_column(doc="Why a file was rejected")
    subject_type: Mapped[str | None] = mapped_column(doc="What kind of record the file belongs to")
    subject_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None] = mapped_column(doc="The user who sent it")
    object_id: Mapped[UUID | None]
    expires_at: Mapped[datetime | None] = mapped_column(doc="Until when a pending file may be sent")


class FileUsage(TenantKey):
    """Bytes of a workspace's files, kept by a trigger on ``files``; ``max_bytes`` is the limit as last looked at."""

    __tablename__ = "file_usage"
    __shape__ = (
        CheckConstraint("bytes >= 0", name="bytes_not_negative"),
        CheckConstraint("max_bytes IS NULL OR bytes <= max_bytes", name="within_limit"),
    )

    bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    max_bytes: Mapped[int | None] = mapped_column(BigInteger)
