"""A PDF as an answer: shown in the browser, by its own type only, able to do nothing there."""

from __future__ import annotations

from pyramid.response import Response

from ..files.disposition import disposition

__all__ = ["PDF", "pdf_response"]

PDF = "application/pdf"


def pdf_response(content: bytes, name: str, *, etag: str | None = None) -> Response:
    """The response of a PDF under a file name; with an ``etag`` it never changes and may be kept for ever."""
    headers = [
        ("Content-Type", PDF),
        ("Content-Length", str(len(content))),
        ("Content-Disposition", disposition(name, inline=True)),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if etag is None:
        headers.append(("Cache-Control", "no-store"))
    else:
        headers += [("ETag", f'"{etag}"'), ("Cache-Control", "private, max-age=31536000, immutable")]
    return Response(app_iter=[content], status=200, headerlist=headers)
