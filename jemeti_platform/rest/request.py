"""What the kernel adds to a request, computed once and only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from cornice.util import current_service
from pyramid.decorator import reify
from pyramid.interfaces import IRequestExtensions
from pyramid.request import Request
from pyramid_tm import create_tm

from ..admin.work import PlatformWork
from ..auth.caller import Caller
from ..auth.policy import identified
from ..errors import BadRequest, Invalid, NotFound
from ..ratelimit import Verdict, fields, refusal
from ..ratelimit import address as addresses
from ..tenancy.host import workspace_slug
from ..work import Actor, Work, bad_key
from .body import parse_json
from .service import View
from .upload import Upload

__all__ = ["PlatformRequest", "includeme", "path_id"]


class PlatformRequest(Request):
    """A request of the platform. Everything is computed once and only when asked for.

    The properties are the class's own: what is added by ``config.add_request_method`` makes Pyramid
    build a new class for every single request, which costs more than the whole gate.
    """

    # WebOb would put a body of more than 10 KiB into a temporary file that nobody closes
    request_body_tempfile_limit = 16 * 1024 * 1024
    request_id = "none"  # the outermost tween sets it; this stands where a request is made by hand
    declared: View
    guard: Callable[[Work], None]
    validated: dict[str, Any]
    query: dict[str, Any]
    upload: Upload
    verdicts: tuple[Verdict, ...] = ()
    kept_body: bytes | None = None  # what is stored for a repetition, where that is not the whole answer

    @reify
    def tm(self) -> Any:
        """pyramid_tm's transaction manager."""
        return create_tm(self)

    @reify
    def current_service(self) -> Any:
        """Cornice's service for this request."""
        return current_service(self)

    @reify
    def workspace_slug(self) -> str | None:
        """The workspace that the host names; None for the platform's own names. Raises NotFound for a foreign host."""
        return workspace_slug(self)

    @reify
    def query_items(self) -> dict[str, str]:
        """The query string by name, without ``dry_run``. Raises Invalid for a name given twice."""
        items: dict[str, str] = self._parsed_query[0]
        return items

    @reify
    def is_dry_run(self) -> bool:
        """Whether a write should be done, shown and undone."""
        asked: bool = self._parsed_query[1]
        return asked

    @reify
    def strict_json(self) -> Any:
        """The body as strict JSON; an absent body is an empty object, so that every missing field is named."""
        raw = self.body
        return parse_json(raw) if raw else {}

    @property
    def schema_context(self) -> dict[str, Any]:
        """What schemas may need to know: the country of phone numbers, the currency of amounts, what the caller may."""
        work = self.__dict__.get("work")
        if not isinstance(work, Work) or not (work.is_confirmed or work.looks_first):
            return {}
        return {name: work.workspace[name] for name in ("country", "currency")} | {"may": work.may}

    @reify
    def client_address(self) -> str:
        """The client's address, through as many proxies as the ini trusts."""
        return addresses.client_address(self.environ, self.registry.trusted_proxies)

    @reify
    def counted_address(self) -> str:
        """The address under which a client is counted: an IPv6 client by its network."""
        return addresses.counted_address(self.client_address)

    @reify
    def caller(self) -> Caller:
        """Who calls. Raises Unauthorized without a good token, RateLimited where an address tries too often."""
        return identified(self)

    @reify
    def work(self) -> Work | PlatformWork:
        """Who asks where: a ``Work`` in the caller's workspace, or a ``PlatformWork`` for administrators."""
        who, registry = self.caller, self.registry
        actor = Actor(who.kind, "", who.id, who.session_id, self.client_address, who.fingerprint)
        if who.tenant_id is None:
            return PlatformWork(registry.platform, actor, self.tm, request_id=self.request_id)
        manager = self.tm if self.declared.is_write else None
        guard = self.guard if who.fingerprint is None else self._guard_key
        return Work(registry.platform, who.tenant_id, actor, manager, guard=guard, request_id=self.request_id)

    def _guard_key(self, work: Work) -> None:
        """What a key says of its workspace is an id: whether it is the host's is known once that has been entered."""
        if self.workspace_slug not in (None, work.entry.slug):
            raise bad_key()
        self.registry.security_policy.proven_keys.add(self.caller.fingerprint)
        self.guard(work)

    def count_stranger(self) -> None:
        """Count a request that nobody has identified himself with, by its address. Raises RateLimited."""
        self.obey(self.registry.limiter.hit("general_address", self.counted_address))

    def count_caller(self) -> None:
        """Count a request of a known caller, or of a key that nobody knows yet by its address. Raises RateLimited."""
        fingerprint = self.caller.fingerprint
        if fingerprint is not None and fingerprint not in self.registry.security_policy.proven_keys:
            self.count_stranger()
            return
        self.obey(self.registry.limiter.hit("general", self.caller.principal))

    def obey(self, *verdicts: Verdict) -> None:
        """Show how the limits stand with the answer, whatever it will be. Raises RateLimited if one refuses."""
        self.verdicts = (*self.verdicts, *verdicts)
        if not all(verdict.allowed for verdict in verdicts):
            error = refusal(verdicts)
            for name in fields(verdicts):
                del error.headers[name]  # the outermost tween writes those of all verdicts together
            raise error

    @reify
    def _parsed_query(self) -> tuple[dict[str, str], bool]:
        text = self.environ.get("QUERY_STRING", "")
        if not text:
            return {}, False
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
        if self.method not in ("GET", "HEAD") and "dry_run" in items:
            given = items.pop("dry_run")
            if given not in ("true", "false"):
                raise Invalid([{"field": "dry_run", "message": "Must be true or false"}])
            dry_run = given == "true"
        return items, dry_run


def includeme(config: Any) -> None:
    config.set_request_factory(PlatformRequest)
    config.action(None, _drop_doubles, (config.registry,), order=1_000_000)


def _drop_doubles(registry: Any) -> None:
    """Forget the request properties that pyramid_tm and Cornice have added: the class has them itself."""
    descriptors = registry.getUtility(IRequestExtensions).descriptors
    for name in [name for name in descriptors if hasattr(PlatformRequest, name)]:
        del descriptors[name]


def path_id(request: Any, name: str = "id") -> UUID:
    """The id in the path. Raises NotFound for one that is no UUID."""
    text = request.matchdict[name]
    try:
        if len(text) != 36:
            raise ValueError
        return UUID(text)
    except ValueError:
        raise NotFound(f"{text[:64]} does not exist") from None
