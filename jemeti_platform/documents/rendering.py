"""A document as bytes: data, labels and settings go in as one JSON text, a PDF comes out. The same in, the same out.

Typst compiles in this process, without the lock of the interpreter. A template sees the kernel's ``templates`` folder
and nothing else of the machine; it has no packages, and fonts are ours alone, so that every machine draws alike.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

import orjson
import typst

from .addresses import address_lines
from .catalogue import TEMPLATES, Kind
from .pictures import Logo, qr_svg
from .presenting import presented
from .printed import Printed
from .shape import Shape
from .theme import families, inks_of
from .writing import Hand, hand_of

__all__ = ["Renderer", "RenderingFailed"]

FONTS = Path(__file__).parent / "fonts"
_PRINTED = Printed()
_WIDE = 1.8
"""A logo that is that many times as wide as high stands above the workspace's name, a narrower one beside it."""


class RenderingFailed(RuntimeError):
    """A template does not compile: a fault of its author, never of the data."""


class Renderer:
    """Renders documents; one for each platform, for all threads."""

    def __init__(self) -> None:
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
        self._own = threading.local()

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:  # noqa: ARG003  # every part is made like this
        return cls()

    def render(
        self,
        kind: Kind,
        data: Mapping[str, Any],
        shape: Shape,
        workspace: Mapping[str, Any],
        *,
        number: str,
        logo: Logo | None = None,
    ) -> bytes:
        """The PDF of ``data``, which has passed the schema of ``kind``. Raises RenderingFailed."""
        (made,) = self._compiled("pdf", kind, data, shape, workspace, number, logo)
        return made

    def draw(
        self,
        kind: Kind,
        data: Mapping[str, Any],
        shape: Shape,
        workspace: Mapping[str, Any],
        *,
        number: str,
        logo: Logo | None = None,
        dots: int = 80,
    ) -> list[bytes]:
        """The pages of the same document as PNG pictures with ``dots`` to the inch. Raises RenderingFailed."""
        return self._compiled("png", kind, data, shape, workspace, number, logo, ppi=dots)

    def _compiled(
        self,
        form: Literal["pdf", "png"],
        kind: Kind,
        data: Mapping[str, Any],
        shape: Shape,
        workspace: Mapping[str, Any],
        number: str,
        logo: Logo | None,
        **more: Any,
    ) -> list[bytes]:
        hand = hand_of(workspace, shape.locale, data.get("currency"))
        document = orjson.dumps(_given(kind, data, shape, workspace, hand, number, logo)).decode()
        moment = datetime.combine(data["date"], datetime.min.time(), UTC)
        try:
            made = self._compiler.compile(
                input=kind.source, format=form, sys_inputs={"document": document}, timestamp=moment, **more
            )
        except typst.TypstError as error:
            raise RenderingFailed(f"the template of {kind.type!r}: {error.message}") from None
        assert made is not None
        return [made] if isinstance(made, bytes) else made

    @property
    def _compiler(self) -> typst.Compiler:
        # a compiler serves one thread at a time; the fonts, which are what costs, are shared
        compiler: typst.Compiler | None = getattr(self._own, "compiler", None)
        if compiler is None:
            compiler = typst.Compiler(root=TEMPLATES, font_paths=self._fonts, ignore_system_fonts=True)
            self._own.compiler = compiler
        return compiler


def _given(
    kind: Kind,
    data: Mapping[str, Any],
    shape: Shape,
    workspace: Mapping[str, Any],
    hand: Hand,
    number: str,
    logo: Logo | None,
) -> dict[str, Any]:
    labels = kind.labels[hand.language]
    link = data.get("link") if "link" in shape.sections else None
    return {
        "theme": {
            **inks_of(shape.colour)._asdict(),
            "fonts": families(shape.font),
            "size": shape.size,
            "text_size": shape.text_size,
            "language": hand.language,
            "direction": "rtl" if hand.is_rtl else "ltr",
            "zero": hand.zero,
            "sections": shape.sections,
        },
        "labels": labels,
        "workspace": {
            "name": _printed(workspace["name"]),
            "address": [_printed(line) for line in address_lines(workspace.get("address"), hand.language)],
            "phone": hand.code(_printed(workspace.get("phone"))),
            "email": hand.code(_printed(workspace.get("email"))),
            "numbers": [
                {"name": _name_of(name, labels), "value": hand.code(_printed(value))}
                for name, value in (workspace.get("registration_numbers") or {}).items()
            ],
            "logo": logo.svg if logo else None,
            "logo_is_wide": logo is not None and logo.ratio > _WIDE,
        },
        "title": _printed(shape.title),
        "number": hand.code(_printed(number)),
        "header": _printed(shape.header),
        "footer": _printed(shape.footer),
        "terms": _printed(shape.terms),
        "link": link,
        "qr": qr_svg(link) if link else None,
        "data": presented(kind.node, data, hand),
    }


def _printed(text: str | None) -> str:
    return Printed.breakable(_PRINTED.read(text, {})) if text else ""


def _name_of(name: str, labels: Mapping[str, str]) -> str:
    """A registration number's name in words: the language's own where we know it, else as the workspace calls it."""
    return labels.get(f"registration.{name}") or name.replace("_", " ").capitalize()
