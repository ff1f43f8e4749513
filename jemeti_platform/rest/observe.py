"""The outermost tween: request id, size limit, one structured log line, metrics.

Everything else happens inside it, so that even a refusal of the very first check carries the id and
leaves its line.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from pyramid.response import Response
from pyramid.tweens import INGRESS
from uuid_utils import uuid7

from ..errors import BadRequest, InternalError, PayloadTooLarge, PlatformError
from ..ratelimit import fields
from .failures import error_response
from .upload import FORM

__all__ = ["MAX_BODY", "includeme"]

log = structlog.get_logger("jemeti.request")

MAX_BODY = 1024 * 1024
"""Bytes a body may have; uploads have a limit of their own."""

_WELL_FORMED = re.compile(r"[A-Za-z0-9._\-]{8,64}")


def includeme(config: Any) -> None:
    metrics = config.registry.metrics = config.registry.platform.metrics
    config.registry.request_count = Counter(
        "jemeti_requests", "Requests answered", ("method", "route", "status"), registry=metrics
    )
    config.registry.request_seconds = Histogram(
        "jemeti_request_seconds", "Time to answer", ("method", "route"), registry=metrics
    )
    config.add_tween("jemeti_platform.rest.observe.tween", under=INGRESS)


def tween(handler: Callable[[Any], Response], registry: Any) -> Callable[[Any], Response]:
    count, seconds = registry.request_count, registry.request_seconds
    children: dict[tuple[str, ...], Any] = {}

    def observe(request: Any) -> Response:
        started = time.perf_counter()
        given = request.environ.get("HTTP_X_REQUEST_ID", "")
        request_id = request.request_id = given if _WELL_FORMED.fullmatch(given) else str(uuid7())
        try:
            response = _refuse_early(request) or handler(request)
        except PlatformError as error:
            response = error_response(error, request_id)
        except Exception as error:
            log.exception("unforeseen", error=type(error).__name__, request_id=request_id)
            response = error_response(InternalError(), request_id)
        # straight into the list: a WebOb header mapping compares every name with every other
        headers = response.headerlist
        headers.append(("X-Request-Id", request_id))
        if not any(name == "Cache-Control" for name, _ in headers):
            headers.append(("Cache-Control", "private, no-store"))
        if request.verdicts:
            headers.extend(fields(request.verdicts).items())
        taken = time.perf_counter() - started
        route = request.__dict__.get("matched_route")
        pattern = route.pattern if route is not None else "none"
        key = (request.method, pattern, str(response.status_int))
        child = children.get(key)
        if child is None:
            child = children[key] = (count.labels(*key), seconds.labels(*key[:2]))
        child[0].inc()
        child[1].observe(taken)
        log.info(
            "request",
            method=request.method,
            path=request.environ.get("PATH_INFO", ""),
            status=response.status_int,
            ms=round(taken * 1000, 2),
            request_id=request_id,
        )
        return response

    return observe


def _refuse_early(request: Any) -> Response | None:
    length = request.environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise BadRequest("The Content-Length header is not a number.")
    most = _most(request)
    if int(length) > most:
        raise PayloadTooLarge(f"The body may have at most {most} bytes.")
    given = request.environ["wsgi.input"]
    if hasattr(given, "seekable") and given.seekable():  # WebOb would read it all into memory, to read it again
        request.environ["webob.is_body_seekable"] = True
    return None


def _most(request: Any) -> int:
    """Bytes that the body may have: where files come in, what a file may have and what a form puts around it."""
    environ = request.environ
    most, file = int(request.registry.max_body), int(request.registry.max_file)
    if environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
        return max(most, file + FORM)
    if environ.get("REQUEST_METHOD") == "PUT" and environ.get("PATH_INFO", "").startswith("/files/"):
        return max(most, file)
    return most
