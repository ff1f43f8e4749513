"""What is given to a document stands on paper as it is, whatever it is; and the same gives the same bytes."""

from __future__ import annotations

import copy
import io
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import colander
import pypdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from jemeti_platform.documents.catalogue import TEMPLATES, Catalogue, Kind
from jemeti_platform.documents.printed import Printed
from jemeti_platform.documents.rendering import FONTS, Renderer
from jemeti_platform.documents.shape import shape_of
from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform

from .pdf_texts import pages, solid

WORKSPACE: dict[str, Any] = {
    "name": "Padma Auto Care",
    "country": "BD",
    "currency": "BDT",
    "timezone": "Asia/Dhaka",
    "locale": "en",
    "phone": "+8801711222333",
    "email": "care@padma.example",
    "address": {"line1": "Plot 7", "city": "Dhaka", "postal_code": "1208"},
    "registration_numbers": {"bin": "001234567-0101"},
    "brand_colour": "#0f6b5c",
}
KINDS = Catalogue(Platform({"jemeti.plugins": ""}, KERNEL))
RENDERER = Renderer()


def render(kind: Kind, data: Any = None, *, number: str = "NO-1", **settings: Any) -> bytes:
    workspace = {**WORKSPACE, **settings.pop("workspace", {})}
    shape = shape_of(kind, settings, workspace)
    language = shape.locale.partition("-")[0]
    return RENDERER.render(kind, data or kind.sample(language), shape, workspace, number=number)


def everywhere(node: Any, value: Any, text: str) -> Any:
    """The sample with ``text`` in every place where users may write."""
    if isinstance(node.typ, colander.Mapping):
        given = value or {}
        return {
            child.name: everywhere(child, given.get(child.name), text)
            for child in node.children
            if given.get(child.name) is not None or isinstance(child.typ, Printed)
        }
    if isinstance(node.typ, colander.Sequence):
        return [everywhere(node.children[0], item, text) for item in value]
    return node.typ.read(text, {}) if isinstance(node.typ, Printed) else value


# -- texts stay texts ----------------------------------------------------------------------------------------------


