"""Services: a path with its views, as values that the kernel inspects before it registers them.

The only module that imports Cornice. A view takes the request and returns data (or an ``Answer``,
or ``None`` for 204); ``request.work`` is who asks where, ``request.validated`` the body after its
schema, ``request.query`` the query string after its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import colander
import cornice
from pyramid.config import Configurator
from pyramid.response import Response

from .answer import Answer, make_response
from .compile import compile_body, compile_patch, compile_query
from .schema import Mapping
from .upload import read_form

__all__ = ["ALWAYS", "AUTHENTICATED", "PUBLIC", "Service", "View"]

ALWAYS = "*always*"
"""For ``feature``: works under every subscription."""
PUBLIC = "*public*"
"""For ``permission``: needs no identity at all."""
AUTHENTICATED = "*authenticated*"
"""For ``permission``: anybody who has logged in will do."""

ViewFunction = Callable[[Any], Any]


@dataclass(slots=True)
class View:
    """One method of a service with everything that is declared about it.

    ``answer`` is the schema of ``data`` (``many`` for a list of them); ``errors`` are the statuses a
    client should expect beside those that every view may give; ``realm`` is whose identity counts:
    ``workspace`` or ``platform``. ``counted=False`` is for probes, which must never meet a rate limit. A
    ``late`` write opens the transaction itself, when it first writes: for views that begin with slow work,
    such as hashing a password, which must not hold one open. A write that ``looks_first`` begins with SELECTs (locking
    or not) for what it depends on: they travel with what opens the transaction, so that looking costs no round trip.
    Who asks is decided before their rows are seen. Until then it must change nothing; it may be run again. A PUT that
    ``creates`` answers 201 for what was not there before. A view that takes an ``upload`` gets a file as
    ``request.upload``, from multipart/form-data; the other fields of the form are checked by ``body``, written as in a
    query. It is late. ``keyed`` says whether an ``Idempotency-Key`` counts; without it, for every POST whose
    transaction the gate opens, and for uploads. ``for_keys`` lets API keys in where the permission is AUTHENTICATED:
    without it such a view is for people who have logged in. ``without_two_factor`` lets those in who must set up a
    second factor before anything else.
    """

    method: str
    function: ViewFunction
    feature: str
    permission: str
    body: type[colander.MappingSchema] | colander.MappingSchema | None = None
    query: type[colander.MappingSchema] | colander.MappingSchema | None = None
    patch: bool = False
    answer: type[colander.MappingSchema] | colander.MappingSchema | dict[str, Any] | None = None
    many: bool = False
    meta: dict[str, Any] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    summary: str = ""
    realm: str = "workspace"
    media_types: tuple[str, ...] = ("application/json",)
    late: bool = False
    looks_first: bool = False
    counted: bool = True
    creates: bool = False
    upload: bool = False
    keyed: bool | None = None
    for_keys: bool = False
    without_two_factor: bool = False
    check_body: Callable[..., Any] | None = None
    check_query: Callable[..., Any] | None = None
    declared_at: str = ""

    def __post_init__(self) -> None:
        if self.upload:
            self.late = True
            self.check_body = compile_query(_instance(self.body) if self.body is not None else Mapping())
        if self.looks_first and (self.late or not self.is_write or self.realm != "workspace"):
            raise ValueError(f"{self.where}: only a write in a workspace looks first, and one that is not late")
        if self.keyed is None:
            self.keyed = self.upload or not self.late
        self.keyed = self.keyed and self.method == "POST" and self.permission is not PUBLIC
        if self.body is not None and self.check_body is None:
            self.check_body = (compile_patch if self.patch else compile_body)(_instance(self.body))
        if self.check_query is None:
            self.check_query = compile_query(_instance(self.query) if self.query is not None else Mapping())
        if not self.summary:
            self.summary = (inspect.getdoc(self.function) or "").partition("\n")[0]

    def __deepcopy__(self, memo: dict[int, Any]) -> View:
        return self  # Cornice copies every view argument for every application; this one never changes

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def where(self) -> str:
        """File and line of what declares it, for error messages and ``jemeti routes``.

        That is the function, or an object's ``__call__``, unless it was made from something that an author wrote.
        """
        if self.declared_at:
            return self.declared_at
        function = inspect.unwrap(self.function)
        code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)


@dataclass(slots=True)
class Service:
    """A path below ``/v1`` (or absolute with ``prefix=""``) and its views by method.

    ``feature`` is the slug that gates it, or ``ALWAYS``. Every view names its ``permission``, or
    ``AUTHENTICATED`` or ``PUBLIC``: there is no default, and a view without one stops the boot.

    ``words(platform)`` are what may stand in the path's only parameter, where that is a name which manifests declare.
    """

    name: str
    path: str
    feature: str
    description: str = ""
    prefix: str = "/v1"
    realm: str = "workspace"
    tag: str = ""
    words: Callable[[Any], Iterable[str]] | None = None
    views: dict[str, View] = field(default_factory=dict)

    def get(self, **declared: Any) -> Callable[[ViewFunction], ViewFunction]:
        return self._decorator("GET", declared)

    def post(self, **declared: Any) -> Callable[[ViewFunction], ViewFunction]:
        return self._decorator("POST", declared)

    def put(self, **declared: Any) -> Callable[[ViewFunction], ViewFunction]:
        return self._decorator("PUT", declared)

    def patch(self, **declared: Any) -> Callable[[ViewFunction], ViewFunction]:
        return self._decorator("PATCH", {"patch": True, **declared})

    def delete(self, **declared: Any) -> Callable[[ViewFunction], ViewFunction]:
        return self._decorator("DELETE", {"status": 204, **declared})

    def add(self, method: str, function: ViewFunction, **declared: Any) -> None:
        """Declare a view without the decorator."""
        declared.setdefault("permission", "")
        declared.setdefault("feature", self.feature)
        declared.setdefault("realm", self.realm)
        self.views[method] = View(method, function, **declared)

    @property
    def full_path(self) -> str:
        return self.prefix + self.path

    def register(self, config: Configurator) -> None:
        """Make the Cornice service: one route, one Pyramid view a method, and Cornice's answers to the "
        "other methods."""
        service = _Plain(
            name=self.name,
            path=self.full_path,
            description=self.description,
        )
        for view in self.views.values():
            service.add_view(view.method, _responding(view), declared=view, validators=(_validate,), filters=())
        config.add_cornice_service(service)

    def _decorator(self, method: str, declared: dict[str, Any]) -> Callable[[ViewFunction], ViewFunction]:
        def declare(function: ViewFunction) -> ViewFunction:
            self.add(method, function, **declared)
            return function

        return declare


class _Plain(cornice.Service):
    """Cornice's service without its own filters and validators: the envelope and the schemas do their work."""

    default_filters = ()
    default_validators = ()


def _validate(request: Any, declared: View, **ignored: Any) -> None:
    """Cornice's validator: query string and body by the compiled schemas, all faults at once."""
    assert declared.check_query is not None
    context = request.schema_context
    request.query = declared.check_query(request.query_items, context)
    if declared.upload:
        request.upload, fields = read_form(request, request.registry.max_file)
        assert declared.check_body is not None
        request.validated = declared.check_body(fields, context)
    elif declared.check_body is not None:
        request.validated = declared.check_body(request.strict_json, context)


def _responding(view: View) -> ViewFunction:
    """The view function with its result made a response here: Pyramid's renderers cost more than the JSON."""
    function, status = view.function, view.status

    @functools.wraps(function)
    def respond(request: Any) -> Response:
        result = function(request)
        if isinstance(result, Response):
            return result
        return make_response(request, result if isinstance(result, Answer) else Answer(result, status))

    return respond


def _instance(schema: Any) -> colander.MappingSchema:
    made: colander.MappingSchema = schema() if isinstance(schema, type) else schema
    return made
