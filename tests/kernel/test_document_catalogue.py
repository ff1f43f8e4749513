"""The types of documents: what a manifest may declare, what stops the boot, and that no label is missing or idle."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from colander import SchemaNode

from jemeti_platform.documents.built_in import BUILT_IN
from jemeti_platform.documents.catalogue import TEMPLATES, Catalogue
from jemeti_platform.documents.printed import Printed
from jemeti_platform.documents.schemas import Printout
from jemeti_platform.documents.writing import LANGUAGES
from jemeti_platform.kernel import KERNEL
from jemeti_platform.manifest import Document, Manifest, ManifestError, Section
from jemeti_platform.platform import BootError, Platform

LABELS = TEMPLATES.parent / "labels"


class Slip(Printout):
    shelf = SchemaNode(Printed())


GOOD = Document(
    "slip", "Slip", template="slip.typ", sample="slip.sample.json", schema=Slip, sections=(Section("notes", "Notes"),)
)
TEMPLATE = '#import "/layout.typ": *\n#show: sheet\n#letterhead(((labels.date, data.date),))\n#data.shelf\n'


@pytest.fixture
def catalogue_with(tmp_path, monkeypatch):
    """The catalogue of a platform with one plugin that declares these documents."""
    (tmp_path / "slip.typ").write_text(TEMPLATE)
    (tmp_path / "slip.sample.json").write_text('{"date": "2026-03-04", "shelf": "B 12"}')
    module = ModuleType("plugin_of_slips")
    module.__file__ = str(tmp_path / "__init__.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def make(*documents: Document) -> Catalogue:
        platform = Platform({"jemeti.plugins": ""}, KERNEL)
        platform.manifests["slips"] = Manifest(
            name="slips", title="Slips", version="1", documents=documents, package=module.__name__
        )
        return Catalogue(platform)

    return make


def test_a_plugin_adds_a_type_of_its_own(catalogue_with):
    kind = catalogue_with(GOOD)["slip"]
    assert (kind.plugin, kind.sample("bn")["shelf"]) == ("slips", "B 12")
    assert kind.labels["bn"]["date"] == "তারিখ"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"template": "none.typ"}, "none.typ is not there"),
        ({"sample": "none.json"}, "none.json is not there"),
        ({"type": "invoice"}, "'invoice' is declared by 'kernel' and by 'slips'"),
        ({"permission": "slips:read"}, "wants the permission 'slips:read', which no manifest declares"),
        ({"schema": Printout}, "does not pass the document's schema: shelf: Unknown field"),
        ({"labels": "none"}, "en.json is not there"),
    ],
)
def test_what_is_wrong_stops_the_boot_with_a_sentence(catalogue_with, change, sentence):
    with pytest.raises(BootError, match=re.escape(sentence)):
        catalogue_with(dataclasses.replace(GOOD, **change))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('#eval("1")', "slip.typ:5: a template of documents may not use eval"),
        ("#let run = std.eval", "may not use eval"),
        ('#import "@preview/cetz:0.3.0": *', "may not use a package"),
        ('#let p = plugin("x.wasm")', "may not use a WebAssembly plugin"),
    ],
)
def test_a_template_that_could_run_a_text_stops_the_boot(catalogue_with, tmp_path, line, sentence):
    (tmp_path / "slip.typ").write_text(TEMPLATE + line)
    with pytest.raises(BootError, match=re.escape(sentence)):
        catalogue_with(GOOD)


def test_a_language_of_a_plugin_is_whole_or_not_there(catalogue_with, tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "en.json").write_text('{"shelf": "Shelf", "slip": "Slip"}')
    (tmp_path / "labels" / "de.json").write_text('{"shelf": "Fach"}')
    with pytest.raises(BootError, match="lacks slip"):
        catalogue_with(dataclasses.replace(GOOD, labels="labels"))
    (tmp_path / "labels" / "de.json").unlink()
    kind = catalogue_with(dataclasses.replace(GOOD, labels="labels"))["slip"]
    assert (kind.labels["de"]["shelf"], kind.labels["de"]["date"]) == ("Shelf", "Datum")


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "Credit note"},
        {"sizes": ("a3",)},
        {"sizes": ()},
        {"sections": (Section("notes", "Notes"), Section("notes", "Again"))},
    ],
)
def test_facts_that_contradict_the_rules_are_refused_when_made(facts):
    with pytest.raises(ManifestError):
        dataclasses.replace(GOOD, **facts)
    with pytest.raises(ManifestError, match="section"):
        Section("A section", "A section")


def labels_of(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LABELS / f"{language}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_lacks_a_label(language):
    labels = labels_of(language)
    assert labels.keys() == labels_of("en").keys()
    assert all(text.strip() == text and text for text in labels.values())


def test_every_label_is_used_and_every_one_that_is_used_is_there():
    used = {name for path in TEMPLATES.glob("*.typ") for name in re.findall(r"\blabels\.(\w+)", path.read_text())}
    titles = {document.type for document in BUILT_IN}
    known = {name for name in labels_of("en") if not name.startswith("registration.")}
    assert used | titles == known


def test_every_template_belongs_to_a_document():
    templates = {Path(document.template).name for document in BUILT_IN} | {"layout.typ"}
    assert {path.name for path in TEMPLATES.iterdir()} == templates
