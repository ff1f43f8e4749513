"""The index finds the very route that Pyramid's own mapper would have found, had the wordiest been added first."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyramid.request import Request
from pyramid.urldispatch import RoutesMapper

from jemeti_platform.rest.routing import IndexedRoutes

PATTERNS = (
    "/v1/jobs/{id}",
    "/v1/jobs/board",
    "/v1/jobs/{id}/lines/{line}",
    "/v1/jobs",
    "/v1/{anything}/{id}",
    "/docs/*rest",
    "/{slug}",
    "v1/without/slash",
    "/v1/jobs/{id}.pdf",
    "/",
)
WORDS = st.sampled_from(["v1", "jobs", "board", "lines", "docs", "x", "1.pdf", "without", "slash", "", "é", "{id}"])


def own_words(pattern: str) -> int:
    """How many characters of whole words stand before the first placeholder."""
    return len(re.sub(r"(/[^/]*)?[{*].*", "", "/" + pattern.lstrip("/")))


def both() -> tuple[Any, Any]:
    plain, indexed = RoutesMapper(), IndexedRoutes()
    for pattern in PATTERNS:
        indexed.connect(pattern, pattern)
    for pattern in sorted(PATTERNS, key=own_words, reverse=True):
        plain.connect(pattern, pattern)
    return plain, indexed


PLAIN, INDEXED = both()


@given(words=st.lists(WORDS, max_size=6), end=st.sampled_from(["", "/"]))
@settings(max_examples=400, deadline=None)
def test_the_same_route_with_the_same_parts(words: list[str], end: str) -> None:
    path = "/" + "/".join(words) + end
    found = [
        mapper(Request.blank("/", environ={"PATH_INFO": path.encode().decode("latin-1")}))
        for mapper in (PLAIN, INDEXED)
    ]
    names = [match["route"].name if match["route"] else None for match in found]
    assert names[0] == names[1]
    assert found[0]["match"] == found[1]["match"]


def test_a_plugin_that_is_loaded_later_serves_words_below_the_path_of_another() -> None:
    assert INDEXED(Request.blank("/v1/jobs/board"))["route"].name == "/v1/jobs/board"
    assert INDEXED(Request.blank("/v1/jobs/boards"))["route"].name == "/v1/jobs/{id}"


def test_a_route_that_is_added_later_is_found_too() -> None:
    mapper = both()[1]
    assert mapper(Request.blank("/late"))["route"].name == "/{slug}"
    mapper.connect("late", "/late/{id}")
    assert mapper(Request.blank("/late/1"))["route"].name == "late"


def test_the_application_uses_it(app: Any) -> None:
    assert isinstance(app.routes_mapper, IndexedRoutes)
