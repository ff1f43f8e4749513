"""Files as people have them: found out, read cell by cell, refused in words where they cannot be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.errors import BadRequest
from jemeti_platform.imports import Column, Importer, Problem, Report, cells, open_table, written_to
from jemeti_platform.imports.importer import Outcome
from jemeti_platform.imports.layout import find_layout
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types.strict import Refused

TEXT = "Name,City\nJürgen,Köln\nকরিম,ঢাকা\nمحمد,دبي\n"
ROWS = [["Name", "City"], ["Jürgen", "Köln"], ["করিম", "ঢাকা"], ["محمد", "دبي"]]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file of these bytes."""

    def write(content: bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        return path

    return write


def contents(path: Path) -> list[list[Any]]:
    return [row for _, row in open_table(path).rows()]


# -- encodings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_recognised(file: Any, encoding: str) -> None:
    begin = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert contents(file(begin + TEXT.encode(encoding))) == ROWS


def test_utf_16_without_a_mark_is_recognised_by_its_zeros(file: Any) -> None:
    plain = "Name,City\nRahim,Dhaka\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert contents(file(plain.encode(encoding))) == [["Name", "City"], ["Rahim", "Dhaka"]]


def test_windows_1252_is_what_is_left(file: Any) -> None:
    assert contents(file("Name;City\nJürgen;Köln €\n".encode("cp1252"))) == [["Name", "City"], ["Jürgen", "Köln €"]]


def test_utf_8_with_a_damaged_byte_is_refused_by_its_line(file: Any) -> None:
    damaged = TEXT.encode().replace("করিম".encode(), b"\xe0\xa6\x95\xff")
    with pytest.raises(BadRequest, match="line 3 holds something that is no text in UTF-8"):
        open_table(file(damaged))


def test_bytes_of_no_encoding_are_refused(file: Any) -> None:
    with pytest.raises(BadRequest, match="save the file anew as UTF-8"):
        open_table(file(b"Name,City\n\x81\x8d\x8f\x90,x\n"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 nor this"])
def test_what_is_no_table_is_refused(file: Any, content: bytes) -> None:
    with pytest.raises(BadRequest):
        open_table(file(content))


# -- cells and lines ------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_sign_between_cells_is_found_out(file: Any, sign: str) -> None:
    text = "\r\n".join(sign.join(row) for row in (["Name", "Address"], ["A", '"1, Lake; Road"'], ["B", "2"]))
    assert contents(file(text.encode())) == [["Name", "Address"], ["A", "1, Lake; Road"], ["B", "2"]]


def test_excels_own_first_line_says_the_sign(file: Any) -> None:
    assert contents(file(b"sep=;\nName;City, Country\nA;B, C\n")) == [["Name", "City, Country"], ["A", "B, C"]]


def test_lines_are_counted_as_an_editor_counts_them(file: Any) -> None:
    table = open_table(file(b'Name,Notes\nA,"one\ntwo"\n\nB,x'))
    assert [(line, cells[:1]) for line, cells in table.rows()] == [(1, ["Name"]), (2, ["A"]), (4, []), (5, ["B"])]
    assert (table.done, table.size) == (5, 5)


@pytest.mark.parametrize(
    "rest", ["B,1\n" * 60, "B,1\n" * 3, 'B,"1"\n' * 60, "B," + "x" * 300_000], ids=["far", "near", "quoted", "large"]
)
def test_a_quotation_mark_that_is_not_closed_does_not_swallow_the_file(file: Any, rest: str) -> None:
    with pytest.raises(BadRequest, match="quotation mark in line 2"):
        contents(file(f'Name,Notes\nA,"oh no\n{rest}'.encode()))


def test_a_cell_of_several_lines_at_the_end_is_fine(file: Any) -> None:
    assert contents(file(b'Name,Notes\nA,"one\ntwo"\n'))[-1] == ["A", "one\ntwo"]
    assert contents(file(b'Name,Notes\nA,"one\ntwo"'))[-1] == ["A", "one\ntwo"]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc"))), min_size=3, max_size=3), min_size=2))
def test_whatever_is_written_as_csv_is_read_as_it_was(tmp_path_factory: Any, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    assert contents(path) == rows


# -- workbooks ------------------------------------------------------------------------------------


def test_a_workbook_is_read_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "book.bin"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Hidden").hide()
        book.add_worksheet("Empty")
        sheet = book.add_worksheet("Customers")
        sheet.write_row(2, 1, ["Name", "Phone", "Since"])
        sheet.write_row(4, 1, ["করিম", 1712345678])
        sheet.write_datetime(4, 3, date(2024, 3, 12), book.add_format({"num_format": "dd.mm.yyyy"}))
        book.worksheets()[1].activate()
    table = open_table(path)
    filled = {line: [cells.as_text(cell) for cell in row] for line, row in table.rows() if any(row)}
    assert filled == {3: ["Name", "Phone", "Since"], 5: ["করিম", "1712345678", "2024-03-12"]}
    assert table.done == table.size == 5


# -- columns --------------------------------------------------------------------------------------

PEOPLE = Importer(
    name="people",
    title="People",
    columns=(
        Column("name", ("Name", "নাম", "الاسم")),
        Column("phone", ("Mobile phone", "Telefon", "Phone")),
        Column("city", ("City", "Straße & Ort")),
    ),
    schema=Mapping,
    writer=lambda work: None,  # type: ignore[arg-type, return-value]  # nothing is written here
    needed=(("name",),),
    features={},
)


def rows_of(*lines: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    return iter(list(enumerate(lines, start=1)))


@pytest.mark.parametrize("heading", ["Name", " NAME: ", "name*", "নাম", "\u202bالاسم\u202c", "N\u00a0a-m e"])
def test_columns_are_found_by_their_names_however_they_are_written(heading: str) -> None:
    layout = find_layout(PEOPLE, rows_of(["x", heading]))
    assert layout.texts([1, "Rahim"]) == {"name": "Rahim"}
    assert layout.unread == ("x",)


def test_titles_may_stand_above_the_header() -> None:
    layout = find_layout(PEOPLE, rows_of(["Our customers"], [], ["City", "Phone", "Name"], ["Dhaka", "1", "A"]))
    assert layout.line == 3
    assert layout.texts(["Dhaka", "1", "A"]) == {"name": "A", "phone": "1", "city": "Dhaka"}


def test_of_several_columns_the_first_that_is_filled_wins() -> None:
    layout = find_layout(PEOPLE, rows_of(["Name", "Phone", "Mobile phone"]))
    assert layout.texts(["A", "1", "2"])["phone"] == "2"
    assert layout.texts(["A", "1", "n/a"])["phone"] == "1"
    assert "phone" not in layout.texts(["A", "-", None])


def test_a_file_without_header_is_told_what_it_needs() -> None:
    with pytest.raises(BadRequest, match="it needs a column called Name, নাম"):
        find_layout(PEOPLE, rows_of(["Rahim", "01712345678"], ["Karim", "01812345678"]))


# -- what stands in cells -------------------------------------------------------------------------

HERE = {"country": "BD"}


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1712345678.0, "1712345678"), (2.5, "2.5"), (True, "true"), (None, ""), (date(2024, 3, 12), "2024-03-12"),
        ("\u202a+880 1712\u202c\xa0", "+880 1712"), ("\ufeffName", "Name"), ("ক\u200dষ", "ক\u200dষ"),
    ],
)  # fmt: skip
def test_a_cell_as_text(cell: Any, text: str) -> None:
    assert cells.as_text(cell) == text


@pytest.mark.parametrize(
    "text", ["45000", "45,000", "45.000", "45 000", "45'000", "৪৫০০০", "٤٥٠٠٠", "45000.0", "45,000.00"]
)
def test_whole_numbers(text: str) -> None:
    assert cells.whole_number(text, HERE) == 45000


@pytest.mark.parametrize("text", ["a lot", "45k", "4.5", "45,00,0", "-5", "12..5", "1e5", "", "4 5"])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(Refused):
        cells.whole_number(text, HERE)


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("45,000 km", 45000),
        ("45000KM", 45000),
        ("45000 Kms.", 45000),
        ("৪৫০০০ কিমি", 45000),
        ("28,000 mi", 45062),
        ("7", 7),
    ],
)
def test_kilometres(text: str, km: int) -> None:
    assert cells.kilometres(text, HERE) == km


