"""What may be refused, and how: each error knows its HTTP status and its stable code.

Raise to refuse: whatever is raised rolls the transaction back. `code` and `details.reason` are API, prose is not.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypedDict

__all__ = [
    "BadRequest",
    "Conflict",
    "Forbidden",
    "Gone",
    "InternalError",
    "Invalid",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotFound",
    "PayloadTooLarge",
    "PaymentRequired",
    "PlatformError",
    "PreconditionFailed",
    "Problem",
    "RateLimited",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMediaType",
]


class Problem(TypedDict):
    """One fault of the input: `field` is a JSON path (`lines.0.quantity`), empty for the body as a whole."""

    field: str
    message: str


class PlatformError(Exception):
    """A refusal that a client may read; subclasses set `status`, `code` and the message used when none is given."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    default: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.default
        self.details = details
        self.headers: dict[str, str] = dict(headers or {})
        super().__init__(self.message)

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the error envelope; `details` is left out where there is none."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        error["request_id"] = request_id
        return {"error": error}


class BadRequest(PlatformError):
    status = 400
    code = "bad_request"
    default = "The request is not valid."


class Invalid(BadRequest):
    """Input that breaks a schema: all faults at once, as `details`."""

    def __init__(
        self,
        problems: Iterable[Problem],
        message: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__(message, details=self.problems, headers=headers)

    def __str__(self) -> str:
        return "; ".join(f"{p['field'] or 'body'}: {p['message']}" for p in self.problems) or self.message


class Unauthorized(PlatformError):
    status = 401
    code = "unauthorized"
    default = "Log in first."


class PaymentRequired(PlatformError):
    status = 402
    code = "payment_required"
    default = "This workspace's plan does not include that."


class Forbidden(PlatformError):
    status = 403
    code = "forbidden"
    default = "You may not do that."


class NotFound(PlatformError):
    """Missing, or another workspace's: the answer must not tell which."""

    status = 404
    code = "not_found"
    default = "There is no such thing here."


class MethodNotAllowed(PlatformError):
    status = 405
    code = "method_not_allowed"
    default = "This path does not answer that method."


class NotAcceptable(PlatformError):
    status = 406
    code = "not_acceptable"
    default = "This path cannot answer in any format the Accept header allows."


class Conflict(PlatformError):
    """The request is well formed but the state of things forbids it; `reason` is a stable word such as `duplicate`."""

    status = 409
    code = "conflict"
    default = "That conflicts with the present state."

    def __init__(
        self,
        message: str | None = None,
        reason: str = "state",
        *,
        headers: Mapping[str, str] | None = None,
        **details: Any,
    ) -> None:
        self.reason = reason
        super().__init__(message, details={"reason": reason, **details}, headers=headers)


class Gone(PlatformError):
    status = 410
    code = "gone"
    default = "That is no longer available."


class PreconditionFailed(PlatformError):
    status = 412
    code = "precondition_failed"
    default = "Somebody else changed this in the meantime. Read it again, then repeat your change."


class PayloadTooLarge(PlatformError):
    status = 413
    code = "payload_too_large"
    default = "The body is too large."


class UnsupportedMediaType(PlatformError):
    status = 415
    code = "unsupported_media_type"
    default = "Send the body as application/json."


class _Later(PlatformError):
    """A refusal that may be tried again after `retry_after` seconds (sent as Retry-After)."""

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: int | None = None,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, details=details, headers=headers)
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)


class RateLimited(_Later):
    status = 429
    code = "rate_limited"
    default = "Too many requests. Wait a moment, then try again."


class InternalError(PlatformError):
    """What an unexpected exception becomes: no internals in the message, the request id finds the log line."""


class Unavailable(_Later):
    status = 503
    code = "service_unavailable"
    default = "The service is briefly unavailable. Try again in a moment."
