"""A file's life: added whole or announced and completed, attached to a record, deleted.

Bytes go into the store before the transaction that tells of them: what dies in between leaves an object without a row,
which the sweep finds, never a row without an object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import bindparam, select, update

from ..db.base import uuid7
from ..db.rows import insert_row
from ..db.statement import Statement
from ..errors import Conflict, Invalid, NotFound, UnsupportedMediaType
from ..platform import Platform
from ..work import Work
from .content import Content, content_of
from .disposition import clean_name
from .images import Images, Picture
from .models import File
from .quota import refuse_full, reserve
from .storage import SignedPut, Storage, key_of

__all__ = ["KEPT", "Rejected", "add", "announce", "attach", "complete", "delete_objects", "keys_of", "require"]

log = structlog.get_logger("jemeti.files")

KEPT, INCOMING = "files", "incoming"
"""Words in the keys of objects: what is kept, and what a client has written by itself and nobody has looked at yet."""
_TABLE = File.__table__
_FIND = Statement(select(_TABLE).where(_TABLE.c.id == bindparam("id")))
_ATTACH = Statement(
    update(File)
    .where(_TABLE.c.id == bindparam("id"), _TABLE.c.status == "ready")
    .values(subject_type=bindparam("type"), subject_id=bindparam("subject"), version=_TABLE.c.version + 1)
    .returning(_TABLE.c.id)
)
_WHOLE = (
    *("status", "kind", "media_type", "size", "bytes", "sha256", "width", "height", "thumbnails", "object_id"),
    "expires_at",
)
_COMPLETE = Statement(
    update(File)
    .where(_TABLE.c.id == bindparam("row_id"), _TABLE.c.status == "pending")
    .values({name: bindparam(name, type_=_TABLE.c[name].type) for name in _WHOLE} | {"version": _TABLE.c.version + 1})
    .returning(_TABLE.c.id)
)
_REJECT = Statement(
    "UPDATE files SET status = 'rejected', reason = %(reason)s, bytes = 0, version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND status = 'pending'"
)


class Rejected(Exception):
    """What a client has sent by itself is not fit; ``refusal`` says why, and the row remembers it."""

    def __init__(self, refusal: Invalid | UnsupportedMediaType) -> None:
        super().__init__()
        self.refusal = refusal


class _Examined(NamedTuple):
    """What is kept of a file: of a picture not what came, but what was made of its pixels."""

    content: Content
    data: bytes
    picture: Picture | None
    thumbnails: dict[int, Picture]

    @property
    def bytes(self) -> int:
        return len(self.data) + sum(len(small.data) for small in self.thumbnails.values())

    def values(self, object_id: UUID) -> dict[str, Any]:
        """The columns of a file that is ready."""
        return {
            "status": "ready",
            "kind": self.content.kind,
            "media_type": self.content.media_type,
            "size": len(self.data),
            "bytes": self.bytes,
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "width": self.picture.width if self.picture else None,
            "height": self.picture.height if self.picture else None,
            "thumbnails": [
                {"size": size, "width": small.width, "height": small.height, "media_type": small.media_type}
                for size, small in self.thumbnails.items()
            ],
            "object_id": object_id,
        }


def add(work: Work, name: str, data: bytes) -> UUID:
    """Look at a file, keep it and return its id. Takes a second for a picture: begin no transaction before.

    Raises UnsupportedMediaType for a kind that is not accepted; Invalid, naming ``file``, for one that is not whole;
    PaymentRequired where the workspace's limit is reached.
    """
    refuse_full(work)
    examined = _examine(work.platform, data)
    object_id = _keep(work, examined, name)
    reserve(work, examined.bytes)
    identity = uuid7()
    values = {**examined.values(object_id), "name": clean_name(name), "created_by": _author(work)}
    work.queue(insert_row(File, identity, values))
    return identity


def announce(work: Work, name: str, size: int, *, seconds: int) -> tuple[UUID, SignedPut]:
    """Make a pending file of ``size`` bytes, which count at once, and the address to write it to within ``seconds``.

    Raises PaymentRequired where the workspace's limit is reached.
    """
    reserve(work, size)
    identity = uuid7()
    put = work.platform.part(Storage).signed_put(key_of(work.tenant_id, INCOMING, identity), size=size, seconds=seconds)
    values = {"name": clean_name(name), "size": size, "bytes": size, "expires_at": put.expires_at}
    work.queue(insert_row(File, identity, {**values, "created_by": _author(work)}))
    return identity, put


def complete(work: Work, identity: UUID) -> None:
    """Look at what a client has written by itself and make its file ready; of one that is ready, nothing.

    Raises NotFound; Conflict while there is nothing, or where it was rejected; Invalid for another size than was
    announced; Rejected for content that is not accepted, which is then remembered: keep the transaction.
    """
    ((*rows,),) = work.read(_FIND(id=identity))
    if not rows:
        raise NotFound(f"File {identity} does not exist")
    row = rows[0]
    if row["status"] == "ready":
        return
    if row["status"] == "rejected":
        raise Conflict(f"This file was rejected: {row['reason']}", reason="state", status="rejected")
    storage, incoming = work.platform.part(Storage), key_of(work.tenant_id, INCOMING, identity)
    data = _incoming(storage, incoming, row["size"])
    try:
        examined = _examine(work.platform, data)
    except (Invalid, UnsupportedMediaType) as refusal:
        work.defer("files.delete_objects", keys=[incoming])
        work.write(_REJECT(id=identity, reason=_said(refusal)))
        raise Rejected(refusal) from None
    object_id = _keep(work, examined, row["name"])
    reserve(work, examined.bytes - row["bytes"])
    values = {**examined.values(object_id), "expires_at": None}
    (done,) = work.write(_COMPLETE(row_id=identity, **values))
    if not done:
        raise Conflict("This file has been completed or deleted in the meantime.", reason="state")
    work.defer("files.delete_objects", keys=[incoming])


def attach(work: Work, file_id: UUID, subject_type: str, subject_id: UUID, *, field: str = "file_id") -> None:
    """Say which record a ready file belongs to (``jobs.inspection``, its id): shown with it, and found by it.

    So that a file in use is not deleted, the record's own table has ``Reference("file_id", "files")``. Raises Invalid,
    naming ``field``, for a file that is not there or not ready.
    """
    (found,) = work.write(_ATTACH(id=file_id, type=subject_type, subject=subject_id))
    if not found:
        raise _no_file(field)


def require(work: Work, file_id: UUID, *, field: str, kinds: Sequence[str] = ("image",)) -> dict[str, Any]:
    """The row of a ready file of one of these kinds. Raises Invalid, naming ``field``."""
    ((*rows,),) = work.read(_FIND(id=file_id))
    if not rows or rows[0]["status"] != "ready":
        raise _no_file(field)
    if rows[0]["kind"] not in kinds:
        raise Invalid([{"field": field, "message": f"Must be a file of the kind {' or '.join(kinds)}"}])
    found: dict[str, Any] = rows[0]
    return found


def keys_of(tenant_id: UUID, row: Any) -> list[str]:
    """The keys of all objects that a file may have."""
    keys = [key_of(tenant_id, INCOMING, row["id"])] if row["status"] != "ready" else []
    if row["object_id"] is not None:
        sizes = [str(small["size"]) for small in row["thumbnails"]]
        keys += [key_of(tenant_id, KEPT, row["object_id"], variant) for variant in ("", *sizes)]
    return keys


def delete_objects(work: Work, keys: list[str]) -> None:
    """The task ``files.delete_objects``: what rows told of until the transaction that deferred this."""
    work.platform.part(Storage).delete(*(key for key in keys if key.startswith(f"{work.tenant_id}/")))


def _examine(platform: Platform, data: bytes) -> _Examined:
    content = content_of(data)
    if content.kind != "image":
        return _Examined(content, data, None, {})
    picture, thumbnails = platform.part(Images).redraw(data, content.media_type)
    return _Examined(content, picture.data, picture, thumbnails)


def _keep(work: Work, examined: _Examined, name: str) -> UUID:
    """Put the objects into the store, and out again if the transaction comes to nothing."""
    storage, object_id = work.platform.part(Storage), uuid7()
    wanted = {key_of(work.tenant_id, KEPT, object_id): (examined.data, examined.content.media_type)}
    for size, small in examined.thumbnails.items():
        wanted[key_of(work.tenant_id, KEPT, object_id, str(size))] = small.data, small.media_type

    def take_back() -> None:
        try:
            storage.delete(*wanted)
        except Exception as error:  # noqa: BLE001 (called when all is over; the sweep finds what is left)
            log.warning("objects are left behind", error=type(error).__name__, object=str(object_id))

    work.if_undone(take_back)
    for key, (data, media_type) in wanted.items():
        storage.put(key, data, media_type, name=name, inline=examined.picture is not None)
    return object_id


def _incoming(storage: Storage, key: str, size: int) -> bytes:
    there = storage.head(key)
    if there is None:
        raise Conflict("Nothing has been written to the file's address yet.", reason="state", status="pending")
    if there.size != size:
        raise Invalid([{"field": "size", "message": f"{size} bytes were announced, {there.size} have come"}])
    return storage.get(key)


def _author(work: Work) -> UUID | None:
    return work.actor.id if work.actor.kind == "user" else None


def _said(refusal: Invalid | UnsupportedMediaType) -> str:
    return refusal.problems[0]["message"] if isinstance(refusal, Invalid) else refusal.message


def _no_file(field: str) -> Invalid:
    return Invalid([{"field": field, "message": "There is no such file, or it is not ready"}])