@pytest.mark.parametrize("text", ["45k", "45000 m", "km", "45000 km/h", "-5 km", "1 2 km"])
def test_what_is_no_distance(text: str) -> None:
    with pytest.raises(Refused):
        cells.kilometres(text, HERE)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1250", "1250"), ("1,250.00", "1250.00"), ("1.250,00 €", "1250.00"), ("৳ 1,25,000.50", "125000.50"),
        ("1250,5", "1250.5"), ("12,50", "12.50"), ("1,250", "1250"), ("1.250", "1.250"), ("-3", "-3"),
        ("৳১,২৫০", "1250"),         ("CHF 1'250.-", "1250"), ("Tk. 500/=", "500"),
    ],
)  # fmt: skip
def test_amounts(text: str, amount: str) -> None:
    assert cells.amount(text, HERE) == amount


@pytest.mark.parametrize("text", ["much", "1.2.3", "1,2,3", ""])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(Refused):
        cells.amount(text, HERE)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-12", "2024/3/12", "2024-03-12 00:00:00", "2024-03-12T10:30:00Z", "12.03.2024", "12.3.24", "12/03/2024",
        "12-3-24", "12 Mar 2024", "12-Mar-24", "12. März 2024", "12 মার্চ 2024", "১২/০৩/২০২৪", "March 12, 2024", "45363",
    ],
)  # fmt: skip
def test_dates(text: str) -> None:
    assert cells.day(text, HERE) == "2024-03-12"


