"""What stands in a PDF, read back by pypdf: for comparing, without the blanks that lines break at."""

from __future__ import annotations

import io
import re

import pypdf

__all__ = ["pages", "solid"]


def pages(content: bytes) -> list[str]:
    """The text of every page."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def solid(text: str) -> str:
    """A text without blanks and without the places where a long word may break."""
    return re.sub(r"[\s\u200b]+", "", text)
