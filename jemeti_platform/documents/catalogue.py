"""The types of documents that a platform knows: the built-in ones and those of its plugins, read once at start-up."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import orjson

from ..errors import Invalid
from ..manifest import Document
from ..platform import BootError, Platform
from ..rest.compile import Check, compile_body
from .built_in import BUILT_IN
from .writing import LANGUAGES

__all__ = ["LAYOUT", "TEMPLATES", "Catalogue", "Kind", "catalogue_of"]

TEMPLATES = Path(__file__).parent / "templates"
"""All of the file system that a template can see."""
LAYOUT = TEMPLATES / "layout.typ"
_TYPST = version_of("typst")

_FORBIDDEN = {
    "eval": re.compile(r"\beval\b"),
    "a package": re.compile(r'"@'),
    "a WebAssembly plugin": re.compile(r"\bplugin\b"),
}
"""What no template may contain: the ways from a text to code, and to the network."""


@dataclass(frozen=True)
class Kind:
    """A type of document with its template read, its schema compiled and its labels put together by language."""

    document: Document
    plugin: str
    source: bytes
    check: Check
    samples: Mapping[str, Mapping[str, Any]]
    labels: Mapping[str, Mapping[str, str]]

    @property
    def type(self) -> str:
        return self.document.type

    @cached_property
    def node(self) -> Any:
        """The schema of what the template is given."""
        return self.document.schema()

    @cached_property
    def version(self) -> str:
        """What template, layout and compiler are: a document says with which it was made."""
        digest = hashlib.sha256(self.source + b"\0" + LAYOUT.read_bytes()).hexdigest()[:16]
        return f"{digest}/typst-{_TYPST}"

    @property
    def required_sections(self) -> frozenset[str]:
        return frozenset(section.name for section in self.document.sections if section.required)

    @property
    def all_sections(self) -> tuple[str, ...]:
        return tuple(section.name for section in self.document.sections)

    def sample(self, language: str) -> dict[str, Any]:
        """What a preview shows: the sample in this language, if there is one."""
        return self.check(self.samples.get(language, self.samples["en"]))


class Catalogue(dict[str, Kind]):
    """Every type of document by name. Raises BootError for a file that is missing or not as it must be."""

    def __init__(self, platform: Platform) -> None:
        folder = Path(__file__).parent
        common = _labels(folder / "labels", "kernel")
        for document in BUILT_IN:
            self._add("kernel", folder, document, common)
        for name, manifest in platform.manifests.items():
            with platform.starting(name):
                for document in manifest.documents:
                    if document.permission and document.permission not in platform.permissions:
                        raise BootError(
                            f"document {document.type!r} of {name!r} wants the permission {document.permission!r}, "
                            "which no manifest declares"
                        )
                    self._add(name, _folder_of(manifest.package), document, common)

    def _add(self, plugin: str, folder: Path, document: Document, common: Mapping[str, Mapping[str, str]]) -> None:
        other = self.get(document.type)
        if other is not None:
            raise BootError(
                f"document {document.type!r} is declared by {other.plugin!r} and by {plugin!r}; rename one of them"
            )
        own = _labels(folder / document.labels, plugin) if document.labels else {}
        check = compile_body(document.schema)
        self[document.type] = Kind(
            document,
            plugin,
            _source(folder / document.template),
            check,
            dict(_samples(folder / document.sample, check)),
            {language: {**own.get("en", {}), **common[language], **own.get(language, {})} for language in LANGUAGES},
        )


def catalogue_of(platform: Platform) -> Catalogue:
    """The platform's catalogue, read when first asked for."""
    found: Catalogue | None = platform.parts.get(Catalogue)
    if found is None:
        found = platform.parts.setdefault(Catalogue, Catalogue(platform))
    return found


def _folder_of(package: str) -> Path:
    file = sys.modules[package].__file__
    assert file is not None
    return Path(file).parent


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise BootError(f"{path} is not there; a manifest names it in documents=(Document(…),)") from None


def _source(path: Path) -> bytes:
    source = _read(path)
    for what, pattern in _FORBIDDEN.items():
        if found := pattern.search(source.decode()):
            line = source.decode()[: found.start()].count("\n") + 1
            raise BootError(
                f"{path}:{line}: a template of documents may not use {what}; texts of users must stay texts"
            )
    return source


def _samples(path: Path, check: Check) -> Iterator[tuple[str, dict[str, Any]]]:
    for language in LANGUAGES:
        file = path if language == "en" else path.with_suffix(f".{language}.json")
        if language == "en" or file.exists():
            sample = _json(file)
            try:
                check(sample)
            except Invalid as invalid:
                raise BootError(f"{file} does not pass the document's schema: {invalid}") from None
            yield language, sample


def _labels(folder: Path, plugin: str) -> dict[str, dict[str, str]]:
    found = {language: _json(folder / f"{language}.json") for language in LANGUAGES if _is_needed(folder, language)}
    for language, labels in found.items():
        if missing := found["en"].keys() - labels.keys():
            raise BootError(f"{folder / language}.json of {plugin!r} lacks {', '.join(sorted(missing))}")
    return found


def _is_needed(folder: Path, language: str) -> bool:
    return language == "en" or (folder / f"{language}.json").exists()


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(_read(path))
    except orjson.JSONDecodeError as error:
        raise BootError(f"{path} is no JSON: {error}") from None
    return found
