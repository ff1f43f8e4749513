"""A picture made anew from its pixels; run as a program, in a process that may not do much else.

Reads a picture from standard input and writes to standard output one line of JSON, then the new picture and its
thumbnails, one after the other: ``{"media_type", "width", "height", "lengths": [bytes of each…], "sizes": [[w, h]…]}``,
or ``{"refused": "why"}``. The arguments are the format (JPEG, PNG or WEBP), the largest output in bytes, the memory in
MiB, the seconds of CPU, and the longest side of each thumbnail.

What is not a pixel is gone: EXIF with its position, XMP, comments, text chunks, whatever is appended. The picture is
upright, in sRGB with 8 bits; of an animation the first frame is kept. The file imports nothing of the platform.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import Any

__all__ = ["MAX_PIXELS", "MAX_SIDE", "main"]

MAX_PIXELS, MAX_SIDE = 40_000_000, 12_000
_TOO_MANY = f"The picture has more than {MAX_PIXELS // 10**6} megapixels; make it smaller"
_ORIENTATION = 0x0112
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "optimize": False, "progressive": False},
    "PNG": {"compress_level": 6},
    "WEBP": {"quality": 85, "method": 3},
}
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class Refused(Exception):
    """The picture is not fit; the sentence is for its owner."""


def main(arguments: list[str]) -> int:
    """Redraw the picture on standard input; returns the exit status, 0 for a refusal as well."""
    kind, (most, memory, seconds, *sides) = arguments[0], map(int, arguments[1:])
    _limit(memory * 1024 * 1024, seconds)
    try:
        pictures = _redrawn(sys.stdin.buffer, kind, sides)
        if sum(len(data) for data, _ in pictures) > most:
            raise Refused("The picture is too large once it is unpacked; make it smaller")
    except Refused as refused:
        return _answer({"refused": str(refused)})
    except MemoryError:
        return _answer({"refused": "The picture takes too much memory to unpack; make it smaller"})
    except Exception:  # noqa: BLE001 (whatever a decoder stumbles over, the picture is at fault)
        return _answer({"refused": "The picture is damaged, or holds what a picture should not"})
    (_, (width, height)), *_ = pictures
    about = {"media_type": _MEDIA_TYPES[kind], "width": width, "height": height}
    about |= {"lengths": [len(data) for data, _ in pictures], "sizes": [list(size) for _, size in pictures]}
    return _answer(about, *(data for data, _ in pictures))


def _limit(memory: int, seconds: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):
            if sys.platform == "linux":  # a developer's machine may know no such limit
                raise


def _answer(about: dict[str, Any], *blobs: bytes) -> int:
    out = sys.stdout.buffer
    out.write(json.dumps(about).encode() + b"\n")
    for blob in blobs:
        out.write(blob)
    out.flush()
    return 0


def _redrawn(file: Any, kind: str, sides: list[int]) -> list[tuple[bytes, tuple[int, int]]]:
    from PIL import Image

    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")  # EXIF, which cameras get wrong and nobody keeps
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        image = Image.open(file, formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(_TOO_MANY) from None
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise Refused(f"The picture is {width} x {height} pixels; a side may have at most {MAX_SIDE:,}")
    if width * height > MAX_PIXELS:
        raise Refused(_TOO_MANY)
    image.load()
    turn, profile = _orientation(image), image.info.get("icc_profile")
    picture = _eight_bits(image, kind)
    image.close()
    picture = _in_srgb(picture, profile)
    if turn is not None:
        picture = picture.transpose(turn)
    whole = picture.size
    made = [(_encoded(picture, kind), whole)]
    for side in sorted(sides, reverse=True):
        picture = _smaller(picture, side)
        made.append((_encoded(picture, "WEBP" if picture.mode in ("LA", "RGBA") else "JPEG"), picture.size))
    return [made[0], *reversed(made[1:])]


def _smaller(picture: Any, side: int) -> Any:
    """The picture with no side longer than ``side``; first roughly, because the good way needs a copy of the whole."""
    from PIL import Image

    if (factor := max(picture.size) // (side * 2)) > 1:
        picture = picture.reduce(factor)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _orientation(image: Any) -> Any:
    """How the picture must be turned to stand upright; broken EXIF says nothing."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return turns.get(image.getexif().get(_ORIENTATION))
        except Exception:  # noqa: BLE001 (EXIF is a format within the format, and cameras get it wrong)
            return None


def _eight_bits(image: Any, kind: str) -> Any:
    """A copy of the pixels in a mode that the format can write and sRGB can be reached from."""
    mode, clear = image.mode, "transparency" in image.info
    if mode.startswith("I"):  # 16 bits of grey
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if mode == "1":
        return image.convert("L")
    if mode == "CMYK":
        return image.copy()
    wanted = "RGBA" if mode in ("PA", "RGBA") or clear else mode if mode in ("L", "LA") else "RGB"
    if kind == "JPEG" and wanted in ("LA", "RGBA"):
        wanted = "RGB"
    return image.convert(wanted)


def _in_srgb(picture: Any, profile: bytes | None) -> Any:
    """The picture in sRGB; a profile that makes no sense is ignored, as browsers do."""
    if profile and picture.mode != "LA":
        from PIL import ImageCms

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                source, wanted = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
                if picture.mode in ("L", "CMYK"):
                    picture = ImageCms.profileToProfile(picture, source, wanted, outputMode="RGB") or picture
                else:
                    ImageCms.profileToProfile(picture, source, wanted, inPlace=True)
            except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
                pass
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _encoded(picture: Any, kind: str) -> bytes:
    out = io.BytesIO()
    picture.info = {}  # comments and profiles would be written from here
    if kind == "WEBP" and picture.mode in ("L", "LA"):
        picture = picture.convert("RGBA" if picture.mode == "LA" else "RGB")
    picture.save(out, kind, **_OPTIONS[kind])
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
