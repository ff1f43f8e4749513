"""Files that mean harm or are simply wrong, made here: each a name, the bytes, and what must become of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

__all__ = ["SECRET", "Hostile", "every", "jpeg", "png", "webp", "workbook"]

SECRET = b"SECRET-THAT-MUST-NOT-SURVIVE"
"""Stands in whatever is hidden in a file."""
_SCRIPT = b"<script>alert('" + SECRET + b"')</script>"
_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825


class Hostile(NamedTuple):
    """``expected`` is the status; of what is accepted (201) nothing of ``SECRET`` may be left."""

    name: str
    data: bytes
    expected: int
    media_type: str = ""


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture that is not the same upside down: its upper left quarter is red."""
    image = Image.new(mode, (width, height), 200 if mode in ("L", "1") else "green")
    image.paste(90 if mode in ("L", "1") else "red", (0, 0, width // 2, height // 2))
    return image


def jpeg(image: Image.Image | None = None, **how: Any) -> bytes:
    return _saved(image or picture(), "JPEG", **how)


def png(image: Image.Image | None = None, **how: Any) -> bytes:
    return _saved(image or picture(), "PNG", **how)


def webp(image: Image.Image | None = None, **how: Any) -> bytes:
    return _saved(image or picture(), "WEBP", **how)


def _saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _flood(width: int, height: int, *, bits: int = 1, colour: int = 0, rows: int | None = None) -> bytes:
    """A PNG of nothing, made row by row: the picture never exists in this process."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = bytes(1 + (width * bits * channels + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join([*(packer.compress(row) for _ in range(height if rows is None else rows)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def workbook(more: dict[str, bytes] | None = None, kind: str = "spreadsheetml.sheet.main+xml") -> bytes:
    """The smallest archive that is a workbook, with ``more`` parts."""
    said = f'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{kind}"/></Types>'
    parts = {"[Content_Types].xml": said.encode(), "xl/workbook.xml": b"<workbook/>", **(more or {})}
    return _archive(parts)


def _archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return out.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_MAKE] = SECRET.decode()
    exif.get_ifd(_GPS).update({1: "N", 2: (23.0, 48.0, 37.0), 3: "E", 4: (90.0, 24.0, 45.0)})
    return exif


def _profile(size: int) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + SECRET + bytes(size)


def _text() -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET.decode()}</x:xmpmeta>")
    info.add_text("Long", SECRET.decode() * 5000, zip=True)
    return info


def every() -> Iterator[Hostile]:
    """All of them."""
    yield from _floods()
    yield from _hidden()
    yield from _polyglots()
    yield from _foreign()
    yield from _bombs()
    yield from _torn()


def _floods() -> Iterator[Hostile]:
    yield Hostile("81 megapixels.png", _flood(9000, 9000), 400)
    yield Hostile("144 megapixels.png", _flood(12000, 12000), 400)
    yield Hostile("one row too wide.png", _flood(12001, 1), 400)
    yield Hostile("four billion pixels.png", _flood(65535, 65535, rows=1), 400)
    yield Hostile("says a lot, holds a row.png", _flood(7000, 5000, bits=8, colour=6, rows=1), 201, "image/png")
    yield Hostile("41 megapixels.webp", webp(Image.new("L", (8200, 5000))), 400)
    yield Hostile("a long chunk.png", png()[:33] + struct.pack(">I", 0x7FFFFFF0) + b"IDAT" + bytes(64), 400)


def _hidden() -> Iterator[Hostile]:
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    yield Hostile("position.jpg", jpeg(exif=_exif(), xmp=xmp, comment=SECRET), 201, "image/jpeg")
    yield Hostile("position.webp", webp(exif=_exif().tobytes(), xmp=xmp), 201, "image/webp")
    yield Hostile("position.png", png(exif=_exif(), pnginfo=_text()), 201, "image/png")
    yield Hostile("profile.jpg", jpeg(icc_profile=_profile(0)), 201, "image/jpeg")
    yield Hostile("profile of 3 MB.jpg", jpeg(icc_profile=_profile(3_000_000)), 201, "image/jpeg")
    yield Hostile("broken exif.jpg", jpeg(exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + SECRET), 201, "image/jpeg")
    frames = [picture(), picture(mode="L").convert("RGB")]
    yield Hostile("two frames.webp", webp(frames[0], save_all=True, append_images=frames[1:]), 201, "image/webp")
    yield Hostile("two frames.png", png(frames[0], save_all=True, append_images=frames[1:]), 201, "image/png")


def _polyglots() -> Iterator[Hostile]:
    archive = _archive({"evil.html": _SCRIPT})
    pdf = b"%PDF-1.4\n1 0 obj<</S/JavaScript/JS(" + SECRET + b")>>endobj\ntrailer<<>>\n%%EOF\n"
    yield Hostile("script behind.jpg", jpeg() + _SCRIPT, 201, "image/jpeg")
    yield Hostile("archive behind.png", png() + SECRET + archive, 201, "image/png")
    yield Hostile("document behind.jpg", jpeg() + pdf, 201, "image/jpeg")
    yield Hostile("script in a comment.jpg", jpeg(comment=_SCRIPT), 201, "image/jpeg")
    yield Hostile("script behind.webp", webp() + _SCRIPT, 201, "image/webp")
    yield Hostile("archive behind.pdf", pdf + bytes(2000) + archive, 400)
    yield Hostile("script behind.xlsx", workbook() + _SCRIPT, 400)


def _foreign() -> Iterator[Hostile]:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'>" + _SCRIPT + b"</svg>"
    yield Hostile("drawing.svg", svg, 415)
    yield Hostile("drawing.png", b"<?xml version='1.0'?>" + svg, 415)
    yield Hostile("drawing.csv", b"\xef\xbb\xbf \n" + svg, 415)
    yield Hostile("page.jpg", b"<!DOCTYPE html><html>" + _SCRIPT, 415)
    yield Hostile("page.txt", "<html>".encode("utf-16") + _SCRIPT.decode().encode("utf-16-le"), 415)
    yield Hostile("words, then a script.txt", b"Dear customer, " + _SCRIPT, 415)
    yield Hostile("shell.csv", b"#!/bin/sh\nrm -rf /\n", 415)
    yield Hostile("program.png", b"MZ\x90\x00" + bytes(200), 415)
    yield Hostile("program.pdf", b"\x7fELF\x02\x01\x01" + bytes(200), 415)
    yield Hostile("archive.xlsx", _archive({"a.txt": b"x"}), 415)
    yield Hostile("macros.xlsx", workbook({"xl/vbaProject.bin": b"x"}), 415)
    yield Hostile("macros by type.xlsx", workbook(kind="spreadsheetml.sheet.macroEnabled.main+xml"), 415)
    yield Hostile("letter.xlsx", _archive({"[Content_Types].xml": b"", "word/document.xml": b""}), 415)
    yield Hostile("moving.png", _saved(picture(), "GIF"), 415)
    yield Hostile("bitmap.jpg", _saved(picture(), "BMP"), 415)
    yield Hostile("scan.jpg", _saved(picture(), "TIFF"), 415)
    yield Hostile("telephone.heic", b"\x00\x00\x00\x18ftypheic" + bytes(64), 415)
    yield Hostile("packed.csv", b"\x1f\x8b\x08" + bytes(30), 415)
    yield Hostile("noise.txt", bytes(range(256)), 415)
    yield Hostile("nothing.png", b"", 400)


def _bombs() -> Iterator[Hostile]:
    yield Hostile("bomb.xlsx", workbook({"xl/worksheets/sheet1.xml": bytes(60_000_000)}), 400)
    yield Hostile("many parts.xlsx", workbook({f"xl/{n}.xml": b"" for n in range(2500)}), 400)
    packed = zlib.compress(SECRET + bytes(90_000_000), 9)
    text = png()[:33] + _chunk(b"zTXt", b"Comment\x00\x00" + packed) + png()[33:]
    yield Hostile("text of 90 MB.png", text, 400)
    profile = png()[:33] + _chunk(b"iCCP", b"p\x00\x00" + packed) + png()[33:]
    yield Hostile("profile of 90 MB.png", profile, 400)


def _torn() -> Iterator[Hostile]:
    noise = Image.effect_noise((300, 300), 80).convert("RGB")
    for name, whole in (("torn.jpg", jpeg(noise)), ("torn.png", png(noise)), ("torn.webp", webp(noise))):
        yield Hostile(name, whole[: len(whole) // 2], 400)
    yield Hostile("torn.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", 400)
    yield Hostile("torn.xlsx", workbook()[:-30], 400)
    yield Hostile("head only.jpg", b"\xff\xd8\xff\xe0", 400)
    yield Hostile("head only.webp", b"RIFF\x04\x00\x00\x00WEBP", 400)
