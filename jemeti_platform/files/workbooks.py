"""Workbooks are archives: what is in one is looked at without unpacking more than the list of its parts."""

from __future__ import annotations

import io
import struct
import zipfile

from .refused import broken, unsupported

__all__ = ["XLSX", "check_workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARTS = {"[Content_Types].xml", "xl/workbook.xml"}
_MAX_PARTS, _MAX_DIRECTORY = 2000, 512 * 1024
_MAX_UNPACKED, _MAX_RATIO = 200 * 1024 * 1024, 200
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)


def check_workbook(data: bytes) -> None:
    """Raise Invalid or UnsupportedMediaType for what is no XLSX workbook, a bomb, or followed by something."""
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {part.filename: part for part in book.infolist()}
            _check_parts(parts)
            with book.open("[Content_Types].xml") as file:
                said = file.read(256 * 1024)
    except _DAMAGED:
        raise broken("The archive is damaged") from None
    if b"spreadsheetml.sheet.main+xml" not in said:
        raise unsupported("another kind of workbook (save it as XLSX)")


def _check_end(data: bytes) -> None:
    """The list of parts must be small and stand at the very end: before it is read, and so that nothing follows."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) - end < 22:
        raise broken("The archive is cut off")
    entries, size, offset, comment = struct.unpack_from("<HIIH", data, end + 10)
    if end + 22 + comment != len(data) or offset + size != end:
        raise broken("Something is appended to the archive")
    if entries > _MAX_PARTS or size > _MAX_DIRECTORY:
        raise broken("The archive has too many parts")


def _check_parts(parts: dict[str, zipfile.ZipInfo]) -> None:
    if _PARTS - parts.keys():
        raise unsupported("an archive, or another Office file (save it as PDF)")
    whole, packed = sum(p.file_size for p in parts.values()), sum(p.compress_size for p in parts.values())
    if whole > _MAX_UNPACKED or whole > _MAX_RATIO * max(packed, 1024):
        raise broken("The workbook is far larger unpacked than a workbook is")
    if any(part.flag_bits & 1 for part in parts.values()):
        raise broken("The workbook is encrypted")
    if any(name.lower().endswith("vbaproject.bin") for name in parts):
        raise unsupported("a workbook with macros (save it as XLSX)")
