"""The arithmetic, tried over HTTP: every figure with the sentence it comes from, and nothing kept."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips

PATH = "/v1/tax-rates/calculate"


def calculate(api: Api, *lines: dict[str, Any], **document: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.post(PATH, {"lines": list(lines), **document}, expect=200).data
    return found


def line(unit_price: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"quantity": quantity, "unit_price": unit_price, **more}


def test_a_document_of_two_rates_with_discounts(api: Api) -> None:
    found = calculate(
        api,
        line("1250.00", "2.500", discount_percent="10"),
        line("99.99", discount_amount="9.99", tax_rate="7"),
        discount_amount="100.00",
    )
    assert found["totals"] == {
        "subtotal": "3224.99", "discount": "422.49", "taxable": "2802.50", "tax": "522.04", "total": "3324.54"
    }  # fmt: skip
    assert [(one["code"], one["rate"], one["taxable"], one["tax"]) for one in found["tax_lines"]] == [
        ("ust-19", "19.000", "2715.60", "515.96"),
        ("ust-7", "7.000", "86.90", "6.08"),
    ]


def test_every_figure_is_explained(api: Api) -> None:
    first, second = calculate(
        api, line("1250.00", "2.500", discount_percent="10"), line("0.3333", "300"), discount_percent="5"
    )["lines"]
    assert first["steps"] == [
        "amount = 2.5 × 1250.00 = 3125.00",
        "discount = 3125.00 × 10 ÷ 100 = 312.50",
        "discount of the document = 145.62 × 2812.50 ÷ 2912.49 = 140.62, to the last unit over all lines",
        "taxable = 2812.50 - 140.62 = 2671.88",
        "USt. 19 % = 2671.88 × 19 ÷ 100 = 507.66",
        "total = 2671.88 + 507.66 = 3179.54",
    ]
    assert second["steps"][0] == "amount = 300 × 0.3333 = 99.99"


def test_prices_with_tax_say_how_it_was_taken_out(api: Api) -> None:
    (found,) = calculate(api, line("119.00"), prices_include_tax=True)["lines"]
    assert found["steps"][1:] == [
        "USt. 19 % = 119.00 × 19 ÷ 119 = 19.00",
        "taxable = 119.00 - 19.00 = 100.00",
        "total = 100.00 + 19.00 = 119.00",
    ]


def test_rounding_by_document_says_whose_part_a_line_is_of(api: Api) -> None:
    lines = calculate(api, *[line("0.10")] * 3, tax_rounding="document")["lines"]
    assert [one["tax"] for one in lines] == ["0.02", "0.02", "0.02"]
    assert "USt. 19 % = its part of the 0.06 on all lines of this rate together = 0.02" in lines[0]["steps"]


def test_a_compound_tax_names_the_tax_before_it(api: Api) -> None:
    parts = [{"name": "SD", "rate": "20"}, {"name": "VAT", "rate": "15", "compound": True}]
    made = api.post("/v1/tax-rates", {"code": "sd-vat", "name": "SD and VAT", "components": parts}).data
    (found,) = calculate(api, line("100.00", tax_rate_id=made["id"]))["lines"]
    assert "VAT = (100.00 + 20.00) × 15 ÷ 100 = 18.00" in found["steps"]
    assert found["taxes"][1] == {
        "name": "VAT", "rate": "15.000", "compound": True, "taxable": "120.00", "tax": "18.00"
    }  # fmt: skip
    (within,) = calculate(api, line("138.00", tax_rate_id=made["id"]), prices_include_tax=True)["lines"]
    assert "VAT = 138.00 × 18 ÷ 138 = 18.00" in within["steps"]


@pytest.mark.parametrize(("currency", "tax", "total"), [("JPY", "19", "119"), ("BHD", "19.05", "119.30")])
def test_a_currency_has_its_own_decimals(api: Api, currency: str, tax: str, total: str) -> None:
    api.patch("/v1/workspace", {"currency": currency})
    found = calculate(api, line("100.25"))
    assert found["currency"] == currency
    assert (found["totals"]["tax"], found["totals"]["total"]) == (tax, total)


def test_what_is_taken_back_is_negative(api: Api) -> None:
    there = calculate(api, line("12.35", "3", discount_percent="5"))["totals"]
    back = calculate(api, line("12.35", "-3", discount_percent="5"))["totals"]
    assert back == {name: f"-{amount}" for name, amount in there.items()}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [line("1.00", "NaN")]}, "lines.0.quantity"),
        ({"lines": [line("-1.00")]}, "lines.0.unit_price"),
        ({"lines": [line("9999999999.9999", "99999999999")]}, "lines.0.quantity"),
        ({"lines": [line("1.00", discount_percent="1", discount_amount="0.10")]}, "lines.0.discount_amount"),
        ({"lines": [line("1.00", discount_amount="1.01")]}, "lines.0.discount_amount"),
        ({"lines": [line("1.00", discount_amount="0.001")]}, "lines.0.discount_amount"),
        ({"lines": [line("1.00", tax_rate="101")]}, "lines.0.tax_rate"),
        ({"lines": [line("1.00", tax_rate_id="0193e7a0-0000-7000-8000-000000000000")]}, "lines.0.tax_rate_id"),
        ({"lines": [line("1.00")], "discount_amount": "1.01"}, "discount_amount"),
        ({"lines": [line("1.00")], "discount_amount": "0.01", "discount_percent": "1"}, "discount_amount"),
        ({"lines": [line("1.00")], "tax_rounding": "never"}, "tax_rounding"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(api: Api, body: dict[str, Any], field: str) -> None:
    refused = api.post(PATH, body, expect=400)
    assert [one["field"] for one in refused.error["details"]] == [field]


def test_a_reader_may_and_nothing_is_kept(api: Api, platform: Platform) -> None:
    reader = api.as_one_who_may("tax_rates:read")
    body = {"lines": [line("100.00")]}
    before = api.get("/v1/audit-log").meta["total"]
    reader.post(PATH, body, expect=200)
    with count_round_trips(platform) as counted:
        reader.post(PATH, body, expect=200)
    assert counted.count <= 2
    assert api.get("/v1/audit-log").meta["total"] == before
