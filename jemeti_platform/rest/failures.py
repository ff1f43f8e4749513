"""Every failure in the one shape: ours, Pyramid's, Cornice's, the database's and the unforeseen."""

from __future__ import annotations

from typing import Any

import structlog
from pyramid import httpexceptions as http
from pyramid.exceptions import URLDecodeError
from pyramid.response import Response
from pyramid_retry import is_last_attempt, mark_error_retryable

from .. import errors
from ..db.refusals import refusal_of
from ..db.transaction import is_retryable
from ..json import to_json
from ..plugin_faults import blamed_on

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
    for failed in request.registry.platform.failed_plugins.values():
        if failed.serves(request.path):
            refusal = errors.Unavailable(
                f"The plugin {failed.name} has not started; the log says why.", details={"plugins": [failed.name]}
            )
            return _platform_error(refusal, request)
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


def _blame(error: Exception, request: Any) -> str | None:
    """The plugin whose fault it is: that of the listener, hook or port in which it was raised, else of the view."""
    route = request.__dict__.get("matched_route")
    served = request.registry.services.get(route.pattern) if route is not None else None
    if served is None:
        return blamed_on(error)
    faults, where = request.registry.platform.faults, f"{request.method} {route.pattern}"
    faults.blame(served[0], "view", where, error, request_id=request.request_id)
    return blamed_on(error) or served[0]


def _unforeseen(error: Exception, request: Any) -> Response:
    refusal = refusal_of(error)
    if is_retryable(error):
        # the commit veto leaves pyramid_tm before it would mark the error, and pyramid_retry asks for the mark
        mark_error_retryable(error)
    if refusal is None:
        plugin = _blame(error, request)
        log.error(
            "unforeseen", error=type(error).__name__, plugin=plugin, exc_info=error, request_id=request.request_id
        )
        refusal = errors.InternalError()
    elif refusal.status == errors.Unavailable.status:
        refusal.headers.setdefault("Retry-After", str(request.registry.retry_after))
        if is_last_attempt(request) or not is_retryable(error):
            log.warning("database unavailable", error=type(error).__name__, request_id=request.request_id)
    return _platform_error(refusal, request)
