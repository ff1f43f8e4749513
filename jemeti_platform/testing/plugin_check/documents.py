"""Its documents can be drawn: a template that does not compile is found here, and not when the first one is issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import colander

from ...documents.catalogue import Kind, catalogue_of
from ...documents.rendering import Renderer, RenderingFailed
from ...documents.shape import shape_of
from ...documents.writing import LANGUAGES
from ...errors import Invalid
from .report import Outcome
from .stage import Stage

__all__ = ["documents"]

_NUMBER = "SAMPLE-00001"


class _Sheet(NamedTuple):
    """What is drawn: in words, what the template is given, and the settings that it is drawn with."""

    what: str
    data: Mapping[str, Any]
    stored: Mapping[str, Any]


def documents(stage: Stage, found: Outcome) -> None:
    """The sample in every language and on every paper, then with as little in it as the schema asks for."""
    drawn = 0
    if stage.manifest.documents:
        catalogue, renderer = catalogue_of(stage.app.registry.platform), Renderer()
        with stage.prepared.twins.a.work() as work:
            workspace = dict(work.workspace)
        for document in stage.manifest.documents:
            kind = catalogue[document.type]
            for sheet in _sheets(kind):
                drawn += 1
                shape = shape_of(kind, sheet.stored, workspace)
                try:
                    renderer.render(kind, sheet.data, shape, workspace, number=_NUMBER)
                except RenderingFailed as failed:
                    place = stage.subject.place_of_text(document.template)
                    found.error(f"{sheet.what}: {failed}", place, "Mend the template, or what it asks for.")
                    break
    found.figures |= {"documents": len(stage.manifest.documents), "sheets": drawn}


def _sheets(kind: Kind) -> Iterator[_Sheet]:
    for language in LANGUAGES:
        for size in kind.document.sizes:
            yield _Sheet(f"in {language!r} on {size}", kind.sample(language), {"locale": language, "size": size})
    try:
        least = kind.check(_least(kind.node, kind.samples["en"]))
    except Invalid:  # a validator asks for what the schema does not
        return
    yield _Sheet("with nothing in it that may be left out", least, {"locale": "en"})


def _least(node: Any, given: Any) -> Any:
    """What the schema requires of a sample, down to its last part."""
    if isinstance(given, dict) and isinstance(node.typ, colander.Mapping):
        required = [child for child in node.children if child.missing is colander.required and child.name in given]
        return {child.name: _least(child, given[child.name]) for child in required}
    if isinstance(given, list) and isinstance(node.typ, colander.Sequence):
        return [_least(node.children[0], one) for one in given]
    return given
