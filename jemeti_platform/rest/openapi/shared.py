"""What operations share: parameters, headers, ways to identify oneself."""

from __future__ import annotations

from typing import Any

__all__ = ["headers", "parameters", "security_schemes"]


def parameters() -> dict[str, dict[str, Any]]:
    """``components/parameters``."""
    return {
        "RequestId": {
            "name": "X-Request-Id",
            "in": "header",
            "description": "A name for this request, 8 to 64 letters, digits, dots, hyphens and underscores; made for "
            "you if absent or ill formed",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
        },
        "DryRun": {
            "name": "dry_run",
            "in": "query",
            "description": "Do everything, show the result, save nothing",
            "schema": {"type": "boolean", "default": False},
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The first answer is kept for 24 hours and given again to whoever repeats the request under "
            "this key; another request under it is 409 `key_reused`, a twin still at work 409 `in_progress`",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "Change only what still has this ETag; otherwise 412",
            "schema": {"type": "string", "examples": ['"3-9f8e7d6c5b4a3928"']},
        },
        "IfNoneMatch": {
            "name": "If-None-Match",
            "in": "header",
            "description": "Answer 304 without a body if the ETag is still this one",
            "schema": {"type": "string", "examples": ['"3-9f8e7d6c5b4a3928"']},
        },
    }


def headers() -> dict[str, dict[str, Any]]:
    """``components/headers``."""
    return {
        "X-Request-Id": _header("The request's name, as given or made", {"type": "string"}),
        "ETag": _header("The version of the representation", {"type": "string"}),
        "Location": _header("Where the new record is", {"type": "string", "format": "uri-reference"}),
        "Dry-Run": _header("true where nothing was saved", {"type": "string", "const": "true"}),
        "Idempotent-Replayed": _header("true where this is the answer of an earlier request", {"const": "true"}),
        "Retry-After": _header("Seconds until it is worth another try", {"type": "integer", "minimum": 0}),
        "Allow": _header("The methods that the path answers", {"type": "string"}),
        "WWW-Authenticate": _header("The scheme to identify oneself with", {"type": "string"}),
        "RateLimit": _header('What is left, by policy: "general";r=58;t=42', {"type": "string"}),
        "RateLimit-Policy": _header('The policies that apply: "general";q=60;w=60', {"type": "string"}),
    }


def security_schemes(registry: Any) -> dict[str, dict[str, Any]]:
    """``components/securitySchemes``."""
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of POST /api/auth/login, or an API key",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": registry.security_policy.cookie_name,
            "description": "The session cookie of log-in; writes with it must come from the workspace's own pages",
        },
        "platformBearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of POST /platform/auth/login, for platform administrators",
        },
    }


def _header(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "schema": schema}
