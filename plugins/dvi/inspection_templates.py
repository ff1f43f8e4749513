"""Templates: checked as a whole, seeded by their code, counted in revisions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, NotFound, Problem
from jemeti_platform.work import Work

from .grading import Limits
from .models import Template

__all__ = ["change", "clone", "create", "shipped", "sow"]

_CLONE = Statement(
    "INSERT INTO dvi_templates (id, code, name, description, sections)"
    " SELECT %(new)s, %(code)s, coalesce(%(name)s, name), description, sections FROM dvi_templates WHERE id = %(id)s"
    " RETURNING id"
)
_SEEN = Statement("SELECT code FROM dvi_templates")
_SERVICES = Statement("SELECT id FROM jobs_services WHERE id = ANY(%(ids)s::uuid[])")
_REVISE = Statement("UPDATE dvi_templates SET revision = revision + 1 WHERE id = %(id)s")
_ITEM: dict[str, Any] = {
    "hint": None, "unit": None, "limits": None, "choices": None, "required": False, "photos": 0, "advice": None,
    "proposed": None,
}  # fmt: skip


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Add a template and return its id. Raises Invalid, naming the item, for what no inspection could go by."""
    identity = uuid7()
    work.queue(insert_row(Template, identity, {**values, "sections": _kept(work, values["sections"])}))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change a template; other sections are its next revision. Inspections that have begun keep theirs."""
    if "sections" in changes:
        changes = {**changes, "sections": _kept(work, changes["sections"])}
        work.queue(_REVISE(id=identity))
    work.queue(update_row(Template, identity, changes))


def clone(work: Work, identity: UUID, values: Mapping[str, Any]) -> UUID:
    """Copy a template, archived or not, under a ``code`` and perhaps a ``name`` of its own; return the copy's id.

    Raises NotFound.
    """
    new = uuid7()
    (rows,) = work.write(_CLONE(new=new, id=identity, **values))
    if not rows:
        raise NotFound(f"Inspection template {identity} does not exist")
    return new


def sow(work: Work) -> None:
    """Give a workspace the templates that we ship, in its language. Those it has by their code stay as they are."""
    (rows,) = work.write(_SEEN())
    seen = {row["code"] for row in rows}
    for template in shipped(work.workspace["locale"].partition("-")[0]):
        if template["code"] not in seen:
            create(work, template)


@lru_cache(maxsize=8)
def shipped(language: str) -> list[dict[str, Any]]:
    """The templates in ``templates/``, in a language or else in English."""
    folder = files(__package__).joinpath("templates")
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return [_in(language, json.loads(file.read_text(encoding="utf-8"))) for file in found]


def _in(language: str, said: Any) -> Any:
    """What a file says, with each text that it has in several languages in one."""
    if isinstance(said, dict):
        if "en" in said:
            return said.get(language, said["en"])
        return {name: _in(language, value) for name, value in said.items()}
    return [_in(language, one) for one in said] if isinstance(said, list) else said


def _kept(work: Work, sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sections as they are kept: every item whole, decimals as texts. Raises Invalid."""
    faults = [*_faults(sections), *_unknown_services(work, sections)]
    if faults:
        raise Invalid(faults)
    return [{"title": section["title"], "items": [_whole(item) for item in section["items"]]} for section in sections]


def _whole(item: Mapping[str, Any]) -> dict[str, Any]:
    limits, choices, proposed = item.get("limits"), item.get("choices"), item.get("proposed")
    return {
        **_ITEM,
        **item,
        "limits": Limits.of(limits).as_dict() if limits else None,
        "choices": [{"condition": None, **choice} for choice in choices] if choices else None,
        "proposed": {name: None if value is None else str(value) for name, value in proposed.items()}
        if proposed
        else None,
    }


def _faults(sections: list[dict[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for i, section in enumerate(sections):
        for j, item in enumerate(section["items"]):
            at = f"sections.{i}.items.{j}"
            if item["key"] in seen:
                yield {"field": f"{at}.key", "message": "Another item has this key"}
            seen.add(item["key"])
            for name, message in _faults_of(item):
                yield {"field": f"{at}.{name}", "message": message}


def _unknown_services(work: Work, sections: list[dict[str, Any]]) -> Iterator[Problem]:
    named = [
        (f"sections.{i}.items.{j}.proposed.service_id", item["proposed"]["service_id"])
        for i, section in enumerate(sections)
        for j, item in enumerate(section["items"])
        if (item.get("proposed") or {}).get("service_id") is not None
    ]
    if named:
        (rows,) = work.write(_SERVICES(ids=[service for _, service in named]))
        known = {row["id"] for row in rows}
        for field, service in named:
            if service not in known:
                yield {"field": field, "message": "There is no such record."}


def _faults_of(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, limits, choices = item["kind"], item.get("limits"), item.get("choices")
    if kind == "measurement" and not item.get("unit"):
        yield "unit", "A measurement needs a unit"
    if kind != "measurement" and limits:
        yield "limits", "Only a measurement has limits"
    if limits:
        yield from (("limits", fault) for fault in Limits.of(limits).faults)
    if kind == "choice" and not choices:
        yield "choices", "A choice needs choices"
    if kind != "choice" and choices:
        yield "choices", "Only a choice has choices"
    if choices and len({one["value"] for one in choices}) < len(choices):
        yield "choices", "Two choices have the same value"
