"""A file is what its bytes say; of a picture only the pixels stay; what is unpacked does not grow this process."""

from __future__ import annotations

import io
import random
import resource
import threading
from collections.abc import Iterator
from typing import Self

import psutil
import pytest
from PIL import Image, ImageCms

from jemeti_platform.errors import Invalid, PlatformError, Unavailable
from jemeti_platform.files.content import content_of
from jemeti_platform.files.images import Images
from jemeti_platform.files.storage import Storage
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.waiting import LONG, wait_until

from .hostile_files import SECRET, Hostile, every, jpeg, picture, png, webp, workbook

HOSTILE = list(every())
ACCEPTED = [one for one in HOSTILE if one.expected == 201]
_OF_THE_FORMAT = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "background", "loop", "timestamp", "duration"}
"""What Pillow tells of every picture of its kind, whatever was written."""
_GROWTH = 50 * 1024 * 1024


class peak_of_this_process:  # noqa: N801 (used as a context manager)
    """``growth`` is by how many bytes this process was larger at most than it was at the beginning."""

    def __enter__(self) -> Self:
        self._process, self._over = psutil.Process(), threading.Event()
        self._first = self._most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            self._most = max(self._most, self._process.memory_info().rss)

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()
        self.growth = self._most - self._first


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda one: one.name)
def test_a_hostile_file_is_refused_or_made_harmless(api: Api, hostile: Hostile) -> None:
    with peak_of_this_process() as peak:
        reply = api.upload("/v1/files", hostile.data, hostile.name, anything=True)
    assert reply.status == hostile.expected, reply
    assert peak.growth < _GROWTH, f"{peak.growth / 1e6:.0f} MB"
    if reply.status != 201:
        assert api.get("/v1/files").data == []
        assert not list(api.app.registry.platform.part(Storage).list(str(api.workspace.id)))  # type: ignore[union-attr]
        if reply.status == 400:
            assert [problem["field"] for problem in reply.error["details"]] == ["file"]
        return
    assert reply.data["media_type"] == hostile.media_type
    for path in ("content", "thumbnails/320", "thumbnails/1280"):
        body = api.get(f"/v1/files/{reply.data['id']}/{path}").body
        assert SECRET not in body
        assert is_bare(body)


