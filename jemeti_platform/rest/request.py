"""What the kernel adds to a request, computed once and only when asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from ..errors import BadRequest, Invalid, NotFound
from ..ratelimit.address import client_address
from .body import parse_json

__all__ = ["includeme", "path_id"]


def includeme(config: Any) -> None:
    for reified in (request_id, query_items, is_dry_run, strict_json, schema_context, address):
        config.add_request_method(reified, reify=True)


def request_id(request: Any) -> str:
    return "none"  # the outermost tween sets it; this stands where a request is made by hand


def query_items(request: Any) -> dict[str, str]:
    """The query string by name, without ``dry_run``. Raises Invalid for a name given twice."""
    return _query(request)[0]


def is_dry_run(request: Any) -> bool:
    """Whether a write should be done, shown and undone."""
    return _query(request)[1]


def _query(request: Any) -> tuple[dict[str, str], bool]:
    text = request.environ.get("QUERY_STRING", "")
    if not text:
        return {}, False
    known = request.__dict__.get("_parsed_query")
    if known is not None:
        parsed: tuple[dict[str, str], bool] = known
        return parsed
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError:
        raise BadRequest("The query string is not valid UTF-8.") from None
    except ValueError:
        raise BadRequest("The query string has too many parameters; 100 are possible.") from None
    items: dict[str, str] = {}
    for name, value in pairs:
        if name in items:
            raise Invalid([{"field": name, "message": "Given twice"}])
        if "\x00" in value:
            raise Invalid([{"field": name, "message": "Must not contain NUL"}])
        items[name] = value
    dry_run = False
    if request.method not in ("GET", "HEAD") and "dry_run" in items:
        given = items.pop("dry_run")
        if given not in ("true", "false"):
            raise Invalid([{"field": "dry_run", "message": "Must be true or false"}])
        dry_run = given == "true"
    request.__dict__["_parsed_query"] = items, dry_run
    return items, dry_run


def strict_json(request: Any) -> Any:
    """The body as strict JSON; an absent body is an empty object, so that every missing field is named."""
    raw = request.body
    return parse_json(raw) if raw else {}


def schema_context(request: Any) -> dict[str, Any]:
    """What schemas may need to know of the workspace: the country whose phone numbers need no prefix."""
    work = request.__dict__.get("work")
    if work is None or not work.is_confirmed:
        return {}
    return {"country": work.workspace["country"]}


def address(request: Any) -> str:
    """The client's address, through as many proxies as the ini trusts."""
    return client_address(request.environ, request.registry.trusted_proxies)


def path_id(request: Any, name: str = "id") -> UUID:
    """The id in the path. Raises NotFound for one that is no UUID."""
    text = request.matchdict[name]
    try:
        if len(text) != 36:
            raise ValueError
        return UUID(text)
    except ValueError:
        raise NotFound(f"{text[:64]} does not exist") from None
