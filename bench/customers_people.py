"""People with their cars for ``customers_file``, the same for the same seed, and the many ways to write them down."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bench.customers_words import CARS, CITIES, COMPANIES, COUNTRIES, LATIN, NAMES

__all__ = ["Car", "Person", "make_person", "spell_name", "spell_phone", "spell_plate"]

_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_WORTH = dict(
    zip(_SIGNS, [*range(10), *range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True)
)  # ISO 3779, as in 49 CFR 565.15
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CLASSES = ("KA", "KHA", "GA", "GHA", "CHA", "THA", "DA", "NA", "BA", "MA", "LA", "HA")
_BENGALI_CLASSES = "কখগঘচঠডনবমলহ"


@dataclass(frozen=True, slots=True)
class Car:
    plate: str
    vin: str
    make: str
    model: str
    fuel: str
    year: int
    kilometres: int


@dataclass(frozen=True, slots=True)
class Person:
    """``phone`` is the number without country code and leading zero; empty where there is none, as is ``email``."""

    name: str
    country: str
    phone: str
    email: str
    street: str
    city: str
    postcode: str
    car: Car | None
    is_company: bool

    @property
    def is_latin(self) -> bool:
        return self.name.isascii() or self.country in ("DE", "ES", "PL")


def make_person(dice: random.Random, number: int) -> Person:
    """Person ``number``: no two have the same telephone number, e-mail address, plate or VIN."""
    country = dice.choices(list(COUNTRIES), (80, 5, 4, 3, 2, 6))[0]
    script = "BD-bn" if country == "BD" and dice.random() < 0.25 else country
    first, last = (dice.choice(words) for words in NAMES[script])
    is_company = script in LATIN and dice.random() < 0.06
    name = dice.choice(COMPANIES).format(last) if is_company else f"{first} {last}"
    _, prefixes, digits, _ = COUNTRIES[country]
    scattered = (number * 7_919 + 104_729) % 10**digits
    phone = "" if dice.random() < 0.04 else f"{prefixes[number % len(prefixes)]}{scattered:0{digits}d}"
    local = f"{first}.{last}".lower() if f"{first}{last}".isascii() else "kunde"
    email = f"{local.replace(chr(39), '')}{number}@{dice.choice(('mail', 'post', 'inbox'))}.example"
    if dice.random() < 0.45:
        email = ""
    car = make_car(dice, number, country) if dice.random() < 0.97 or not (email or phone) else None
    street, city, postcode = dice.choice(CITIES[country])
    return Person(name, country, phone, email, street, city, postcode, car, is_company)


def make_car(dice: random.Random, number: int, country: str) -> Car:
    """Car ``number``, with a plate of its country and, in two of five cases, a VIN."""
    make, model, fuel = dice.choice(CARS)
    row, serial = divmod(number, 10_000)
    if country == "BD" and dice.random() < 0.2:
        plate = f"ঢাকা মেট্রো-{_BENGALI_CLASSES[row % 12]} {11 + row // 12}-{serial:04d}".translate(_BENGALI)
    elif country in ("BD", "IN"):
        plate = f"DHAKA METRO {_CLASSES[row % 12]}-{11 + row // 12}-{serial:04d}"
    else:
        plate = f"{country}-{chr(65 + row % 26)}{chr(65 + row // 26)} {serial:04d}"
    vin = _vin(dice, number) if dice.random() < 0.4 else ""
    return Car(plate, vin, make, model, fuel, dice.randint(1996, 2025), dice.randint(0, 380_000))


def _vin(dice: random.Random, number: int) -> str:
    """A VIN of Japan, Germany or the United States; only the last has a check digit that must fit."""
    begin = dice.choice(("JTDBR32E", "WVWZZZ1J", "1HGCM826"))
    vin = f"{begin}0{dice.choice('XYABCD')}{'A'}{number % 1_000_000:06d}"
    if begin[0] != "1":
        return vin
    rest = sum(_WORTH[sign] * weight for sign, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return f"{vin[:8]}{'X' if rest == 10 else rest}{vin[9:]}"


def spell_phone(dice: random.Random, person: Person, style: int | None = None) -> str:
    """A telephone number in one of six spellings and their mixtures; people abroad are written with their country."""
    if not person.phone:
        return ""
    code, _, _, zero = COUNTRIES[person.country]
    number = person.phone
    style = dice.randrange(6) if style is None else style
    if person.country != "BD" and style in (0, 3):
        style = 1
    head, middle, tail = number[:4], number[4:7], number[7:]
    match style:
        case 0:  # as one dials it at home
            return zero + number
        case 1:
            return f"+{code}{number}"
        case 2:
            return dice.choice((f"00{code}{number}", f"00{code} {head} {middle}{tail}"))
        case 3:
            return dice.choice((f"{zero}{head}-{middle}{tail}", f"{zero}{head} {middle} {tail}"))
        case 4:
            spelt = (f"(+{code}) {head}-{middle}{tail}", f"+{code} {head}/{middle}{tail}")
            return dice.choice((*spelt, f"+{code} ({zero}){head} {middle} {tail}") if zero else spelt)
        case _:
            spelt_out = f"{zero}{head}-{middle}{tail}" if person.country == "BD" else f"+{code} {head} {middle}{tail}"
            return spelt_out.translate(_ARABIC if person.country == "AE" else _BENGALI)


def spell_plate(dice: random.Random, plate: str) -> str:
    """A plate with other blanks, dashes and case."""
    return dice.choice(
        (
            plate,
            plate.lower(),
            plate.title(),
            plate.replace("-", " "),
            plate.replace(" ", "").replace("-", ""),
            f" {plate} ",
        )
    )


def spell_name(dice: random.Random, name: str) -> str:
    """A name with a title, in capitals, with blanks too many, or just so."""
    return dice.choice((name, name.upper(), f"Md. {name}", name.replace(" ", "  "), f" {name}\u00a0"))
