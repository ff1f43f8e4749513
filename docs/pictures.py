"""Draws the pictures of documents.md anew: `python docs/pictures.py`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from jemeti_platform.documents.catalogue import Catalogue
from jemeti_platform.documents.pictures import Logo, logo_of
from jemeti_platform.documents.rendering import Renderer
from jemeti_platform.documents.shape import shape_of
from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform

FOLDER = Path(__file__).parent / "pictures"
MOST_BYTES = 150_000

WORKSPACES: dict[str, dict[str, Any]] = {
    "bn": {
        "name": "পদ্মা অটো কেয়ার",
        "country": "BD",
        "currency": "BDT",
        "timezone": "Asia/Dhaka",
        "locale": "bn-BD",
        "phone": "+880 1711-222333",
        "email": "care@padma-auto.example",
        "address": {"line1": "প্লট ৭, তেজগাঁও শিল্প এলাকা", "city": "ঢাকা", "postal_code": "১২০৮"},
        "registration_numbers": {"bin": "001234567-0101"},
        "brand_colour": "#0f6b5c",
    },
    "ar": {
        "name": "ورشة النخيل للسيارات",
        "country": "SA",
        "currency": "SAR",
        "timezone": "Asia/Riyadh",
        "locale": "ar-SA",
        "phone": "+966 11 222 3344",
        "email": "info@nakheel.example",
        "address": {"line1": "شارع التخصصي، حي المعذر", "city": "الرياض", "postal_code": "12714"},
        "registration_numbers": {"vat_number": "300012345600003"},
        "brand_colour": "#7a1f3d",
    },
    "en": {
        "name": "Padma Auto Care",
        "country": "BD",
        "currency": "BDT",
        "timezone": "Asia/Dhaka",
        "locale": "en",
        "phone": "+880 1711-222333",
        "email": "care@padma-auto.example",
        "address": {"line1": "Plot 7, Tejgaon Industrial Area", "city": "Dhaka", "postal_code": "1208"},
        "registration_numbers": {"bin": "001234567-0101"},
        "brand_colour": "#f2b705",
    },
}
SETTINGS: dict[str, dict[str, str]] = {
    "bn": {
        "header": "মেরামত · যন্ত্রাংশ · ডায়াগনস্টিক",
        "terms": "কাজের ওয়ারেন্টি: তিন মাস অথবা ৫,০০০ কিমি, যেটি আগে আসে।",
        "footer": "আপনার আস্থার জন্য ধন্যবাদ।",
    },
    "ar": {
        "header": "إصلاح · قطع غيار · فحص",
        "terms": "ضمان العمل: ثلاثة أشهر أو 5000 كم، أيهما أسبق.",
        "footer": "شكرًا لثقتكم.",
    },
    "en": {
        "header": "Repairs · Parts · Diagnostics",
        "terms": "Warranty on labour: three months or 5,000 km, whichever comes first.",
        "footer": "Thank you for your trust.",
    },
}
PICTURES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("invoice", "bn", "INV-2026-00214", {}),
    ("delivery_challan", "bn", "CH-2026-00052", {}),
    ("gate_pass", "bn", "GP-2026-00187", {}),
    ("receipt", "bn", "RCT-2026-00301", {"size": "roll_80"}),
    ("payslip", "bn", "PSL-2026-00031", {"terms": None}),
    ("invoice", "ar", "INV-2026-00214", {}),
    ("invoice", "en", "INV-2026-00214", {"font": "noto_serif", "title": "Tax invoice"}),
)


def logo(colour: str) -> Logo | None:
    """A wheel in the brand colour: the logo of a workshop that does not exist."""
    picture = Image.new("RGBA", (360, 360), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((4, 4, 356, 356), fill=colour)
    draw.ellipse((64, 64, 296, 296), fill="white")
    draw.ellipse((88, 88, 272, 272), outline=colour, width=14)
    for box in ((172, 88, 188, 272), (88, 172, 272, 188)):
        draw.rectangle(box, fill=colour)
    draw.ellipse((140, 140, 220, 220), fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return logo_of(out.getvalue())


def small(page: bytes) -> bytes:
    """The picture with a thin border and few colours."""
    with Image.open(io.BytesIO(page)) as image:
        framed = ImageOps.expand(image.convert("RGB"), border=1, fill="#d5dade")
    out = io.BytesIO()
    framed.quantize(48).save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        raise SystemExit(f"a picture has {out.tell()} bytes, more than {MOST_BYTES}")
    return out.getvalue()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    kinds, renderer = Catalogue(Platform({"jemeti.plugins": ""}, KERNEL)), Renderer()
    for name, language, number, own in PICTURES:
        kind, workspace = kinds[name], WORKSPACES[language]
        shape = shape_of(kind, {**SETTINGS[language], **own}, workspace)
        pages = renderer.draw(
            kind, kind.sample(language), shape, workspace, number=number, logo=logo(workspace["brand_colour"]), dots=100
        )
        (FOLDER / f"{name}-{language}.png").write_bytes(small(pages[0]))
        if len(pages) > 1:
            raise SystemExit(f"{name} in {language} has {len(pages)} pages, of which a picture would show the first")


if __name__ == "__main__":
    main()
