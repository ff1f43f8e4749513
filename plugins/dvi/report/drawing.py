"""Drawings for page and paper, as SVG: the vehicle from above with numbered damage, and what is drawn on photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["FONTS", "HEIGHT", "WIDTH", "annotation", "damage_svg"]

FONTS = "Noto Sans, Noto Sans Bengali, Noto Sans Arabic, sans-serif"

WIDTH, HEIGHT = 220, 420
"""Of the drawing; the front is at the top. Marks are per cent of it."""

_VEHICLE = """
<g fill="none" stroke="{line}" stroke-width="2.2" stroke-linejoin="round" stroke-linecap="round">
<g fill="{line}" stroke="none" opacity=".85"><rect x="29" y="76" width="13" height="54" rx="6"/>
<rect x="178" y="76" width="13" height="54" rx="6"/><rect x="29" y="290" width="13" height="54" rx="6"/>
<rect x="178" y="290" width="13" height="54" rx="6"/></g>
<path d="M110 16C78 16 54 24 48 44C42 66 40 96 40 128L40 330C40 360 42 380 50 392C58 402 82 406 110 406
C138 406 162 402 170 392C178 380 180 360 180 330L180 128C180 96 178 66 172 44C166 24 142 16 110 16Z" fill="{body}"/>
<path d="M62 152C66 136 84 126 110 126C136 126 154 136 158 152L150 188C126 181 94 181 70 188Z" fill="{glass}"/>
<path d="M72 322C94 329 126 329 148 322L157 350C140 362 80 362 63 350Z" fill="{glass}"/>
<path d="M70 188C94 181 126 181 150 188L148 322C126 329 94 329 72 322Z"/>
<path d="M60 162L66 196L66 248L52 248M66 256L67 316L58 344M160 162L154 196L154 248L168 248M154 256L153 316L162 344"/>
<path d="M40 252L66 252M180 252L154 252"/>
<path d="M40 162C30 158 22 162 22 170C22 176 32 178 40 176M180 162C190 158 198 162 198 170C198 176 188 178 180 176"/>
<path d="M60 40C56 46 54 54 54 60L74 54C78 46 80 38 82 30ZM160 40C164 46 166 54 166 60L146 54C142 46 140 38 138 30Z"
 fill="{glass}"/>
<path d="M52 376L50 390C58 396 70 398 80 398L78 386ZM168 376L170 390C162 396 150 398 140 398L142 386Z" fill="{glass}"/>
<path d="M84 58C100 52 120 52 136 58L142 118M84 58L78 118"/></g>"""

_PAPER = {"line": "#55626e", "body": "#f6f8f9", "glass": "#dbe3e9", "mark": "#c5221f", "on_mark": "#ffffff"}


def damage_svg(
    marks: Sequence[Mapping[str, Any]],
    title: str,
    number: Callable[[int], str] = str,
    colours: Mapping[str, str] = _PAPER,
) -> str:
    """The drawing with a numbered mark for each damage; ``title`` is what is read aloud, and escaped.

    ``number`` writes a number as the language does.
    """
    drawn = "".join(_mark(number(n), mark, colours) for n, mark in enumerate(marks, start=1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" direction="ltr"><title>{escape(title)}</title>{_VEHICLE.format(**colours)}{drawn}</svg>'
    )


def _mark(number: str, mark: Mapping[str, Any], colours: Mapping[str, str]) -> str:
    x, y = float(mark["x"]) * WIDTH / 100, float(mark["y"]) * HEIGHT / 100
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{colours["mark"]}" stroke="{colours["on_mark"]}"'
        f' stroke-width="2"/><text x="{x:.1f}" y="{y + 4.6:.1f}" text-anchor="middle" font-size="13"'
        f' font-weight="700" font-family="{FONTS}" fill="{colours["on_mark"]}">{number}</text>'
    )


def annotation(one: Mapping[str, Any], width: int, height: int) -> str:
    """What was drawn over a picture of this many pixels, as SVG."""
    points = [(float(at["x"]) * width / 100, float(at["y"]) * height / 100) for at in one["points"]]
    (x, y), last = points[0], points[-1]
    thick = max(width, height) / 120
    pen = f'fill="none" stroke="#ff3b30" stroke-width="{thick:.1f}" stroke-linecap="round" stroke-linejoin="round"'
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    drawn, above = f'<polyline points="{path}" {pen}/>', thick * 3
    if one["shape"] == "circle":
        radius = max(((last[0] - x) ** 2 + (last[1] - y) ** 2) ** 0.5, thick * 4)
        drawn, above = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {pen}/>', radius + thick * 3
    elif one["shape"] == "arrow":
        drawn += f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="{thick * 2:.1f}" fill="#ff3b30"/>'
    if one["text"]:
        at = f'x="{x:.1f}" y="{max(y - above, thick * 8):.1f}" text-anchor="middle" font-size="{thick * 6:.1f}"'
        ink = f'font-weight="700" fill="#fff" stroke="#b00020" stroke-width="{thick:.1f}" paint-order="stroke"'
        drawn += f"<text {at} {ink}>{escape(one['text'])}</text>"
    return drawn
