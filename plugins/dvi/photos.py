"""Photos of items: files of the kernel, in use and annotated beside the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.files import attach, require
from jemeti_platform.work import Work

from . import inspections
from .models import Photo

__all__ = ["add", "change", "remove"]

_ITEM = Statement("SELECT id FROM dvi_items WHERE id = %(item)s AND inspection_id = %(id)s")
_PHOTO = Statement("SELECT id FROM dvi_photos WHERE id = %(photo)s AND inspection_id = %(id)s")
_REMOVE = Statement("DELETE FROM dvi_photos WHERE id = %(photo)s")


def add(work: Work, identity: UUID, values: Mapping[str, Any]) -> UUID:
    """Add a picture to an item of an inspection in progress; return the photo's id.

    Raises NotFound, Conflict, and Invalid for an item or a file that is not there.
    """
    inspections.locked(work, identity, "in_progress")
    (items,) = work.write(_ITEM(item=values["item_id"], id=identity))
    if not items:
        raise Invalid([{"field": "item_id", "message": "The inspection has no such item"}])
    require(work, values["file_id"], field="file_id")
    attach(work, values["file_id"], "dvi.inspection", identity)
    photo = uuid7()
    work.queue(insert_row(Photo, photo, {**_kept(values), "inspection_id": identity}))
    return photo


def change(work: Work, identity: UUID, photo: UUID, changes: Mapping[str, Any]) -> None:
    """Change what stands beside a picture: caption, who sees it, annotations. Raises NotFound, Conflict."""
    _find(work, identity, photo)
    work.queue(update_row(Photo, photo, _kept(changes)))


def remove(work: Work, identity: UUID, photo: UUID) -> None:
    """Take a picture out of an inspection in progress; the file stays. Raises NotFound, Conflict."""
    _find(work, identity, photo)
    work.queue(_REMOVE(photo=photo))


def _find(work: Work, identity: UUID, photo: UUID) -> None:
    inspections.locked(work, identity, "in_progress")
    (rows,) = work.write(_PHOTO(photo=photo, id=identity))
    if not rows:
        raise NotFound(f"Photo {photo} does not exist")


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals as texts, so that JSON rounds nothing."""
    if "annotations" not in values:
        return dict(values)
    drawn = [
        {**one, "points": [{name: f"{value:f}" for name, value in point.items()} for point in one["points"]]}
        for one in values["annotations"]
    ]
    return {**values, "annotations": drawn}
