"""Write a file of customers with vehicles such as people really have, always the same for the same seed.

    python -m bench.customers_file customers.csv --rows 20000 --seed 7
    python -m bench.customers_file customers.xlsx

The suffix decides between CSV (``--encoding``, ``--delimiter``) and XLSX. Of every thousand rows, about

* 930 are a customer nobody has named before: Bengali, Arabic, German, Spanish, Polish names, six countries, telephone
  numbers in six spellings, half without e-mail, some without telephone, a few without a car, cells full of ``N/A``;
* 15 are somebody from an earlier row with a second car, told by the e-mail, 10 by the telephone number in another
  spelling, 5 are an earlier row once more;
* 10 have a broken VIN (16 characters, a letter O, a wrong check digit, a Japanese frame number), 5 an e-mail that is
  none, 5 a telephone number that is none or two at once, 3 no name, 3 an odometer or year that cannot be;
* 4 name one customer by e-mail and another by telephone, 3 somebody else's plate, 3 somebody else's telephone;
* 1 has nothing but a name, and 5 lines are empty or nothing but commas.

``make`` also tells what is meant by each line, so that an import can be held against it.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.customers_people import Car, Person, make_car, make_person, spell_name, spell_phone, spell_plate
from bench.customers_words import EMPTY, FUELS, NOTES

__all__ = ["CREATED", "MERGED", "NOTHING", "REFUSED", "Line", "make"]

CREATED, MERGED, REFUSED, NOTHING = "created", "merged", "refused", "nothing"
HEADER = (
    "Customer name", "Type", "Mobile", "E-mail", "Address", "City", "Postcode", "Country", "Tax ID", "Tags", "Notes",
    "Credit limit", "Reg no", "Chassis no", "Make", "Model", "Year", "Fuel", "Gearbox", "Colour", "Mileage",
)  # fmt: skip
Cells = dict[str, str]


class Line(NamedTuple):
    """A line of the file: what is meant by it, and what must become of it."""

    number: int
    kind: str
    meant: str


class Author:
    """Makes one row after another and remembers whom it has written about."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.count = 0
        self.people: list[Person] = []

    def rows(self, many: int) -> Iterator[tuple[str, str, Cells]]:
        """``many`` rows that are not empty, and empty ones between them."""
        kinds, weights = zip(*((kind, weight) for kind, weight in _WEIGHTS.items()), strict=True)
        for number in range(many):
            if self.dice.random() < 0.005:
                yield "empty line", NOTHING, dict.fromkeys(HEADER, "") if self.dice.random() < 0.5 else {}
            kind = self.dice.choices(kinds, weights)[0] if number > 200 else "new"
            meant, write = _KINDS[kind]
            yield kind, meant, write(self)

    def new(self) -> Person:
        self.count += 1
        return make_person(self.dice, self.count)

    def known(self, *, with_email: bool = False, with_phone: bool = False, with_car: bool = False) -> Person:
        """Somebody from an earlier row that was good."""
        while True:
            person = self.dice.choice(self.people)
            fits = (
                (person.email or not with_email) and (person.phone or not with_phone) and (person.car or not with_car)
            )
            if fits:
                return person

    def row(self, person: Person, car: Car | None) -> Cells:
        """A person and a car as cells."""
        dice = self.dice
        cells = {name: dice.choice(EMPTY) for name in HEADER}
        cells["Customer name"] = (
            spell_name(dice, person.name) if person.is_latin and not person.is_company else person.name
        )
        cells["Type"] = (
            dice.choice(("company", "Company", "business")) if person.is_company else dice.choice(("", "person"))
        )
        cells["Mobile"] = spell_phone(dice, person)
        cells["E-mail"] = dice.choice((person.email, person.email, person.email.upper(), f" {person.email}"))
        if dice.random() < 0.7:
            cells |= {"Address": person.street, "City": person.city, "Postcode": person.postcode}
        # without a country a number of another one could not be read; with BD in it neither can one that says +49
        cells["Country"] = person.country if person.country != "BD" else dice.choice(("", "BD", "Bangladesh", "বাংলাদেশ"))
        cells["Tags"] = dice.choice(("", "", "regular", "fleet; monthly invoice", "নিয়মিত"))
        cells["Notes"] = dice.choice(NOTES)
        cells["Credit limit"] = dice.choice(("", "", "", "৳ 50,000.00", "25000", "1,25,000", "0"))
        if person.is_company:
            cells["Tax ID"] = f"BIN {self.count:09d}-0101"
        return cells | (self.car(car) if car else dict.fromkeys(HEADER[12:], ""))

    def car(self, car: Car) -> Cells:
        dice, km = self.dice, car.kilometres
        return {
            "Reg no": spell_plate(dice, car.plate),
            "Chassis no": dice.choice((car.vin, car.vin, car.vin.lower(), f"{car.vin[:8]} {car.vin[8:]}")),
            "Make": dice.choice((car.make, car.make.upper())),
            "Model": car.model,
            "Year": dice.choice((str(car.year), "")),
            "Fuel": dice.choice(FUELS[car.fuel]),
            "Gearbox": dice.choice(("", "manual", "Automatic", "auto")),
            "Colour": dice.choice(("", "white", "সাদা", "pearl white", "Silber", "أبيض")),
            "Mileage": dice.choice((str(km), f"{km:,}", f"{km} km", f"{km:,} KM", "", "-")),
        }

    def another(self, person: Person) -> Car:
        self.count += 1
        return make_car(self.dice, self.count, person.country)


def _new(author: Author) -> Cells:
    person = author.new()
    author.people.append(person)
    return author.row(person, person.car)


