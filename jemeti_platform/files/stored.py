"""Where the bytes of a file are, for what shows it: a page, a PDF, a mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..work import Work
from .files import KEPT
from .storage import Storage, key_of

__all__ = ["Stored", "read_stored", "stored"]


class Stored(NamedTuple):
    """An object in the storage, and what its bytes are."""

    key: str
    media_type: str


def stored(work: Work, file: Mapping[str, Any], size: int | None = None) -> Stored:
    """Where the bytes of a ready file are; of a picture its smaller version of ``size`` pixels, where there is one.

    ``file`` is a row with ``object_id``, ``media_type`` and ``thumbnails`` of the table ``files``.
    """
    small = next((one for one in file["thumbnails"] if one["size"] == size), None)
    if small is None:
        return Stored(key_of(work.tenant_id, KEPT, file["object_id"]), file["media_type"])
    return Stored(key_of(work.tenant_id, KEPT, file["object_id"], str(size)), small["media_type"])


def read_stored(work: Work, found: Stored) -> bytes:
    """The bytes. Raises FileNotFoundError where they are gone, Unavailable where the storage cannot be reached."""
    return work.platform.part(Storage).get(found.key)
