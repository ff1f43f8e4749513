"""Finding the route of a path by its leading words instead of trying every route's pattern in turn.

Pyramid's mapper tries one regular expression after the other: with the routes of nine plugins that costs more
than the gate. The route that begins with more words of its own wins, so that ``/jobs/board`` is never the job
``board``, whatever plugin serves it and whenever it was loaded; among equals it is Pyramid's rule: the first added.
"""

from __future__ import annotations

from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.urldispatch import RoutesMapper
from zope.interface import implementer

__all__ = ["IndexedRoutes", "includeme"]

_Candidates = list[Any]


@implementer(IRoutesMapper)
class IndexedRoutes(RoutesMapper):
    """Routes by the words before their first placeholder, and those without any by their whole path."""

    def __init__(self) -> None:
        super().__init__()
        self._index: dict[str, _Candidates] | None = None

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        self._index = None
        return super().connect(*args, **kwargs)

    def __call__(self, request: Any) -> dict[str, Any]:
        try:
            path: str = request.path_info or "/"
        except UnicodeDecodeError:
            found: dict[str, Any] = super().__call__(request)  # it raises what a path that is no UTF-8 deserves
            return found
        index = self._index if self._index is not None else self._make_index()
        candidates: _Candidates = []
        end = len(path)
        while end > 0:
            candidates.extend(index.get(path[:end], ()))
            end = path.rfind("/", 0, end)
        candidates.extend(index.get("", ()))
        for route in candidates:
            match = route.match(path)
            if match is not None:
                info = {"match": match, "route": route}
                if all(predicate(info, request) for predicate in route.predicates):
                    return info
        return {"route": None, "match": None}

    def _make_index(self) -> dict[str, _Candidates]:
        index: dict[str, _Candidates] = {}
        for route in self.routelist:
            index.setdefault(_leading(route.pattern), []).append(route)
        self._index = index
        return index


def _leading(pattern: str) -> str:
    """The path up to the last slash before the first placeholder; the whole of a path that has none."""
    pattern = "/" + pattern.lstrip("/")
    first = min((pattern.index(mark) for mark in "{*:" if mark in pattern), default=None)
    return pattern if first is None else pattern[:first].rpartition("/")[0]


def includeme(config: Any) -> None:
    config.registry.registerUtility(IndexedRoutes(), IRoutesMapper)
