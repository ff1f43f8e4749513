"""Pictures are unpacked in a process of their own: what a decoder can be made to do stays there and ends with it.

One process a picture, on at most ``jemeti.files.images_in_flight`` at a time; a second or two and 512 MiB each.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import orjson
import structlog

from ..errors import Unavailable
from ..platform import BootError
from .refused import broken

__all__ = ["THUMBNAILS", "Images", "Picture", "Redrawn"]

log = structlog.get_logger("jemeti.files")

THUMBNAILS = (320, 1280)
"""Longest sides of thumbnails, in pixels."""
_IN_FLIGHT = "jemeti.files.images_in_flight"
_REDRAW = Path(__file__).with_name("redraw.py")
_HEADER = 4096
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class Picture(NamedTuple):
    """Encoded pixels: ``width`` and ``height`` upright."""

    data: bytes
    media_type: str
    width: int
    height: int


class Redrawn(NamedTuple):
    """A picture made anew, and its thumbnails by the longest side they fit into."""

    picture: Picture
    thumbnails: dict[int, Picture]


@dataclass
class Images:
    """Redraws pictures. ``patience`` is how long a caller waits for one of the ``in_flight`` places, ``wall`` and
    ``cpu`` how long one picture may take, in seconds; ``memory`` is MiB of address space, ``most`` bytes of output."""

    in_flight: int = 2
    patience: float = 20.0
    wall: float = 10.0
    cpu: int = 10
    memory: int = 512
    most: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        self._places = threading.BoundedSemaphore(self.in_flight)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.files.images_in_flight``. Raises BootError."""
        text = settings.get(_IN_FLIGHT, "2").strip()
        if not text.isdecimal() or not 1 <= int(text) <= 64:
            raise BootError(f"{_IN_FLIGHT} is {text!r}; it must be a whole number from 1 to 64")
        return cls(int(text))

    def redraw(self, data: bytes, media_type: str) -> Redrawn:
        """The picture from its pixels: upright, in sRGB, without anything that is not a pixel, with thumbnails.

        Raises Invalid, naming the field ``file``, for what cannot or may not be unpacked; Unavailable when too many
        wait.
        """
        if not self._places.acquire(timeout=self.patience):
            raise Unavailable("Too many pictures at once; please try again.", retry_after=5)
        try:
            out = self._run(data, _FORMATS[media_type])
        finally:
            self._places.release()
        return _read(out)

    def _run(self, data: bytes, kind: str) -> bytearray:
        numbers = (self.most, self.memory, self.cpu, *THUMBNAILS)
        # -I: nothing in the environment or the working directory has a say in what is imported
        line = [sys.executable, "-I", str(_REDRAW), kind, *map(str, numbers)]
        with tempfile.TemporaryFile() as given:
            given.write(data)
            given.seek(0)
            with subprocess.Popen(
                line, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
            ) as child:
                assert child.stdout is not None
                try:
                    return _read_all(child.stdout, self.most + _HEADER, time.monotonic() + self.wall)
                finally:
                    child.kill()


def _read_all(pipe: IO[bytes], most: int, deadline: float) -> bytearray:
    """What a process writes until it ends. Raises Invalid for one that writes more, or longer, than it may."""
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise broken("The picture takes too long to unpack; make it smaller")
            piece = os.read(pipe.fileno(), 1024 * 1024)
            if not piece:
                return found
            found += piece
            if len(found) > most:
                raise broken("The picture is too large once it is unpacked; make it smaller")


def _read(out: bytearray) -> Redrawn:
    begin = out.find(b"\n") + 1
    about: dict[str, Any] = {}
    with suppress(orjson.JSONDecodeError):
        about = orjson.loads(out[:begin])
    if "refused" in about:
        raise broken(str(about["refused"])[:200])
    if not about or begin + sum(about["lengths"]) != len(out):
        # killed by one of its limits, before it could say so
        log.info("a picture ended its decoder", written=len(out))
        raise broken("The picture takes too much to unpack; make it smaller")
    pictures = []
    for length, (width, height) in zip(about["lengths"], about["sizes"], strict=True):
        data = bytes(memoryview(out)[begin : begin + length])
        pictures.append(Picture(data, _media_type(data), width, height))
        begin += length
    return Redrawn(pictures[0], dict(zip(THUMBNAILS, pictures[1:], strict=True)))


def _media_type(data: bytes) -> str:
    return "image/jpeg" if data[:1] == b"\xff" else "image/png" if data[:1] == b"\x89" else "image/webp"