def _again_by_email(author: Author) -> Cells:
    person = author.known(with_email=True)
    return author.row(person, author.another(person)) | author.dice.choice(({"Mobile": ""}, {}))


def _again_by_phone(author: Author) -> Cells:
    person = author.known(with_phone=True)
    return author.row(person, author.another(person)) | {"E-mail": ""}


def _once_more(author: Author) -> Cells:
    person = author.known(with_phone=True)
    return author.row(person, person.car)


def _spoilt(column: str, *spoilt: str | Callable[[random.Random], str]) -> Callable[[Author], Cells]:
    """A row that would be good but for one cell."""

    def write(author: Author) -> Cells:
        person = author.new()
        value = author.dice.choice(spoilt)
        cells = author.row(person, person.car or author.another(person))
        return cells | {column: value if isinstance(value, str) else value(author.dice)}

    return write


def _contradiction(author: Author) -> Cells:
    one, other = author.known(with_email=True), author.known(with_phone=True)
    while other is one:
        other = author.known(with_phone=True)
    return author.row(one, author.another(one)) | {"Mobile": spell_phone(author.dice, other), "Country": other.country}


def _strangers_plate(author: Author) -> Cells:
    stranger, owner = author.new(), author.known(with_car=True)
    assert owner.car
    return author.row(stranger, None) | author.car(owner.car) | {"Customer name": f"Someone Else {author.count}"}


def _strangers_phone(author: Author) -> Cells:
    stranger, owner = author.new(), author.known(with_phone=True)
    mine = {"Customer name": f"Cousin Nobody {author.count}", "Country": owner.country}
    return author.row(stranger, author.another(stranger)) | mine | {"Mobile": spell_phone(author.dice, owner)}


def _only_a_name(author: Author) -> Cells:
    return dict.fromkeys(HEADER, "") | {"Customer name": author.new().name}


_KINDS: dict[str, tuple[str, Callable[[Author], Cells]]] = {
    "new": (CREATED, _new),
    "second car, by e-mail": (MERGED, _again_by_email),
    "second car, by telephone": (MERGED, _again_by_phone),
    "the same once more": (MERGED, _once_more),
    "broken VIN": (
        REFUSED,
        _spoilt(
            "Chassis no", "JTDBR32E0XA12345", "WVWZZZ1JZXWO00001", "1HGCM82693A004352", "NZE141-6123456",
            lambda dice: f"JTDBR32E0XA{dice.randrange(10**6):06d}77",
        ),
    ),
    "no e-mail address": (REFUSED, _spoilt("E-mail", "rahim@", "rahim at mail.example", "@x.example", "a@@b.example")),
    "no telephone number": (
        REFUSED, _spoilt("Mobile", "123", "8.80171E+12", "call the office", "01712345678 01812345678"),
    ),
    "no name": (REFUSED, _spoilt("Customer name", "", "-", "   ")),
    "impossible number": (REFUSED, _spoilt("Mileage", "a lot", "-5", "99999999999")),
    "e-mail of one, telephone of another": (REFUSED, _contradiction),
    "somebody else's plate": (REFUSED, _strangers_plate),
    "somebody else's telephone": (REFUSED, _strangers_phone),
    "nothing but a name": (REFUSED, _only_a_name),
}  # fmt: skip
_WEIGHTS = dict(zip(_KINDS, (933, 15, 10, 5, 10, 5, 5, 3, 3, 4, 3, 3, 1), strict=True))


def make(
    path: Path, rows: int = 20_000, seed: int = 7, encoding: str = "utf-8-sig", delimiter: str = ","
) -> list[Line]:
    """Write the file; returns what is meant by its lines."""
    written = Author(seed).rows(rows)
    if path.suffix.lower() == ".xlsx":
        return _workbook(path, written)
    return _csv(path, written, encoding, delimiter)


def _csv(path: Path, rows: Iterator[tuple[str, str, Cells]], encoding: str, delimiter: str) -> list[Line]:
    lines, number = [], 2
    with path.open("w", encoding=encoding, newline="", errors="replace") as file:
        csv.writer(file, delimiter=delimiter).writerow(HEADER)
        for kind, meant, cells in rows:
            text = io.StringIO()
            csv.writer(text, delimiter=delimiter).writerow([cells[name] for name in HEADER] if cells else [])
            file.write(text.getvalue())
            lines.append(Line(number, kind, meant))
            number += text.getvalue().count("\n")
    return lines


def _workbook(path: Path, rows: Iterator[tuple[str, str, Cells]]) -> list[Line]:
    import xlsxwriter

    lines = []
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Customers")
        sheet.write_row(0, 0, HEADER)
        for number, (kind, meant, cells) in enumerate(rows, start=2):
            for column, name in enumerate(HEADER):
                text = cells.get(name, "")
                # spreadsheets make numbers of what looks like one: 1712345678 has lost its zero, 2015 is 2015.0
                if text.isascii() and text.isdigit() and len(text) < 12:
                    sheet.write_number(number - 1, column, int(text))
                elif text:
                    sheet.write_string(number - 1, column, text)
            lines.append(Line(number, kind, meant))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--encoding", default="utf-8-sig")
    parser.add_argument("--delimiter", default=",")
    asked = parser.parse_args()
    lines = make(asked.file, asked.rows, asked.seed, asked.encoding, asked.delimiter)
    print(f"{asked.file}: {asked.file.stat().st_size:,} bytes")
    for kind, many in Counter(line.kind for line in lines).most_common():
        print(f"{many:8,}  {kind}")


if __name__ == "__main__":
    main()
