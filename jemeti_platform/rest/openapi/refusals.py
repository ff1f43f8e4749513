"""How an operation may refuse: by its declaration and by the order of refusal, each with a real answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import errors
from ...features.decision import Decision
from ..service import ALWAYS, AUTHENTICATED, PUBLIC
from .examples import AN_ID

if TYPE_CHECKING:
    from ..service import Service, View

__all__ = ["SCHEMAS", "reference", "responses", "statuses_of", "takes_key"]

_REQUEST_ID = "01935979-f1c0-7a52-8d0e-3c4b5a697887"

_KINDS: dict[int, tuple[type[errors.PlatformError], str]] = {
    400: (errors.BadRequest, "The request is not valid; `details` names every fault at once"),
    401: (errors.Unauthorized, "No identity, or one that has ended"),
    402: (errors.PaymentRequired, "The subscription does not include this; `details` says which rule decided"),
    403: (errors.Forbidden, "The caller's role does not grant this"),
    404: (errors.NotFound, "No such record (missing, or another workspace's), or no workspace under this host name"),
    405: (errors.MethodNotAllowed, "The path does not answer this method; `Allow` names those it answers"),
    406: (errors.NotAcceptable, "None of the media types in `Accept` is answered here"),
    409: (errors.Conflict, "The state of things forbids it; `details.reason` is a stable word"),
    410: (errors.Gone, "No longer available"),
    412: (errors.PreconditionFailed, "Somebody else was faster; `details.current` is the record as it is now"),
    413: (errors.PayloadTooLarge, "The body is too large"),
    415: (errors.UnsupportedMediaType, "The body has another media type than those listed"),
    429: (errors.RateLimited, "Too many requests; `Retry-After` says when to try again"),
    500: (errors.InternalError, "A fault on our side; the request id finds it in the log"),
    503: (errors.Unavailable, "Briefly unavailable: the database is away or busy; try again after `Retry-After`"),
}
_HEADERS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    412: ("ETag",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}
_PROBLEMS = {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}}
_DETAILS: dict[int, dict[str, Any]] = {
    400: _PROBLEMS,
    402: {"type": "object"},
    403: {"type": "object"},
    409: {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}},
    412: {"type": "object"},
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Error": {
        "type": "object",
        "description": "Every failure has this shape. `code` and `details.reason` are stable, prose is not.",
        "required": ["error"],
        "additionalProperties": False,
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "request_id"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "enum": sorted({kind.code for kind, _ in _KINDS.values()})},
                    "message": {"type": "string", "description": "For people to read"},
                    "details": {"description": "What went wrong, where there is more to say"},
                    "request_id": {"type": "string", "description": "Finds the request in the log"},
                },
            }
        },
    },
    "Problem": {
        "type": "object",
        "description": "One fault of the input.",
        "required": ["field", "message"],
        "properties": {
            "field": {"type": "string", "description": "A JSON path (`lines.0.quantity`), empty for the whole"},
            "message": {"type": "string"},
        },
    },
}


def _example(status: int) -> errors.PlatformError:
    match status:
        case 400:
            return errors.Invalid(
                [{"field": "name", "message": "Required"}, {"field": "emial", "message": "Unknown field"}]
            )
        case 402:
            decision = Decision("crm.customers", "off", "plan", "crm.customers")
            return errors.PaymentRequired(
                "The feature 'crm.customers' is off for this workspace.",
                details={**decision.as_dict(), "available_in": ["pro", "enterprise"]},
            )
        case 403:
            return errors.Forbidden(
                "This needs the permission 'crm.customers:write', which your role does not grant.",
                details={"permission": "crm.customers:write"},
            )
        case 404:
            return errors.NotFound(f"Customer {AN_ID} does not exist")
        case 409:
            return errors.Conflict("Another record already has this email.", reason="duplicate", fields=["email"])
        case 412:
            return errors.PreconditionFailed(details={"current": {"id": AN_ID, "name": "Rahim Ahmed", "version": 3}})
        case 429:
            return errors.RateLimited(
                "Too many requests. Try again in 42 seconds.", details={"policy": "general", "retry_after": 42}
            )
    return _KINDS[status][0]()


def responses() -> dict[str, dict[str, Any]]:
    """``components/responses``: one for each status, under the name of its error class."""
    return {_KINDS[status][0].__name__: _response(status) for status in _KINDS}


def _response(status: int) -> dict[str, Any]:
    kind, words = _KINDS[status]
    inner: dict[str, Any] = {"code": {"const": kind.code}}
    if status in _DETAILS:
        inner["details"] = _DETAILS[status]
    headers = ("X-Request-Id", *_HEADERS.get(status, ()))
    return {
        "description": words,
        "x-status": status,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {
            "application/json": {
                "schema": {
                    "$ref": "#/components/schemas/Error",
                    "properties": {"error": {"properties": inner}},
                },
                "example": _example(status).body(_REQUEST_ID),
            }
        },
    }


def reference(status: int) -> dict[str, str]:
    """The reference to the shared response of a status."""
    return {"$ref": f"#/components/responses/{_KINDS[status][0].__name__}"}


def takes_key(view: View) -> bool:
    """Whether an ``Idempotency-Key`` counts."""
    return bool(view.keyed)


def statuses_of(service: Service, view: View) -> list[int]:
    """The statuses with which a view may refuse, in the order in which it would."""
    found = {400, 406, 500, 503, *view.errors} | ({429} if view.counted else set())
    public = view.permission is PUBLIC
    if not public:
        found.add(401)
    if view.feature is not ALWAYS:
        found.add(402)
    # a write with the session cookie from another site's page is refused, whatever the permission
    by_cookie = view.is_write and view.realm == "workspace"
    for_people = view.realm == "workspace" and not view.for_keys
    if not public and (view.permission is not AUTHENTICATED or by_cookie or for_people):
        found.add(403)
    if view.body is not None or view.upload:
        found |= {413, 415}
    # a host name under which no workspace is served is found out with the identity
    if "{" in service.path or (not public and view.realm == "workspace"):
        found.add(404)
    if takes_key(view):
        found.add(409)
    return [status for status in _ORDER if status in found]


_ORDER = (401, 429, 402, 403, 406, 413, 415, 400, 404, 405, 410, 412, 409, 500, 503)
