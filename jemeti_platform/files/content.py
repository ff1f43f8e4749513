"""What a file is, decided by its bytes: its name and what its sender calls it have no say.

Accepted are pictures (JPEG, PNG, WebP), PDF, workbooks (XLSX), CSV and plain text. Everything else is refused by its
name, where it has one.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable
from typing import NamedTuple

from .refused import broken, unsupported
from .workbooks import XLSX, check_workbook

__all__ = ["ACCEPTED", "KINDS", "Content", "content_of"]

KINDS = ("image", "document", "data")
_KIND = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "application/pdf": "document",
    "text/plain": "document",
    "text/csv": "data",
    XLSX: "data",
}
ACCEPTED = tuple(_KIND)
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"8BPS", "a Photoshop file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"#!", "a script"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"\xfd7zXZ", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (save it as XLSX or PDF)"),
    (b"{\\rtf", "an RTF document (save it as PDF)"),
    (b"%!PS", "PostScript"),
    (b"RIFF", "sound or video"),
    (b"ID3", "sound"),
    (b"OggS", "sound or video"),
    (b"\x1a\x45\xdf\xa3", "video"),
    (b"SQLite format 3", "a database"),
)
_HEIF = {b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"}
_MARKUP = re.compile(
    r"<\s*(?:!doctype|\?xml|\?php|%|html|head|body|script|svg|iframe|object|embed|meta|style|link|img|a\s)",
    re.IGNORECASE,
)
_SNIFFED = 4096
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_TAIL = 1024


class Content(NamedTuple):
    """The media type of a file and its kind: ``image``, ``document`` or ``data``."""

    media_type: str
    kind: str


def content_of(data: bytes) -> Content:
    """What the bytes are.

    Raises UnsupportedMediaType for what is not accepted, Invalid for what is empty or not whole.
    """
    if not data:
        raise broken("The file is empty")
    for decide in (_picture, _pdf, _zip, _foreign, _text):
        found = decide(data)
        if found is not None:
            return Content(found, _KIND[found])
    raise unsupported("of an unknown kind")


def _picture(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def _pdf(data: bytes) -> str | None:
    if not data.startswith(b"%PDF-"):
        return None
    if b"%%EOF" not in data[-_TAIL:]:
        raise broken("The PDF does not end as a PDF does: it is cut off, or something else is appended")
    return "application/pdf"


def _zip(data: bytes) -> str | None:
    if not data.startswith(b"PK\x03\x04"):
        return None
    check_workbook(data)
    return XLSX


def _foreign(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIF:
            raise unsupported("a HEIC picture (save it as JPEG)")
        raise unsupported("an AVIF picture" if data[8:12] == b"avif" else "video")
    for mark, name in _FOREIGN:
        if data.startswith(mark) and (len(mark) > 3 or _CONTROL.search(data[:_SNIFFED]) or mark == b"#!"):
            raise unsupported(name)
    return None


def _text(data: bytes) -> str | None:
    """Text in UTF-8, in UTF-16 with its mark, or in one of the old encodings of one byte a letter."""
    encoding, begin = next(((name, len(mark)) for mark, name in _MARKS if data.startswith(mark)), ("", 0))
    if not encoding.startswith("utf-16") and _CONTROL.search(data):
        return None
    try:
        first = _beginning(data, encoding, begin)
    except UnicodeDecodeError:
        return None
    if _MARKUP.search(first):
        raise unsupported("SVG, HTML, XML or a script" if first.lstrip().startswith("<") else "text with markup in it")
    return "text/csv" if _is_table(first) else "text/plain"


def _beginning(data: bytes, encoding: str, begin: int) -> str:
    """The beginning of a text all of which could be decoded. Raises UnicodeDecodeError."""
    if encoding.startswith("utf-16"):
        return _decoded(data[begin:], encoding, lambda text: not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text))
    try:
        return _decoded(data[begin:], "utf-8", lambda text: True)
    except UnicodeDecodeError:
        if encoding:
            raise
        return data[:_SNIFFED].decode("cp1252", errors="replace")


def _decoded(data: bytes, encoding: str, is_fit: Callable[[str], bool]) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    first = ""
    for begin in range(0, len(data), 256 * 1024):  # not at once: letters of four bytes would be four times the size
        piece = data[begin : begin + 256 * 1024]
        text = decoder.decode(piece, final=begin + len(piece) >= len(data))
        if not is_fit(text):
            raise UnicodeDecodeError(encoding, b"", 0, 0, "a control character")
        first = first or text[:_SNIFFED]
    return first


def _is_table(text: str) -> bool:
    """Whether the lines have the same number of cells, two at least."""
    lines = text.splitlines()
    lines = [line for line in (lines[:-1] if len(text) == _SNIFFED else lines)[:20] if line.strip()]
    if len(lines) < 2:
        return False
    for delimiter in (",", ";", "\t", "|"):
        widths = {len(row) for row in csv.reader(lines, delimiter=delimiter)}
        if len(widths) == 1 and widths.pop() > 1:
            return True
    return False
