"""Pictures in documents, as SVG texts: the QR code of a link, and the workspace's logo.

Templates are given texts only, so a logo travels as an SVG around its pixels. It has been decoded and encoded anew
before: what comes out of here is a picture and nothing else.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import NamedTuple

import segno
from PIL import Image, UnidentifiedImageError

__all__ = ["Logo", "logo_of", "qr_svg"]

_MOST_PIXELS = 40_000_000
_LARGEST = (900, 360)
"""Pixels of a printed logo: about 300 dots an inch at its largest size on paper."""


@lru_cache(maxsize=1024)
def qr_svg(link: str) -> str:
    """The QR code of an address; a quarter of it may be dirty."""
    out = io.BytesIO()
    segno.make_qr(link, error="q").save(out, kind="svg", border=0, xmldecl=False, scale=4)
    return out.getvalue().decode()


class Logo(NamedTuple):
    """A picture as SVG, ``ratio`` times as wide as it is high."""

    svg: str
    ratio: float


def logo_of(content: bytes) -> Logo | None:
    """The picture (PNG, JPEG or WebP) to be printed; None if it is none, or a flood of pixels."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            image.draft("RGB", _LARGEST)
            picture = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    picture.thumbnail(_LARGEST, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    width, height = picture.size
    pixels = base64.b64encode(out.getvalue()).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{pixels}"/></svg>'
    )
    return Logo(svg, width / height)
