"""The control: B's owner asks for what is B's and gets it. Only then does it mean something that others do not.

It is also how the values of a path are found: the first of the likely ones that B's owner is answered with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any
from urllib.parse import urlencode

import colander

from ..making import Maker
from ..samples import NoSample, use_examples
from .asking import Asker
from .questions import NO_FAILURE, Question, Route
from .twins import Twins

__all__ = ["Control", "Known"]

_MOST_TRIES = 200
_MOST_IDS = 10


@dataclass(frozen=True)
class Known:
    """A route as B's owner may use it: the values of its path, by table where they are ids, and its query."""

    route: Route
    values: dict[str, str]
    tables: dict[str, str]
    query: str
    tag: str | None = None
    """The ETag that B's owner was given."""

    @property
    def words(self) -> bool:
        """Whether the path names something of B by a word."""
        return len(self.tables) < len(self.values)

    def path(self, values: dict[str, str] | None = None) -> str:
        return self.route.path({**self.values, **(values or {})}) + self.query


class Control:
    """Asks in the name of B's owner; what B's owner cannot do either is reported as a blind spot."""

    def __init__(self, twins: Twins, asker: Asker) -> None:
        self.twins, self.asker = twins, asker

    def known(self, route: Route) -> Known | None:
        """How B's owner uses the route, None where it makes no sense to him either."""
        if route.is_public or route.view.realm == "platform":
            return Known(route, {name: self._word(name) for name in route.parameters}, {}, "")
        try:
            query = self._query(route)
            body = self.body(route, self.twins.maker_b)
        except NoSample as problem:
            self.twins.blind(str(problem))
            return None
        if route.service.words is not None and not self._words(route):
            # nothing is declared that could be named, so that everybody is told so; strangers not even that
            return Known(route, dict.fromkeys(route.parameters, "undeclared"), {}, query)
        last = "is served under no path that could be found"
        candidates = [list(self._candidates(route, name)) for name in route.parameters]
        for choice in islice(product(*candidates), _MOST_TRIES):
            values = {name: value for name, (_, value) in zip(route.parameters, choice, strict=True)}
            tables = {name: table for name, (table, _) in zip(route.parameters, choice, strict=True) if table}
            known = Known(route, values, tables, query)
            reply = self.asker.ask(self._question(known, body))
            while reply.status == 400 and body and use_examples(route.view.body, body, reply.error.get("details")):
                reply = self.asker.ask(self._question(known, body))
            if reply.status in self._fit(route):
                return replace(known, tag=reply.headers.get("ETag"))
            last = f"answers B's owner {reply.status} {reply.text[:300]}"
            if reply.status not in (404, 409, 410):  # another one may be there, or in the state that is asked for
                break
        self.twins.blind(f"{route} {last}: nothing is shown by refusing others (sent was {body})")
        return None

    def body(self, route: Route, maker: Maker) -> dict[str, Any] | None:
        """A body that the route accepts, with ids of the maker's workspace. Raises NoSample."""
        if route.view.body is None:
            return None
        return maker.body(route.view, str(route), self.table_of(route))

    def table_of(self, route: Route) -> Any:
        """The SQLAlchemy table that the route's path speaks of."""
        path = route.service.path
        fitting = [r for r in self.twins.app.registry.resources.values() if (path + "/").startswith(r.path + "/")]
        return max(fitting, key=lambda r: len(r.path)).table if fitting else None

    def _question(self, known: Known, body: Any) -> Question:
        write = known.route.view.is_write
        path = known.path() + (("&" if known.query else "?") + "dry_run=true" if write else "")
        return Question("B's owner", known.route.view.method, path, NO_FAILURE, body)

    def _fit(self, route: Route) -> frozenset[int]:
        if not route.view.is_write:
            return frozenset(range(200, 300))
        return NO_FAILURE - {400, 401, 402, 403, 404}

    def _candidates(self, route: Route, name: str) -> Iterator[tuple[str | None, str]]:
        """Likely values of a path's parameter: (table, id), or (None, word)."""
        if route.service.words is not None and name != "id" and not name.endswith("_id"):
            yield from ((None, word) for word in self._words(route))
            return
        ids = self.twins.ids_b
        own = self.table_of(route)
        if own is not None and own.name in ids:
            yield from ((own.name, one) for one in reversed(ids[own.name][-_MOST_IDS:]))
        before = route.service.full_path.partition("{" + name)[0].rstrip("/").rpartition("/")[2].replace("-", "_")
        for table, found in sorted(ids.items(), key=lambda item: not item[0].endswith(before)):
            # of the table that the path names several: not every one belongs to what stands before it in the path
            yield from ((table, one) for one in reversed(found[-_MOST_IDS:] if table.endswith(before) else found[-1:]))
        for column, word in self.twins.words_b.items():
            if column == name:
                yield None, word
        yield from ((None, slug) for slug in list(self.twins.app.registry.platform.features)[:3])

    def _words(self, route: Route) -> list[str]:
        words = route.service.words
        return list(words(self.twins.app.registry.platform)) if words is not None else []

    def _word(self, name: str) -> str:
        return self.twins.words_b.get(name) or next(iter(self.twins.ids_b.values()))[0]

    def _query(self, route: Route) -> str:
        """The parameters without which the route cannot be asked."""
        schema = route.view.query
        if schema is None:
            return ""
        node = schema() if isinstance(schema, type) else schema
        needed = colander.MappingSchema(children=[child for child in node.children if child.required])
        if not needed.children:
            return ""
        maker = self.twins.maker_b
        values = maker.samples.body(needed, lambda body, context=None: body, maker.reference, str(route))
        return "?" + urlencode(values)
