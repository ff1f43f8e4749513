"""What the kernel adds to a request, computed once and only when asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from ..errors import BadRequest, Invalid, NotFound
from ..admin.work import PlatformWork
from ..auth.policy import caller
from ..ratelimit import Verdict, refusal
from ..ratelimit import address as addresses
from ..work import Actor, Work
from .body import parse_json

__all__ = ["includeme", "path_id"]


def includeme(config: Any) -> None:
    for reified in (request_id, query_items, is_dry_run, strict_json, schema_context, client_address, counted_address, caller, work):
        config.add_request_method(reified, reify=True)
    config.add_request_method(count_stranger)
    config.add_request_method(count_caller)


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


def client_address(request: Any) -> str:
    """The client's address, through as many proxies as the ini trusts."""
    return addresses.client_address(request.environ, request.registry.trusted_proxies)


def counted_address(request: Any) -> str:
    """The address under which a client is counted: an IPv6 client by its network."""
    return addresses.counted_address(request.client_address)


def work(request: Any) -> Work | PlatformWork:
    """Who asks where: a ``Work`` in the caller's workspace, or a ``PlatformWork`` for administrators."""
    from .gate import guard_for

    who = request.caller
    registry = request.registry
    if who.tenant_id is None:
        actor = Actor("admin", "", who.id, who.session_id, request.client_address)
        return PlatformWork(registry.platform, actor, request.tm, request_id=request.request_id)
    return Work(
        registry.platform,
        who.tenant_id,
        Actor("user", "", who.id, who.session_id, request.client_address),
        request.tm,
        guard=guard_for(request.declared),
        request_id=request.request_id,
    )


def count_stranger(request: Any) -> None:
    """Count a request that nobody has identified himself with, by its address. Raises RateLimited."""
    _count(request, request.registry.limiter.hit("general_address", request.counted_address))


def count_caller(request: Any) -> None:
    """Count a request of a known caller. Raises RateLimited."""
    _count(request, request.registry.limiter.hit("general", request.caller.principal))


def _count(request: Any, verdict: Verdict) -> None:
    request.__dict__["verdicts"] = (verdict,)
    if not verdict.allowed:
        raise refusal((verdict,))


def path_id(request: Any, name: str = "id") -> UUID:
    """The id in the path. Raises NotFound for one that is no UUID."""
    text = request.matchdict[name]
    try:
        if len(text) != 36:
            raise ValueError
        return UUID(text)
    except ValueError:
        raise NotFound(f"{text[:64]} does not exist") from None
