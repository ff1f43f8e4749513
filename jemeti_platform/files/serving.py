"""Bytes on their way out, with headers that let no browser make more of them than they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pyramid.response import Response

from ..errors import NotFound
from .disposition import disposition
from .storage import Storage

__all__ = ["serve"]

_RANGE = re.compile(r"bytes=(\d*)-(\d*)").fullmatch
_SAFE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
    ("Cross-Origin-Resource-Policy", "same-site"),
    ("Cache-Control", "private, max-age=300"),
    ("Accept-Ranges", "bytes"),
)


def serve(
    request: Any, storage: Storage, key: str, *, media_type: str, name: str, size: int, inline: bool, etag: str = ""
) -> Response:
    """An object as a response: whole, the part that ``Range`` asks for, or 304. Raises NotFound where it is gone."""
    headers = [("Content-Type", media_type), ("Content-Disposition", disposition(name, inline=inline)), *_SAFE]
    if etag:
        headers.append(("ETag", f'"{etag}"'))
        if etag in request.environ.get("HTTP_IF_NONE_MATCH", ""):
            return Response(status=304, headerlist=headers)
    part = _part(request.environ, size, etag)
    start, end = part or (0, size)
    try:
        pieces: Iterator[bytes] = storage.stream(key, start, end) if part else storage.stream(key)
    except FileNotFoundError:
        raise NotFound("This file's content is gone.") from None
    headers.append(("Content-Length", str(end - start)))
    if part:
        headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    return Response(app_iter=pieces, status=206 if part else 200, headerlist=headers)


def _part(environ: dict[str, Any], size: int, etag: str) -> tuple[int, int] | None:
    """From where up to where (exclusive); None for the whole, also where the wish cannot be met."""
    found = _RANGE(environ.get("HTTP_RANGE", ""))
    if not found or (environ.get("HTTP_IF_RANGE") or f'"{etag}"') != f'"{etag}"':
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    start, end = (int(first), min(int(last), size - 1) if last else size - 1) if first else (size - int(last), size - 1)
    start = max(start, 0)
    return (start, end + 1) if start <= end else None
