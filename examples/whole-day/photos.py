"""The photos of the day, drawn: nobody's car had to be taken apart for them."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from PIL import Image, ImageChops, ImageDraw, ImageFilter

__all__ = ["brake_disc", "brake_pad", "bumper"]

WIDTH, HEIGHT = 1600, 1200
Draw = ImageDraw.ImageDraw


def brake_pad() -> bytes:
    """A worn brake pad from above, with a ruler beside it."""
    return _photo("#2b2e33", _pad)


def brake_disc() -> bytes:
    """A brake disc with grooves."""
    return _photo("#23262b", _disc)


def bumper() -> bytes:
    """The front of a car whose left side has met a pillar."""
    return _photo("#8f9aa3", _front)


def _photo(ground: str, draw: Callable[[Draw], None]) -> bytes:
    """Drawn, then softened, grained and darkened towards the corners as a telephone's camera would."""
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    draw(ImageDraw.Draw(image))
    image = image.filter(ImageFilter.GaussianBlur(1.6))
    grain = Image.effect_noise((WIDTH, HEIGHT), 26).convert("RGB")
    image = Image.blend(image, ImageChops.overlay(image, grain), 0.55)
    light = ImageChops.invert(Image.radial_gradient("L").resize((WIDTH, HEIGHT))).point(lambda v: 110 + v * 145 // 255)
    image = ImageChops.multiply(image, light.convert("RGB"))
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=86)
    return kept.getvalue()


def _pad(draw: Draw) -> None:
    draw.rounded_rectangle((180, 300, 1420, 640), 60, fill="#6d7177", outline="#8d9197", width=8)
    for x in (250, 1350):
        draw.ellipse((x - 34, 436, x + 34, 504), fill="#2b2e33", outline="#9a9ea4", width=6)
    draw.rounded_rectangle((340, 640, 1260, 716), 14, fill="#3c3833")
    draw.rectangle((792, 640, 808, 716), fill="#1d1c1a")
    for n in range(60):
        x, y = 352 + n * 15, 650 + (n * 37) % 56
        draw.line((x, y, x + 10, y + 3), fill="#57514a", width=3)
    draw.rounded_rectangle((300, 800, 1300, 980), 10, fill="#d9c267")
    for mm in range(48):
        length = 80 if mm % 10 == 0 else 56 if mm % 5 == 0 else 36
        draw.line((330 + mm * 20, 800, 330 + mm * 20, 800 + length), fill="#2a2413", width=4)
        if mm % 10 == 0:
            draw.text((330 + mm * 20, 900), str(mm), fill="#2a2413", font_size=46, anchor="mt")


def _disc(draw: Draw) -> None:
    middle = (800, 600)
    for n, radius in enumerate(range(560, 250, -5)):
        shade = 150 + int(26 * math.sin(n * 0.9)) - (42 if n in (14, 15, 29, 41) else 0)
        draw.circle(middle, radius, fill=(shade, shade, shade + 4))
    draw.circle(middle, 250, fill="#5b4638", outline="#3c2e25", width=10)
    draw.circle(middle, 110, fill="#1b1c1f", outline="#8b8f94", width=14)
    for n in range(5):
        angle = math.tau * n / 5 - math.pi / 2
        place = (middle[0] + 178 * math.cos(angle), middle[1] + 178 * math.sin(angle))
        draw.regular_polygon((*place, 34), 6, fill="#9da1a6", rotation=n * 17)
    draw.rounded_rectangle((1110, 210, 1500, 470), 40, fill="#7c2e22", outline="#51190f", width=10)


def _front(draw: Draw) -> None:
    draw.rectangle((0, 930, WIDTH, HEIGHT), fill="#5d6064")
    draw.polygon(((430, 330), (1170, 330), (1290, 560), (310, 560)), fill="#2d3b47", outline="#c9ced2")
    draw.rounded_rectangle((200, 540, 1400, 960), 90, fill="#b9c0c6", outline="#8b939a", width=6)
    draw.rounded_rectangle((560, 640, 1040, 740), 30, fill="#26292d")
    for x in range(580, 1030, 36):
        draw.line((x, 646, x, 734), fill="#565b61", width=6)
    draw.rounded_rectangle((700, 820, 900, 880), 8, fill="#efefe6", outline="#3b3f43", width=5)
    draw.rounded_rectangle((260, 620, 500, 740), 50, fill="#eef3f6", outline="#6c747b", width=8)
    draw.rounded_rectangle((1100, 620, 1340, 740), 50, fill="#4a5157", outline="#6c747b", width=8)
    for n in range(11):
        angle = math.tau * n / 11
        draw.line((1225, 680, 1225 + 105 * math.cos(angle), 680 + 52 * math.sin(angle)), fill="#dfe6ea", width=4)
    draw.polygon(((1130, 770), (1390, 750), (1330, 900), (1215, 850), (1160, 910)), fill="#7d858c", outline="#5a6168")
    draw.line(((1080, 800), (1190, 842), (1250, 806), (1372, 870)), fill="#3d4247", width=9)
    for x in (330, 1150):
        draw.rounded_rectangle((x, 930, x + 140, 1070), 26, fill="#1c1d1f")
