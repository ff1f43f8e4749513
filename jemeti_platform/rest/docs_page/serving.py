"""``/``, ``/docs`` and what they need, with a policy that lets nothing in from elsewhere."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from pyramid.response import Response

from ...errors import NotFound
from ..openapi.names import API_TAG
from ..service import ALWAYS, PUBLIC, Service
from .pages import Assets, Pages

__all__ = ["includeme"]

HTML = "text/html"
_SAFE = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_HOST = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")

index = Service("index", "/", ALWAYS, "Where to go from here", prefix="", tag=API_TAG)
overview = Service("docs", "/docs", ALWAYS, "The reference that people read", prefix="", tag=API_TAG)
chapter = Service("docs.chapter", "/docs/{plugin}", ALWAYS, "The reference of one plugin", prefix="", tag=API_TAG)
asset = Service("docs.asset", "/docs/assets/{name}", ALWAYS, "What the reference looks like", prefix="", tag=API_TAG)


@index.get(permission=PUBLIC, media_types=(HTML,), errors=(304, 404))
def show_index(request: Any) -> Response:
    """A page that leads to the reference, to the document and to the state of the server."""
    return _page(request, _pages(request).index(_origin(request)))


@overview.get(permission=PUBLIC, media_types=(HTML,), errors=(304, 404))
def show_overview(request: Any) -> Response:
    """How the API is used, every failure, and every operation in one line."""
    return _page(request, _pages(request).overview(_origin(request)))


@chapter.get(permission=PUBLIC, media_types=(HTML,), errors=(304, 404))
def show_chapter(request: Any) -> Response:
    """Every operation of one plugin, with parameters, bodies, answers and a curl line."""
    key = request.matchdict["plugin"]
    text = _pages(request).chapter(key, _origin(request))
    if text is None:
        raise NotFound(f"The reference has no chapter {key[:64]!r}.")
    return _page(request, text)


@asset.get(permission=PUBLIC, media_types=("text/css", "text/javascript", "image/svg+xml"))
def show_asset(request: Any) -> Response:
    """A style sheet, script or picture of the reference; its name changes with its content."""
    found = request.registry.docs_assets.get(request.matchdict["name"])
    if found is None:
        raise NotFound("There is no such file.")
    body, kind = found
    response = Response(body, content_type=kind, charset="utf-8")
    response.headers.update({**_SAFE, "Cache-Control": "public, max-age=31536000, immutable"})
    return response


def _pages(request: Any) -> Pages:
    registry = request.registry
    if registry.docs_pages is None:
        registry.docs_pages = Pages(registry.published.whole.document, registry.docs_assets)
    pages: Pages = registry.docs_pages
    return pages


def _origin(request: Any) -> str:
    """The server as the reader named it, for lines that can be pasted. Raises NotFound for a host that is not ours."""
    _ = request.workspace_slug
    # in production TLS ends at the proxy, and this process sees plain HTTP
    origin = f"http{'' if request.registry.is_development else 's'}://{request.host}"
    return origin if _HOST.fullmatch(origin) else ""


def _page(request: Any, text: str) -> Response:
    body = text.encode()
    response = Response(body, content_type=HTML, charset="utf-8", conditional_response=True)
    response.etag = hashlib.blake2b(body, digest_size=8).hexdigest()
    response.headers.update({**_SAFE, "Cache-Control": "public, no-cache", "Vary": "Host"})
    return response


def includeme(config: Any) -> None:
    config.registry.docs_assets = Assets()
    config.registry.docs_pages = None
    for service in (index, overview, chapter, asset):
        config.add_service(service)
