"""``/v1/files``: sent whole or written straight into the store; listed, downloaded, deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import colander
from pyramid.response import Response

from ..auth.kept_refusal import keep_and_refuse
from ..db.statement import Statement
from ..errors import NotFound, PayloadTooLarge
from ..rest.answer import Answer
from ..rest.preconditions import check_version, wanted_versions
from ..rest.request import path_id
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, PUBLIC, Service
from ..types import StrictInt, Text
from . import files
from .content import ACCEPTED
from .images import THUMBNAILS
from .models import File
from .serving import serve
from .storage import PUT_SECONDS, Storage, key_of

__all__ = ["ALL", "FILES"]

_BYTES = Statement("SELECT status, name, kind, media_type, size, object_id, thumbnails FROM files WHERE id = %(id)s")
_DELETE = Statement("DELETE FROM files WHERE id = %(id)s")
_DOWNLOAD = {
    "type": ["string", "null"],
    "format": "uri",
    "readOnly": True,
    "description": "From here anybody may fetch the file for five minutes; null until it is ready. Only on one record",
    "examples": ["https://demo.example.com/files/k3J…"],
}


class AnnouncedFile(Mapping):
    name = colander.SchemaNode(Text(max=300), description="What the file is called", example="inspection.jpg")
    size = colander.SchemaNode(StrictInt(1, 2**31 - 1), description="Bytes that will come", example=482_113)


class _Files(Resource):
    """Files come in by a form; what is deleted takes its objects along once that is certain."""

    def services(self) -> tuple[Service, Service]:
        many, one = super().services()
        many.add(
            "POST",
            self.on_upload,
            permission=self.write,
            upload=True,
            answer=self.answer_schema,
            status=201,
            errors=(402,),
            summary="Send a file",
        )
        return many, one

    @property
    def answer_schema(self) -> dict[str, Any]:
        schema = super().answer_schema
        return {**schema, "properties": {**schema["properties"], "download_url": _DOWNLOAD}}

    def on_upload(self, request: Any) -> Answer:
        identity = files.add(request.work, request.upload.name, request.upload.data)
        answer = self.shown(request, identity)
        answer.status, answer.location = 201, f"/v1{self.path}/{identity}"
        return answer

    def on_get(self, request: Any) -> Answer:
        if "fields" in request.query:
            return super().on_get(request)
        return self.shown(request, path_id(request))

    def on_delete(self, request: Any) -> None:
        work, identity = request.work, path_id(request)
        row = self.locked(work, identity)
        check_version(wanted_versions(request), row["version"], self.answer(dict(row)))
        ((known,), _) = work.write(_OBJECTS(id=identity), _DELETE(id=identity))
        work.defer("files.delete_objects", keys=files.keys_of(work.tenant_id, {**row, **known}))

    def shown(self, request: Any, identity: UUID) -> Answer:
        """The record with the address from which it can be fetched. Raises NotFound."""
        work = request.work
        rows, objects = work.read(self.plain_get(id=identity), _OBJECTS(id=identity))
        if not rows:
            raise self.missing(identity)
        row = rows[0] | {"download_url": None}
        if row["status"] == "ready":
            url = work.platform.part(Storage).signed_get(
                key_of(work.tenant_id, files.KEPT, objects[0]["object_id"]),
                media_type=row["media_type"],
                name=row["name"],
                inline=row["kind"] == "image",
            )
            row["download_url"] = _absolute(request, url)
        return self.answer(row)


_OBJECTS = Statement("SELECT object_id FROM files WHERE id = %(id)s")

FILES = _Files(
    name="files",
    path="/files",
    model=File,
    schema=Mapping,
    feature=ALWAYS,
    title="file",
    filters=("status", "kind", "media_type", "subject_type", "subject_id", "created_by", "created_at", "sha256"),
    sort=("created_at", "name", "size"),
    search=True,
    hidden=("object_id",),
    creatable=False,
    updatable=False,
    deletable=True,
    read="files:read",
    write="files:write",
    description="Pictures, documents and data that people have sent",
)

uploads = Service("files.uploads", "/files/uploads", ALWAYS, "Files written straight into the store", tag="files")
completion = Service("files.complete", "/files/{id}/complete", ALWAYS, "The end of such an upload", tag="files")
content = Service("files.content", "/files/{id}/content", ALWAYS, "The bytes of a file", tag="files")
thumbnail = Service(
    "files.thumbnail",
    "/files/{id}/thumbnails/{size}",
    ALWAYS,
    "A smaller picture",
    tag="files",
    words=lambda platform: [str(size) for size in THUMBNAILS],
)
objects = Service("files.object", "/files/{ticket}", ALWAYS, "What a signed address stands for", prefix="", tag="files")

ALL = (uploads, completion, content, thumbnail, objects)

_UPLOAD = {
    "type": "object",
    "title": "Announced upload",
    "required": ["id", "url", "method", "headers", "expires_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The file's id"},
        "url": {"type": "string", "format": "uri", "examples": ["https://demo.example.com/files/k3J…"]},
        "method": {"type": "string", "const": "PUT"},
        "headers": {
            "type": "object",
            "description": "To be sent along",
            "additionalProperties": {"type": "string"},
            "examples": [{"Content-Type": "application/octet-stream"}],
        },
        "expires_at": {"type": "string", "format": "date-time"},
    },
}


@uploads.post(permission="files:write", body=AnnouncedFile, answer=_UPLOAD, status=201, errors=(402,))
def announce_upload(request: Any) -> Answer:
    """Announce a file and get the address to write it to.

    Write exactly ``size`` bytes there, then complete the file. What is not completed within a day is forgotten.
    """
    work, given = request.work, request.validated
    if given["size"] > request.registry.max_file:
        raise PayloadTooLarge(f"A file may have at most {request.registry.max_file} bytes.")
    # an address that a dry run has shown is of no use
    seconds = 1 if request.is_dry_run else PUT_SECONDS
    identity, put = files.announce(work, given["name"], given["size"], seconds=seconds)
    shown = {"id": identity, **put._asdict(), "url": _absolute(request, put.url)}
    return Answer(shown, status=201, location=f"/v1/files/{identity}")


@completion.post(
    permission="files:write", late=True, answer=FILES.answer_schema, errors=(402, 404, 409, 415), summary="Complete"
)
def complete_upload(request: Any) -> Any:
    """Have what was written looked at, and the file made ready. Asked again, it answers the same."""
    identity = path_id(request)
    try:
        files.complete(request.work, identity)
    except files.Rejected as rejected:
        return keep_and_refuse(request, rejected.refusal)
    return FILES.shown(request, identity)


@content.get(permission="files:read", media_types=ACCEPTED, errors=(404,))
def get_content(request: Any) -> Response:
    """The file itself: pictures to be shown, everything else to be saved.

    ``Range`` and ``If-None-Match`` are heeded.
    """
    row = _ready(request)
    return _served(request, row, row["media_type"], row["size"], str(row["object_id"]))


@thumbnail.get(permission="files:read", media_types=ACCEPTED, errors=(404,))
def get_thumbnail(request: Any) -> Response:
    """A picture that fits into a square of 320 or 1280 pixels."""
    row = _ready(request)
    wanted = request.matchdict["size"]
    small = next((one for one in row["thumbnails"] if str(one["size"]) == wanted), None)
    if small is None:
        raise NotFound(f"There is no thumbnail of {wanted[:20]} pixels")
    return _served(request, row, small["media_type"], None, f"{row['object_id']}-{wanted}", wanted)


def _ready(request: Any) -> Any:
    identity = path_id(request)
    (rows,) = request.work.read(_BYTES(id=identity))
    if not rows:
        raise FILES.missing(identity)
    if rows[0]["status"] != "ready":
        raise NotFound(f"File {identity} is not ready")
    return rows[0]


def _served(request: Any, row: Any, media_type: str, size: int | None, etag: str, variant: str = "") -> Response:
    storage = request.work.platform.part(Storage)
    key = key_of(request.work.tenant_id, files.KEPT, row["object_id"], variant)
    if size is None:
        there = storage.head(key)
        if there is None:
            raise NotFound("This file's content is gone.")
        size = there.size
    return serve(
        request,
        storage,
        key,
        media_type=media_type,
        name=row["name"],
        size=size,
        inline=row["kind"] == "image",
        etag=etag,
    )


@objects.get(permission=PUBLIC, media_types=ACCEPTED, errors=(404,))
def fetch(request: Any) -> Response:
    """Fetch the file that a signed address stands for. The address is all it takes; it is good for minutes."""
    storage = request.registry.platform.part(Storage)
    ticket = storage.tickets.open(request.matchdict["ticket"], "GET")
    there = storage.head(ticket.key) if ticket is not None else None
    if ticket is None or there is None:
        raise _nothing()
    return serve(
        request,
        storage,
        ticket.key,
        media_type=ticket.media_type,
        name=ticket.name,
        size=there.size,
        inline=ticket.inline,
    )


@objects.put(permission=PUBLIC, status=204, errors=(404, 413))
def receive(request: Any) -> None:
    """Write a file to its signed address; a later write takes the place of an earlier one."""
    storage = request.registry.platform.part(Storage)
    ticket = storage.tickets.open(request.matchdict["ticket"], "PUT")
    if ticket is None:
        raise _nothing()
    data = request.body
    if len(data) > ticket.size:
        raise PayloadTooLarge(f"{ticket.size} bytes were announced, {len(data)} have come.")
    if not request.is_dry_run:
        storage.put(ticket.key, data, "application/octet-stream")


def _nothing() -> NotFound:
    return NotFound("There is nothing at this address, or its time is over.")


def _absolute(request: Any, url: str) -> str:
    return f"{request.host_url}{url}" if url.startswith("/") else url