def is_bare(data: bytes) -> bool:
    """Whether a picture holds its pixels and nothing besides: no metadata, nothing behind its end."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert getattr(image, "n_frames", 1) == 1
        kept = set(image.info) - _OF_THE_FORMAT
        assert not dict(image.getexif())
        kind = image.format
    ends = {"JPEG": data.endswith(b"\xff\xd9"), "PNG": data.endswith(b"IEND\xaeB`\x82")}
    riff = int.from_bytes(data[4:8], "little") + 8 if kind == "WEBP" else 0
    return not kept and ends.get(str(kind), riff == len(data))


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 50
    assert len(ACCEPTED) >= 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = picture()
    turns = {  # how a camera that was held so has written it down
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turn = turns[orientation]
    written = upright if turn is None else upright.transpose(turn)
    made = Images().redraw(png(written, exif=exif), "image/png").picture
    assert (made.width, made.height) == upright.size
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.convert("RGB").tobytes() == upright.tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_becomes_eight_bits_a_channel(mode: str) -> None:
    image = Image.new("I;16", (40, 30), 40_000) if mode == "I;16" else picture(40, 30).convert(mode)
    made = Images().redraw(png(image), "image/png")
    with Image.open(io.BytesIO(made.picture.data)) as again:
        assert again.mode in ("L", "LA", "RGB", "RGBA")
        assert again.size == (40, 30)
        if mode == "I;16":
            assert again.getpixel((3, 3)) == 40_000 // 256


def test_transparency_is_kept() -> None:
    clear = Image.new("RGBA", (50, 50), (255, 0, 0, 0))
    for data, media_type in ((png(clear), "image/png"), (webp(clear, lossless=True), "image/webp")):
        made = Images().redraw(data, media_type)
        for one in (made.picture, *made.thumbnails.values()):
            with Image.open(io.BytesIO(one.data)) as image:
                assert image.convert("RGBA").getpixel((9, 9))[3] == 0  # type: ignore[index]


def test_printing_colours_and_other_profiles_become_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    for image in (picture().convert("CMYK"), picture(), picture(mode="L")):
        for how in ({}, {"icc_profile": lab}):
            made = Images().redraw(jpeg(image, **how), "image/jpeg").picture
            with Image.open(io.BytesIO(made.data)) as again:
                assert again.mode in ("L", "RGB")
                assert "icc_profile" not in again.info


def test_thumbnails_fit_and_are_never_larger_than_the_picture() -> None:
    made = Images().redraw(jpeg(picture(2000, 500)), "image/jpeg")
    assert {size: (one.width, one.height) for size, one in made.thumbnails.items()} == {
        320: (320, 80),
        1280: (1280, 320),
    }
    made = Images().redraw(jpeg(picture(100, 50)), "image/jpeg")
    assert {(one.width, one.height) for one in made.thumbnails.values()} == {(100, 50)}


def test_a_photograph_of_forty_megapixels_fits_into_the_memory_it_may_have() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg(Image.new("RGB", (7300, 5400), "grey"), exif=exif)
    with peak_of_this_process() as peak:
        made = Images().redraw(data, "image/jpeg")
    assert (made.picture.width, made.picture.height) == (5400, 7300)
    assert peak.growth < _GROWTH


def test_a_decoder_that_hangs_is_ended_and_its_place_is_free_again() -> None:
    images = Images(in_flight=1, wall=0.05, patience=LONG)
    noise = jpeg(Image.effect_noise((3000, 3000), 50).convert("RGB"))
    children = len(psutil.Process().children())
    for _ in range(2):
        with pytest.raises(Invalid, match="too long"):
            images.redraw(noise, "image/jpeg")
    assert len(psutil.Process().children()) == children


def test_a_decoder_that_wants_too_much_memory_is_refused_by_the_system() -> None:
    with pytest.raises(Invalid, match="too much"):
        Images(memory=160).redraw(png(Image.new("RGBA", (6000, 6000))), "image/png")


def test_a_picture_that_becomes_too_large_is_refused() -> None:
    with pytest.raises(Invalid, match="too large"):
        Images(most=10_000).redraw(png(Image.effect_noise((300, 300), 90)), "image/png")


def test_who_waits_too_long_for_a_place_is_told_to_come_again() -> None:
    images = Images(in_flight=1, patience=0.05)
    noise = jpeg(Image.effect_noise((4000, 4000), 50).convert("RGB"))
    first = threading.Thread(target=images.redraw, args=(noise, "image/jpeg"))
    first.start()
    wait_until(lambda: not images._places._value)
    with pytest.raises(Unavailable):
        images.redraw(jpeg(), "image/jpeg")
    first.join()
    images.patience = LONG
    assert images.redraw(jpeg(), "image/jpeg").picture.width == 64


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (jpeg(), "image/jpeg"),
        (png(), "image/png"),
        (webp(), "image/webp"),
        (b"%PDF-1.7\n...\n%%EOF\n", "application/pdf"),
        (workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (b"name,phone\nRahim,01712\n", "text/csv"),
        (b"name;phone\r\nM\xfcller;0171\r\n", "text/csv"),
        ("Name\tTelefon\nMüller\t0171\n".encode("utf-16"), "text/csv"),
        ("রহিম,০১৭\nকরিম,০১৮\n".encode(), "text/csv"),
        (b"\xef\xbb\xbfname,phone\nx,1", "text/csv"),
        (b'a,"b, c"\n1,2\n', "text/csv"),
        (b"Dear customer,\n5 < 6 and 7 > 6.\n", "text/plain"),
        (b"BMW 320d, 2014\nneeds brakes\n", "text/plain"),
        (b"MZ is not always a program\n", "text/plain"),
        ("Grüße\n".encode("latin-1"), "text/plain"),
        (b"x", "text/plain"),
    ],
)
def test_content_decides(data: bytes, media_type: str) -> None:
    assert content_of(data).media_type == media_type


def mutated(seed: int) -> Iterator[tuple[bytes, str]]:
    """Pictures with a few bytes changed."""
    chance = random.Random(seed)
    kinds = ((jpeg(), "image/jpeg"), (png(), "image/png"), (webp(), "image/webp"))
    for _ in range(12):
        data, media_type = chance.choice(kinds)
        changed = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(12, len(changed))] = chance.randrange(256)
        yield bytes(changed), media_type


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_picture_is_redrawn_or_refused_and_nothing_else(seed: int) -> None:
    images, outcomes, limits = Images(in_flight=2), set(), resource.getrlimit(resource.RLIMIT_AS)
    for data, media_type in mutated(seed):
        try:
            outcomes.add(is_bare(images.redraw(data, media_type).picture.data))
        except PlatformError as refused:
            outcomes.add(refused.status)
    assert outcomes <= {True, 400}, f"seed {seed}"
    assert resource.getrlimit(resource.RLIMIT_AS) == limits  # those are the child's
