"""The questions of those who must get nothing."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

import colander

from ...rest.service import ALWAYS
from ...types import Uuid
from ..samples import NoSample
from .asking import STRANGERS
from .control import Control, Known
from .questions import NO_FAILURE, REFUSED, Question

if TYPE_CHECKING:
    from .twins import Twins

__all__ = ["attacks"]

_DOWNLOADS = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_OWNER, _POWERLESS = "A's owner", "A's user without rights"
_KEY, _POWERLESS_KEY = "A's API key", "A's API key without rights"


def attacks(known: Known, control: Control) -> Iterator[Question]:
    """Everything that is asked of one route."""
    route, twins = known.route, control.twins
    method = route.view.method
    try:
        body = control.body(route, twins.maker_a)
    except NoSample:  # only of a public route: of any other the control has told
        body = {}
    for who, fit in _refused(known):
        # who has no good token is refused before any id is looked at: one kind of thing shows it
        choices = islice(_choices(known, twins), 1) if fit == {401} and who != "nobody" else _choices(known, twins)
        for values, ids in choices:
            yield Question(who, method, known.path(values), fit, body, ids=ids)
    if route.is_public or route.view.realm == "platform":
        return
    yield from _by_path(known, twins, method, body)
    yield from _by_key(known, method, body)
    if body is not None:
        yield from _by_body(known, control, method, body)
    if method == "GET":
        yield from _by_disguise(known, twins)
        if route.view.query is not None:
            yield from _by_query(known, twins)


def _refused(known: Known) -> Iterator[tuple[str, frozenset[int]]]:
    """Those who are refused whatever they ask about, and how."""
    route = known.route
    is_platform = route.view.realm == "platform"
    fit = NO_FAILURE if route.is_public else frozenset({401})
    for who in STRANGERS:
        if not (is_platform and who == "the platform's administrator"):
            yield who, fit
    if route.is_public or is_platform:
        yield _OWNER, fit
        yield "a former administrator", fit
        return
    if route.view.is_write:
        yield "A's cookie from a page of B", frozenset({403})
    if route.view.feature != ALWAYS:
        yield "an owner who has not paid", frozenset({402})
    for who in (_POWERLESS, _POWERLESS_KEY):
        yield who, frozenset({403}) if route.needs_right else REFUSED if known.tables else NO_FAILURE


def _choices(known: Known, twins: Twins) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
    """What may stand in the path: what belongs there, and an id of every other kind of thing that B has."""
    yield known.values, tuple(known.values[name] for name in known.tables)
    for table, ids in twins.ids_b.items() if known.tables else ():
        if table not in known.tables.values():
            yield {**known.values, **dict.fromkeys(known.tables, ids[-1])}, (ids[-1],)


def _by_path(known: Known, twins: Twins, method: str, body: Any) -> Iterator[Question]:
    """B's ids in the path, in each place alone and in all; then ids of every other kind of thing."""
    if not known.tables:
        # A must be able to work, or nothing is shown by refusing
        fit = frozenset(range(200, 300)) if method == "GET" and not known.words else NO_FAILURE
        yield Question(_OWNER, method, known.path(), fit, body)
        return
    unknown = dict.fromkeys(known.tables, str(uuid4()))
    twin = Question(_OWNER, method, known.path(unknown), REFUSED, body, ids=tuple(unknown.values()))
    for values, ids in _choices(known, twins):
        fit = frozenset({404}) if values == known.values else REFUSED
        yield Question(_OWNER, method, known.path(values), fit, body, ids=ids, twin=twin)
    if len(known.tables) > 1:
        for name in known.tables:
            own = {n: twins.ids_a.get(t, [str(uuid4())])[-1] for n, t in known.tables.items() if n != name}
            yield Question(_OWNER, method, known.path(own), REFUSED, body, ids=(known.values[name],))
    if method == "GET":
        yield Question(_OWNER, "HEAD", known.path(), frozenset({404}))
        if known.tag is not None and all(table in twins.ids_a for table in known.tables.values()):
            path = known.path({name: _in_its_place(known, twins, name) for name in known.tables})
            yield Question(_OWNER, "GET", path, frozenset({200}), headers={"If-None-Match": known.tag})


def _in_its_place(known: Known, twins: Twins, name: str) -> str:
    """What A has where B has what stands in the path: the twins have the same things in the same order."""
    table = known.tables[name]
    theirs, ours = twins.ids_b.get(table, []), twins.ids_a[table]
    place = theirs.index(known.values[name]) if known.values[name] in theirs else -1
    return ours[place] if place < len(ours) else ours[-1]


