"""``/v1/number-series``: how documents are numbered, what comes next, and whether a number is missing."""

from __future__ import annotations

import hashlib
from typing import Any

from colander import SchemaNode, drop

from ..errors import NotFound
from ..json import to_json
from ..manifest import Sequence
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.preconditions import check_version, wanted_versions
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..types import NumberPattern, StrictInt
from . import series
from .gaps import count_numbers, list_gaps

__all__ = ["includeme"]

_A_SERIES = {
    "type": "object",
    "title": "Number series",
    "properties": {
        "name": {"type": "string", "description": "Plugin and document", "examples": ["jobs.job"]},
        "title": {"type": "string", "examples": ["Jobs"]},
        "pattern": {"type": "string", "examples": ["JOB-{year}-{number:05}"]},
        "default_pattern": {"type": "string", "examples": ["JOB-{year}-{number:05}"]},
        "year": {"type": "integer", "description": "The workspace's local year", "examples": [2026]},
        "next": {"type": "integer", "examples": [1]},
        "next_number": {"type": "string", "description": "As it would be taken now", "examples": ["JOB-2026-00001"]},
        "is_begun": {
            "type": "boolean",
            "description": "Whether a number of this year has been taken; until then `next` may be chosen",
        },
    },
}
_A_GAP = {
    "type": "object",
    "title": "Gap",
    "properties": {
        "year": {"type": "integer", "examples": [2026]},
        "first": {"type": "integer", "description": "The first number that is missing", "examples": [17]},
        "last": {"type": "integer", "description": "The last number that is missing", "examples": [17]},
    },
}
_YEARS = {
    "years": {
        "type": "array",
        "description": "What was looked at: the numbers of each year, and how many are in the ledger",
        "items": {
            "type": "object",
            "properties": {
                "year": {"type": "integer", "examples": [2026]},
                "first": {"type": "integer", "examples": [1]},
                "last": {"type": "integer", "examples": [250]},
                "taken": {"type": "integer", "examples": [250]},
            },
        },
    }
}


class NumberSeriesSchema(Mapping):
    pattern = SchemaNode(
        NumberPattern(),
        missing=None,
        description="How numbers are written from the next one on; null is as the plugin writes them",
        example="JOB-{year}-{number:05}",
    )
    next = SchemaNode(
        StrictInt(1, 999_999_999),
        missing=drop,
        description="Where this year begins, for those who come from another system; only before its first number",
        example=4711,
    )


class GapsQuery(PageQuery):
    year = SchemaNode(StrictInt(1, 9999), missing=None, description="Only this local year")


def _declared(platform: Any) -> dict[str, Sequence]:
    found: dict[str, Sequence] = platform.sequences
    return found


many = Service("number_series", "/number-series", ALWAYS, "How documents are numbered, without gaps")
one = Service("number_series.record", "/number-series/{name}", ALWAYS, "One number series", words=_declared)
gaps = Service(
    "number_series.gaps", "/number-series/{name}/gaps", ALWAYS, "Numbers that are missing: none", words=_declared
)


@many.get(permission="numbering:read", query=PageQuery, answer=_A_SERIES, many=True)
def list_series(request: Any) -> Answer:
    """The series of what is switched on, with the number that each would give now."""
    work = request.work
    (rows,) = work.read(series.state_of(work.platform.sequences.values()))
    enabled = work.enabled_plugins
    shown = [row for row in rows if row["name"].partition(".")[0] in enabled]
    for row in shown:
        del row["_version"]
    return sliced(request.query, shown)


@one.get(permission="numbering:read", answer=_A_SERIES, errors=(304, 404))
def get_series(request: Any) -> Answer:
    """One series, with the number that it would give now."""
    work = request.work
    sequence = _named(request)
    ((row,),) = work.read(series.state_of((sequence,)))
    _require_enabled(work, sequence)
    return _shown(row)


@one.patch(permission="numbering:write", body=NumberSeriesSchema, answer=_A_SERIES, errors=(404, 409, 412))
def change_series(request: Any) -> Answer:
    """Change how numbers are written, or where this year begins.

    Numbers that were taken stay as they are. A pattern that could write one of them again is refused.
    """
    work = request.work
    sequence = _named(request)
    _require_enabled(work, sequence)
    current = series.lock(work, sequence)
    check_version(wanted_versions(request), current["_version"], _shown(dict(current)))
    return _shown(series.change(work, sequence, request.validated))


@gaps.get(permission="numbering:read", query=GapsQuery, answer=_A_GAP, many=True, meta=_YEARS, errors=(404,))
def list_series_gaps(request: Any) -> Answer:
    """The numbers that were given out and are in no ledger. ``meta.years`` says what was looked at."""
    work, year = request.work, request.query["year"]
    sequence = _named(request)
    rows, years = work.read(list_gaps(sequence.name, year), count_numbers(sequence.name, year))
    _require_enabled(work, sequence)
    found = [{"year": row["year"], "first": row["first"], "last": row["last"]} for row in rows]
    return sliced(request.query, found, years=years)


def _named(request: Any) -> Sequence:
    name = request.matchdict["name"]
    sequence = _declared(request.work.platform).get(name)
    if sequence is None:
        raise _missing(name)
    return sequence


def _require_enabled(work: Any, sequence: Sequence) -> None:
    """A series of a plugin that is off is not there."""
    if sequence.name.partition(".")[0] not in work.enabled_plugins:
        raise _missing(sequence.name)


def _missing(name: str) -> NotFound:
    return NotFound(f"There is no number series {name[:80]!r}")


def _shown(row: dict[str, Any]) -> Answer:
    version = row.pop("_version")
    digest = hashlib.blake2b(to_json(row), digest_size=8).hexdigest()
    return Answer(row, etag=f"{version}-{digest}")


def includeme(config: Any) -> None:
    for service in (many, one, gaps):
        config.add_service(service)
