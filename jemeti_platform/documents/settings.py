"""``/v1/document-templates``: how a workspace wants each type of document, and what that looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from collections.abc import Mapping as Values
from typing import Any

import colander
from colander import SchemaNode
from pyramid.response import Response

from ..db.base import uuid7
from ..db.pipeline import Rows
from ..errors import Invalid, NotFound, Problem
from ..json import to_json
from ..manifest import PAPER_SIZES
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.preconditions import check_version, wanted_versions
from ..rest.schema import Mapping, list_of
from ..rest.service import ALWAYS, Service
from ..tenancy.profile import LocaleCode
from ..types import Colour, OneOf, StrictInt, Text
from ..work import Work
from . import stored
from .catalogue import Kind, catalogue_of
from .logos import LOGO, Logos
from .pdf import PDF, pdf_response
from .rendering import Renderer
from .shape import SETTINGS, Shape, shape_of
from .theme import FONTS
from .writing import LANGUAGES

__all__ = ["TemplateSchema", "includeme", "kind_named"]

_SAMPLE_NUMBER = "SAMPLE-00001"
_NOTHING: dict[str, Any] = {**dict.fromkeys(SETTINGS), "version": 0, "updated_at": None}


class TemplateSchema(Mapping):
    """A workspace's settings for one type of document; null takes a setting back to its default."""

    colour = SchemaNode(Colour(), missing=None, description="By default the workspace's brand colour")
    font = SchemaNode(OneOf(tuple(FONTS)), missing=None)
    size = SchemaNode(OneOf(PAPER_SIZES), missing=None, description="The paper; see `sizes` for what is possible")
    text_size = SchemaNode(StrictInt(8, 12), missing=None, description="In points")
    locale = SchemaNode(LocaleCode(), missing=None, description="By default the workspace's", example="bn-BD")
    title = SchemaNode(Text(max=60), missing=None, description="What stands on top, instead of the usual word")
    header = SchemaNode(Text(max=300, multiline=True), missing=None, description="Under the workspace's name")
    footer = SchemaNode(Text(max=300, multiline=True), missing=None, description="At the foot of every page")
    terms = SchemaNode(Text(max=5000, multiline=True), missing=None, description="The text of the section `terms`")
    sections = list_of(
        Text(max=40), max=30, missing=None, description="The sections that are shown, in order", example=None
    )


class PreviewQuery(Mapping):
    locale = SchemaNode(LocaleCode(), missing=colander.drop, description="In this language", example="bn-BD")


_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_ANSWER = {
    "type": "object",
    "title": "Document template",
    "properties": {
        "type": {**_TEXT, "examples": ["invoice"]},
        "name": {**_TEXT, "description": "The type in words", "examples": ["Invoice"]},
        "plugin": {**_TEXT, "examples": ["kernel"]},
        "colour": {**_TEXT, "examples": ["#1f4e79"]},
        "font": {"enum": list(FONTS)},
        "size": {"enum": list(PAPER_SIZES)},
        "text_size": {"type": "integer", "examples": [10]},
        "locale": {**_TEXT, "examples": ["bn-BD"]},
        "title": {**_TEXT, "examples": ["Tax invoice"]},
        "header": _TEXT_OR_NULL,
        "footer": _TEXT_OR_NULL,
        "terms": _TEXT_OR_NULL,
        "sections": {"type": "array", "items": _TEXT, "examples": [["parties", "lines", "totals"]]},
        "changed": {
            "type": "array",
            "items": {"enum": list(SETTINGS)},
            "description": "The settings that are the workspace's own; the others show their defaults",
        },
        "sizes": {"type": "array", "items": {"enum": list(PAPER_SIZES)}, "description": "The papers to choose from"},
        "fonts": {"type": "array", "items": {"enum": list(FONTS)}, "description": "The fonts to choose from"},
        "available_sections": {
            "type": "array",
            "description": "The sections to choose from, in their usual order",
            "items": {
                "type": "object",
                "required": ["name", "title", "required"],
                "properties": {
                    "name": {**_TEXT, "examples": ["parties"]},
                    "title": {**_TEXT, "examples": ["Customer and vehicle"]},
                    "required": {"type": "boolean", "description": "Whether it must be shown"},
                },
            },
        },
        "updated_at": {"type": ["string", "null"], "format": "date-time"},
    },
}

many = Service("document_templates", "/document-templates", ALWAYS, "How documents look")
one = Service(
    "document_templates.record",
    "/document-templates/{type}",
    ALWAYS,
    "How one type of document looks",
    tag="document_templates",
    words=catalogue_of,
)
preview = Service(
    "document_templates.preview",
    "/document-templates/{type}/preview",
    ALWAYS,
    "What that looks like",
    tag="document_templates",
    words=catalogue_of,
)


@many.get(permission="documents:read", query=PageQuery, answer=_ANSWER, many=True)
def list_templates(request: Any) -> Answer:
    """Every type of document with the settings that count for it."""
    work = request.work
    (rows,) = work.read(stored.EVERY())
    own = {row["type"]: row for row in rows}
    catalogue = catalogue_of(work.platform)
    shown = [_shown(work, kind, own.get(kind.type, _NOTHING)) for kind in catalogue.values() if _is_here(work, kind)]
    return sliced(request.query, shown)


@one.get(permission="documents:read", answer=_ANSWER, errors=(404,))
def get_template(request: Any) -> Answer:
    """One type of document with the settings that count for it."""
    work, name = request.work, request.matchdict["type"]
    (rows,) = work.read(stored.ONE(type=name))
    row = _own(rows)
    return _answer(work, kind_named(work, name), row)