def _by_key(known: Known, method: str, body: Any) -> Iterator[Question]:
    """The same paths of B by an API key that may everything, unless they are for people only."""
    if known.tables:
        yield Question(_KEY, method, known.path(), frozenset({403, 404}), body, ids=tuple(known.values.values()))
    elif known.route.needs_right and method == "GET" and not known.words:
        yield Question(_KEY, method, known.path(), frozenset(range(200, 300)), body)


def _by_body(known: Known, control: Control, method: str, body: dict[str, Any]) -> Iterator[Question]:
    """B's ids in each field that takes an id, and a field that would say whose the record is."""
    twins = control.twins
    path = known.path({n: twins.ids_a.get(t, [str(uuid4())])[-1] for n, t in known.tables.items()})
    yield Question(_OWNER, method, path, frozenset({400}), {**body, "tenant_id": str(twins.b.id)})
    schema = known.route.view.body
    node = schema() if isinstance(schema, type) else schema
    for at, leaf in _ids(node, ()):
        target = twins.maker_b.target(at[-1], leaf, control.table_of(known.route))
        if target is None or target not in twins.ids_b or _at(body, at) is None:
            continue
        foreign, unknown = twins.ids_b[target][-1], str(uuid4())
        twin = Question(_OWNER, method, path, REFUSED, _put(body, at, unknown), ids=(unknown,))
        fit = frozenset({400, 404, 409})
        yield Question(_OWNER, method, path, fit, _put(body, at, foreign), ids=(foreign,), twin=twin)


def _by_disguise(known: Known, twins: Twins) -> Iterator[Question]:
    """The same with headers that claim to be somewhere else."""
    host = f"{twins.b.slug}.{twins.app.registry.domain}"
    headers = {"X-Forwarded-Host": host, "Forwarded": f"host={host}", "X-Tenant-Id": str(twins.b.id)}
    fit = frozenset({404}) if known.tables else NO_FAILURE
    yield Question(_OWNER, "GET", known.path(), fit, headers=headers, ids=tuple(known.values[n] for n in known.tables))


def _by_query(known: Known, twins: Twins) -> Iterator[Question]:
    """Each parameter with a value of B's; each order; each form."""
    schema: Any = known.route.view.query
    node = schema() if isinstance(schema, type) else schema
    joint = "&" if known.query else "?"
    path = known.path({n: twins.ids_a.get(t, [str(uuid4())])[-1] for n, t in known.tables.items()})

    def ask(name: str, value: str) -> Question:
        return Question(_OWNER, "GET", f"{path}{joint}{urlencode({name: value})}", NO_FAILURE, ids=())

    names = {child.name for child in node.children}
    for name in sorted(names - {"page", "per_page", "count", "fields", "sort", "cursor"}):
        column = name.partition(".")[0]
        target = twins.maker_b.target(column, None) if column.endswith("_id") else None
        if column == "id" or target is not None:
            for ids in [twins.ids_b[target]] if target in twins.ids_b else twins.ids_b.values():
                yield ask(name, ids[-1])
        yield ask(name, twins.words_b.get(column, twins.b.mark))
    resource = twins.app.registry.resources.get(known.route.service.name)
    if resource is not None:
        for sort in resource.listing.sortable:
            yield ask("sort", sort)
        for media_type in _DOWNLOADS:
            yield Question(_OWNER, "GET", path, NO_FAILURE, headers={"Accept": media_type})
        cursor = twins.cursor_of_b(path)
        if cursor is not None:
            yield Question(_OWNER, "GET", f"{path}{joint}per_page=1&cursor={cursor}", frozenset({400}))


def _ids(node: Any, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The places in a body where an id stands, with their nodes; ``*`` is the first item of a list."""
    for child in node.children:
        where = (*at, "*" if isinstance(node.typ, colander.Sequence) else child.name)
        typ = getattr(child.typ, "inner", child.typ)
        if isinstance(typ, Uuid):
            yield where, child
        elif isinstance(typ, colander.Mapping | colander.Sequence):
            yield from _ids(child, where)


def _at(body: Any, at: tuple[str, ...]) -> Any:
    for name in at:
        body = (body[0] if body else None) if name == "*" else (body or {}).get(name)
    return body


def _put(body: Any, at: tuple[str, ...], value: str) -> Any:
    changed = deepcopy(body)
    inner = changed
    for name in at[:-1]:
        inner = inner[0] if name == "*" else inner[name]
    inner[0 if at[-1] == "*" else at[-1]] = value
    return changed