@pytest.fixture
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A port on this machine, and who has knocked at it."""
    knocks: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                knocks.append(address)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], knocks
        stop.set()
        thread.join()


CODE = [
    '#import "@preview/cetz:0.3.0": *',
    '#import "/layout.typ": workspace',
    '#eval("1+1")',
    '#read("/etc/passwd")',
    '#read("/layout.typ")',
    '#image("http://127.0.0.1:{port}/x.png")',
    '#link("http://127.0.0.1:{port}/")[x]',
    "#sys.inputs",
    "#panic()",
    "#set page(fill: black)",
    "#let data = none",
    "#{while true {}}",
    "$x^2 + y$",
    "```typ #panic() ```",
    "`raw` *bold* _slanted_ <label> @reference",
    "= Heading // comment /* comment */",
    "#] #} #) ] } ) \\ \\u{41} ~ -- ---",
    '", "totals": {"total": "0"}, "x": "',
    "{{x.__class__}} ${7*7} <%= 7*7 %>",
    "<img src=file:///etc/passwd><link href=http://127.0.0.1:{port}>",
    "<svg onload=alert(1)>",
]


@pytest.mark.parametrize("name", KINDS)
def test_code_in_every_text_is_text(name, canary):
    port, knocks = canary
    kind = KINDS[name]
    for code in CODE:
        text = code.replace("{port}", str(port))
        data = everywhere(kind.node, kind.sample("en"), text)
        shown = solid("".join(pages(render(kind, data, number=text, header=text, footer=text, terms=text, title=text))))
        assert shown.count(solid(text)) >= 8, text
        assert "root:" not in shown
    assert knocks == []


def test_the_check_sees_a_template_that_runs_what_it_is_given():
    source = b'#import "/layout.typ": *\n#show: sheet\n#eval(data.customer.name, mode: "markup")'
    kind = KINDS["invoice"]
    careless = Kind(kind.document, kind.plugin, source, kind.check, kind.samples, kind.labels)
    data = kind.sample("en")
    data["customer"]["name"] = "#(40 + 2)"
    assert "#(40+2)" not in solid(pages(render(careless, data))[0])
    assert "#(40+2)" in solid(pages(render(kind, data))[0])


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        "Long " * 1000,
        "https://example.com/" + "a" * 300,
        "🚗🔧👩🏽‍🔧 €",
        "مرحبا Hello বাংলা 123 שלום",
        "\u202e05.00 ৳\u202c",
        "a\x00b\x07c\x1bd\u2028e\ufffe",
        "line\nline\r\nline\tTab",
        "\U0010ffff\ud800",
        "স্ক্র্যাচ ক্ষ্ম ন্ত্র্য" * 40,
    ],
    ids=lambda text: ascii(text)[:24],
)
@pytest.mark.parametrize("name", KINDS)
def test_any_text_fits_somewhere(name, text):
    kind = KINDS[name]
    data = everywhere(kind.node, kind.sample("en"), text)
    for locale in ("en", "ar-SA"):
        assert render(kind, data, locale=locale).startswith(b"%PDF")


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_text_stops_an_invoice(text):
    kind = KINDS["invoice"]
    assert render(kind, everywhere(kind.node, kind.sample("en"), text)).startswith(b"%PDF")


@given(st.text(alphabet=st.sampled_from("ab ক্ষিা\u200d\u200c\u202e\u2066\x00\n"), max_size=300))
def test_what_turns_the_text_around_it_is_left_out(text):
    read = Printed().read(text, {})
    assert not set(read) & {"\u202e", "\u2066", "\x00"}
    assert Printed.breakable(read).replace("\u200b", "") == read


# -- the same in, the same out --------------------------------------------------------------------------------------


def test_the_same_data_gives_the_same_bytes_in_every_thread():
    jobs = [(kind, locale) for kind in KINDS.values() for locale in ("en", "bn-BD", "ar-SA")] * 3
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda job: (job[0].type, job[1], render(job[0], locale=job[1])), jobs))
    assert len({(kind, locale) for kind, locale, _ in made}) == len(set(made)) == len(jobs) // 3
    shape = shape_of(KINDS["invoice"], {}, WORKSPACE)
    again = Renderer().render(KINDS["invoice"], KINDS["invoice"].sample("en"), shape, WORKSPACE, number="NO-1")
    assert again == render(KINDS["invoice"])


def test_fonts_are_ours_alone():
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    assert {font.family for font in fonts.fonts()} == {
        f"Noto {name}" for name in ("Sans", "Serif", "Sans Bengali", "Serif Bengali", "Sans Arabic", "Naskh Arabic")
    }
    assert (FONTS / "OFL.txt").is_file()
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 4_100_000


def test_a_template_sees_nothing_of_the_machine():
    compiler = typst.Compiler(root=TEMPLATES, font_paths=[FONTS], ignore_system_fonts=True)
    for path in ("/etc/passwd", "../catalogue.py", "../../../production.ini"):
        with pytest.raises(typst.TypstError):
            compiler.compile(input=f'#read("{path}")'.encode())


# -- what a reader sees ---------------------------------------------------------------------------------------------


def test_a_long_table_has_its_head_and_its_number_on_every_page():
    kind = KINDS["invoice"]
    data = kind.sample("en")
    data["lines"] = [{**data["lines"][0], "description": f"Item {n}"} for n in range(1, 201)]
    found = pages(render(kind, data))
    assert len(found) >= 5
    for n, text in enumerate(found, 1):
        assert f"{n} / {len(found)}" in text
        if "Item" in text:
            assert "Description" in text
    assert all(f"Item {n}\n" in "".join(found) for n in range(1, 201))


def test_a_line_stands_on_one_page_unless_it_is_higher_than_one():
    kind = KINDS["invoice"]
    data = kind.sample("en")
    line = data["lines"][0]
    several = [{**line, "description": f"Begins{n:02}", "detail": f"a\nb\nc\nd\nEnds{n:02}"} for n in range(60)]
    data["lines"] = several
    found = pages(render(kind, data))
    assert len(found) > 2
    for n in range(60):
        assert [f"Begins{n:02}" in solid(page) for page in found] == [f"Ends{n:02}" in solid(page) for page in found]
    data["lines"] = [{**line, "detail": "\n".join(f"Word{n}" for n in range(200))}]
    high = pages(render(kind, data))
    assert len(high) > 2
    assert all(f"Word{n}" in solid("".join(high)) for n in range(200)), "nothing is cut off"


def test_a_copy_of_a_till_receipt_is_one_strip():
    (page,) = pypdf.PdfReader(io.BytesIO(render(KINDS["receipt"], size="roll_80"))).pages
    assert round(float(page.mediabox.width) / 72 * 25.4) == 80


def test_sections_are_shown_in_the_order_that_is_wanted():
    text = pages(render(KINDS["invoice"], sections=["notes", "totals", "lines", "parties"]))[0]
    places = [text.index(word) for word in ("Next service", "Balance due", "Oil filter", "Green Delta")]
    assert places == sorted(places)
    assert "Mobile wallet" not in text
    assert "Scan to see" not in text


def test_columns_that_nobody_fills_are_left_out():
    kind = KINDS["invoice"]
    data = kind.sample("en")
    assert "Discount" in pages(render(kind, data))[0]
    data["totals"]["discount"] = Decimal(0)
    for line in data["lines"]:
        line["discount"] = None
    assert "Discount" not in pages(render(kind, data))[0]


def test_what_counts_is_the_total_until_something_is_paid():
    kind = KINDS["invoice"]
    data = kind.sample("en")
    assert "Balance due" in pages(render(kind, data))[0]
    data["totals"] |= {"paid": Decimal(0), "balance": data["totals"]["total"]}
    assert "Balance due" not in pages(render(kind, data))[0]


@pytest.mark.parametrize("language", ["en", "bn", "ar"])
@pytest.mark.parametrize("name", ["invoice", "receipt"])
def test_the_samples_add_up(name, language):
    data = KINDS[name].sample(language)
    cent, totals = Decimal("0.01"), data["totals"]
    taxes: dict[Decimal, Decimal] = {}
    for line in data["lines"]:
        full = (line["quantity"] * line["unit_price"]).quantize(cent)
        assert full - line["discount"] == line["amount"]
        taxes[line["tax_rate"]] = taxes.get(line["tax_rate"], Decimal(0)) + line["amount"]
    assert {row["rate"]: row["taxable"] for row in data["tax_lines"]} == taxes
    assert sum(row["tax"] for row in data["tax_lines"]) == totals["tax"]
    assert totals["subtotal"] - totals["discount"] == totals["taxable"] == sum(taxes.values())
    assert totals["taxable"] + totals["tax"] == totals["total"]
    assert totals["total"] - totals["paid"] - totals["credited"] == totals["balance"]


@pytest.mark.parametrize("language", ["en", "bn", "ar"])
def test_the_payslip_adds_up(language):
    data = copy.deepcopy(KINDS["payslip"].sample(language))
    earned, kept = (sum(entry["amount"] for entry in data[part]) for part in ("earnings", "deductions"))
    assert data["totals"] == {"gross": earned, "deductions": kept, "net": earned - kept}
