"""The pages, rendered from the OpenAPI document once a process; only the server's name is put in for each reader."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from .book import Chapter
from .chapters import chapters_of, refusals_of
from .code import ORIGIN, marked_json

__all__ = ["Assets", "Pages"]

_HERE = Path(__file__).parent
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_CODE = re.compile(r"`([^`]+)`")


class Assets:
    """The files in ``assets/``, each under a name with a digest of its bytes, so that browsers may keep it for ever."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        self.names: dict[str, str] = {}
        for path in sorted((_HERE / "assets").iterdir()):
            if path.suffix in _KINDS:
                body = path.read_bytes()
                name = f"{path.stem}-{hashlib.blake2b(body, digest_size=6).hexdigest()}{path.suffix}"
                self._files[name], self.names[path.name] = (body, _KINDS[path.suffix]), name

    def get(self, name: str) -> tuple[bytes, str] | None:
        """Bytes and media type of an asset; None for a name that is none."""
        return self._files.get(name)

    def path(self, file: str) -> str:
        return f"/docs/assets/{self.names[file]}"


class Pages:
    """The pages of one document."""

    def __init__(self, document: dict[str, Any], assets: Assets) -> None:
        self._document = document
        self._chapters = chapters_of(document)
        self._rendered: dict[str, str] = {}
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"prose": _prose, "inline": _inline, "marked_json": marked_json}
        self._environment.globals |= {
            "asset": assets.path,
            "chapters": self._chapters,
            "version": document["info"]["version"],
            "title": document["info"]["title"],
            "origin": ORIGIN,
        }

    def index(self, origin: str) -> str:
        """The small page at ``/``."""
        return self._for(origin, "index", "index.html.jinja")

    def overview(self, origin: str) -> str:
        """How the API is used, every failure, and every operation in one line."""
        return self._for(
            origin,
            "overview",
            "overview.html.jinja",
            about=self._document["info"]["description"],
            refusals=refusals_of(self._document),
            chapter=None,
        )

    def chapter(self, key: str, origin: str) -> str | None:
        """Every operation of one plugin; None for a plugin that is not installed."""
        chapter: Chapter | None = next((chapter for chapter in self._chapters if chapter.key == key), None)
        return None if chapter is None else self._for(origin, f"/{key}", "chapter.html.jinja", chapter=chapter)

    def _for(self, origin: str, key: str, template: str, **context: Any) -> str:
        if key not in self._rendered:
            self._rendered[key] = self._environment.get_template(template).render(**context)
        return self._rendered[key].replace(ORIGIN, str(escape(origin)))


def _inline(text: str) -> Markup:
    """Text with `code` marked as such."""
    parts = _CODE.split(text)
    marked = [Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)]
    return Markup("").join(marked)


def _prose(text: str) -> Markup:
    """Paragraphs of text with `code`."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(_inline(part)) for part in paragraphs)
