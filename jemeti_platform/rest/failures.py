"""Every failure in the one shape: ours, Pyramid's, Cornice's, the database's and the unforeseen."""

from __future__ import annotations

import math
from typing import Any

import structlog
from pyramid import httpexceptions as http
from pyramid.exceptions import URLDecodeError
from pyramid.response import Response

from .. import errors
from .answer import to_json
from .refusals import refusal_of

__all__ = ["error_response", "includeme"]

log = structlog.get_logger("jemeti.failures")

_BY_STATUS: dict[int, type[errors.PlatformError]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest,
        errors.Unauthorized,
        errors.Forbidden,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.NotAcceptable,
        errors.Conflict,
        errors.PayloadTooLarge,
        errors.UnsupportedMediaType,
    )
}


def includeme(config: Any) -> None:
    config.add_exception_view(_platform_error, context=errors.PlatformError)
    config.add_exception_view(_http_exception, context=http.HTTPException)
    config.add_exception_view(_bad_url, context=URLDecodeError)
    config.add_exception_view(_unforeseen, context=Exception)
    config.add_notfound_view(_not_found)
    config.add_forbidden_view(_http_exception)


def error_response(error: errors.PlatformError, request_id: str) -> Response:
    """The response of a refusal: status, headers and the error envelope."""
    body = to_json(error.body(request_id))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *error.headers.items()]
    return Response(app_iter=[body], status=error.status, headerlist=headers)


def _platform_error(error: errors.PlatformError, request: Any) -> Response:
    return error_response(error, request.request_id)


def _not_found(error: Any, request: Any) -> Response:
    return _platform_error(errors.NotFound(f"There is nothing at {request.path}."), request)


def _bad_url(error: Exception, request: Any) -> Response:
    return _platform_error(errors.BadRequest("The address is not valid UTF-8."), request)


def _http_exception(error: http.HTTPException, request: Any) -> Response:
    if error.status_int < 400:
        return error
    kind = _BY_STATUS.get(error.status_int, errors.BadRequest if error.status_int < 500 else errors.InternalError)
    if kind is errors.MethodNotAllowed:
        allowed = error.headers.get("Allow") or ", ".join(_allowed(request))
        return _platform_error(
            errors.MethodNotAllowed(
                f"{request.method} is not possible here.", headers={"Allow": allowed} if allowed else {}
            ),
            request,
        )
    return _platform_error(kind(), request)


def _allowed(request: Any) -> list[str]:
    route = getattr(request, "matched_route", None)
    served = request.registry.services.get(route.pattern) if route is not None else None
    return sorted({*served[1].views, *(("HEAD",) if "GET" in served[1].views else ())}) if served else []


def _unforeseen(error: Exception, request: Any) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        # the message of a driver's error holds SQL and values, so only its type and place are logged with it
        log.error("unforeseen", error=type(error).__name__, exc_info=error, request_id=request.request_id)
        refusal = errors.InternalError()
    elif refusal.status == errors.Unavailable.status:
        refusal.headers.setdefault("Retry-After", str(math.ceil(request.registry.retry_after)))
        log.warning("database unavailable", error=type(error).__name__, request_id=request.request_id)
    return _platform_error(refusal, request)