def test_the_month_is_first_where_people_write_it_first() -> None:
    assert cells.day("03/12/2024", {"country": "US"}) == "2024-03-12"
    assert cells.day("12.03.2024", {"country": "US"}) == "2024-03-12"


@pytest.mark.parametrize("text", ["31.02.2024", "13/13/2024", "soon", "2024", "12.2024", "12/Foo/2024", "1"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Refused):
        cells.day(text, HERE)


@pytest.mark.parametrize(
    ("text", "code"),
    [("BD", "BD"), ("bangladesh", "BD"), ("বাংলাদেশ", "BD"), ("Deutschland", "DE"), ("UAE", "AE"),
     ("الإمارات العربية المتحدة", "AE"), ("USA", "US")],
)  # fmt: skip
def test_countries(text: str, code: str) -> None:
    assert cells.country(text, HERE) == code


def test_words_mean_one_of_a_few() -> None:
    read = cells.words({"petrol": ("Benzin", "octane"), "diesel": ()})
    assert [read(word, HERE) for word in ("PETROL", "benzin", "Octane ", "Diesel")] == [
        "petrol",
        "petrol",
        "petrol",
        "diesel",
    ]
    with pytest.raises(Refused, match="petrol, diesel"):
        read("steam", HERE)


def test_tags_are_each_there_once() -> None:
    assert cells.tags("fleet; VIP , vip,, monthly  invoice", HERE) == ["fleet", "VIP", "monthly invoice"]


@given(st.text())
def test_no_cell_breaks_a_reader(text: str) -> None:
    for read in (cells.whole_number, cells.kilometres, cells.amount, cells.day, cells.country, cells.email, cells.tags):
        try:
            read(cells.as_text(text), HERE)
        except Refused:
            continue


# -- the report -----------------------------------------------------------------------------------


def test_refusals_are_written_with_formulas_made_harmless(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    with written_to(path) as report:
        report.refuse([Problem(3, "name", "=1+1", "Odd"), Problem(3, "phone", "", "None", (1, 2))])
        report.count(Outcome("created"))
        assert not path.exists()
    assert report.results == {"refused": 1, "created": 1}
    assert report.reasons == {("name", "Odd"): 1, ("phone", "None"): 1}
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows == [
        ["line", "field", "value", "reason", "see lines"], ["3", "name", "'=1+1", "Odd", ""],
        ["3", "phone", "", "None", "1 2"],
    ]  # fmt: skip


def test_a_report_that_is_broken_off_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), written_to(tmp_path / "refused.csv"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_only_the_first_refusals_are_kept_in_memory() -> None:
    report = Report()
    for line in range(1000):
        report.refuse([Problem(line, "name", "", "None")])
    assert len(report.first) == 100
    assert report.reasons["name", "None"] == 1000