@one.patch(permission="documents:write", body=TemplateSchema, answer=_ANSWER, errors=(404, 409, 412))
def change_template(request: Any) -> Answer:
    """Change settings; null takes one back to its default. Documents that were issued stay as they are."""
    work, changes = request.work, request.validated
    kind = kind_named(work, request.matchdict["type"])
    _, (row,) = work.write(stored.START(id=uuid7(), type=kind.type), stored.LOCK(type=kind.type))
    check_version(wanted_versions(request), row["version"], _answer(work, kind, row))
    _check(kind, changes)
    if not changes:
        return _answer(work, kind, row)
    values = {name: row[name] for name in SETTINGS} | changes
    _, (row,) = work.write(stored.CHANGE(of_type=kind.type, **values), stored.ONE(type=kind.type))
    return _answer(work, kind, row)


@one.delete(permission="documents:write", errors=(404, 412))
def reset_template(request: Any) -> None:
    """Take every setting back to its default."""
    work = request.work
    kind = kind_named(work, request.matchdict["type"])
    (rows,) = work.write(stored.LOCK(type=kind.type))
    row = _own(rows)
    check_version(wanted_versions(request), row["version"], _answer(work, kind, row))
    work.write(stored.RESET(type=kind.type))


@preview.get(permission="documents:read", query=PreviewQuery, media_types=(PDF,), errors=(404,))
def show_preview(request: Any) -> Response:
    """A PDF of sample data as the settings have it."""
    work, name = request.work, request.matchdict["type"]
    rows, pictures = work.read(stored.ONE(type=name), LOGO)
    return _preview(work, kind_named(work, name), {**_own(rows), **request.query}, pictures)


@preview.post(
    permission="documents:write",
    query=PreviewQuery,
    body=TemplateSchema,
    patch=True,
    late=True,
    media_types=(PDF,),
    errors=(404,),
)
def try_settings(request: Any) -> Response:
    """A PDF of sample data as it would be with these changes; nothing is saved."""
    work, name, changes = request.work, request.matchdict["type"], request.validated
    kind = kind_named(work, name)
    _check(kind, changes)
    rows, pictures = work.read(stored.ONE(type=name), LOGO)
    return _preview(work, kind, {**_own(rows), **changes, **request.query}, pictures)


def kind_named(work: Work, name: str) -> Kind:
    """A type of document that this workspace has. Raises NotFound, also where its plugin is off."""
    kind = catalogue_of(work.platform).get(name)
    if kind is None or not _is_here(work, kind):
        raise NotFound(f"There is no type of document {name[:80]!r}")
    return kind


def _is_here(work: Work, kind: Kind) -> bool:
    return kind.plugin == "kernel" or kind.plugin in work.enabled_plugins


def _own(rows: Rows) -> dict[str, Any]:
    return rows[0] if rows else dict(_NOTHING)


def _answer(work: Work, kind: Kind, row: Values[str, Any]) -> Answer:
    shown = _shown(work, kind, row)
    digest = hashlib.blake2b(to_json(shown), digest_size=8).hexdigest()
    return Answer(shown, etag=f"{row['version']}-{digest}")


def _shown(work: Work, kind: Kind, row: Values[str, Any]) -> dict[str, Any]:
    document = kind.document
    return {
        "type": kind.type,
        "name": document.title,
        "plugin": kind.plugin,
        **shape_of(kind, row, work.workspace)._asdict(),
        "changed": [name for name in SETTINGS if row[name] is not None],
        "sizes": document.sizes,
        "fonts": list(FONTS),
        "available_sections": [
            {"name": section.name, "title": section.title, "required": section.required}
            for section in document.sections
        ],
        "updated_at": row["updated_at"],
    }


def _check(kind: Kind, changes: Values[str, Any]) -> None:
    """Raise Invalid for what this type of document cannot be."""
    problems: list[Problem] = []
    size, locale = changes.get("size"), changes.get("locale")
    sections: list[str] | None = changes.get("sections")
    if size is not None and size not in kind.document.sizes:
        problems.append({"field": "size", "message": f"Must be {' or '.join(kind.document.sizes)}"})
    if locale is not None and locale.partition("-")[0] not in LANGUAGES:
        problems.append({"field": "locale", "message": f"Documents are written in {', '.join(LANGUAGES)}"})
    if sections is not None:
        problems += _wrong_sections(kind, sections)
    if problems:
        raise Invalid(problems)


def _wrong_sections(kind: Kind, sections: list[str]) -> Iterator[Problem]:
    for position, name in enumerate(sections):
        if name not in kind.all_sections:
            message = f"There is no section {name!r}; there are {', '.join(kind.all_sections)}"
            yield {"field": f"sections.{position}", "message": message}
        elif name in sections[:position]:
            yield {"field": f"sections.{position}", "message": "Given twice"}
    if missing := kind.required_sections - set(sections):
        yield {"field": "sections", "message": f"Must have {', '.join(sorted(missing))}"}


def _preview(work: Work, kind: Kind, row: Values[str, Any], pictures: Rows) -> Response:
    shape: Shape = shape_of(kind, row, work.workspace)
    data = kind.sample(shape.locale.partition("-")[0])
    logo = work.platform.part(Logos).of(work, pictures)
    content = work.platform.part(Renderer).render(kind, data, shape, work.workspace, number=_SAMPLE_NUMBER, logo=logo)
    return pdf_response(content, f"{kind.type}-sample.pdf")


def includeme(config: Any) -> None:
    for service in (many, one, preview):
        config.add_service(service)
