"""What a membership takes off: asked of its provider, by the kind of work, where nobody has said otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from plugins.jobs.contract import DiscountPercents, MembershipDiscounts, PartLine, Parts

from .quoting import FEE, LABOUR, PART, a_job, a_quotation

PRODUCT = UUID(int=7)


class Gold:
    """Ten per cent off labour and five off parts, for one customer."""

    member: UUID | None = None

    def __init__(self, work: Any) -> None:
        self.work = work

    def of(self, work: Any, customer_id: UUID, vehicle_id: UUID | None) -> DiscountPercents | None:
        assert vehicle_id is not None
        return DiscountPercents(Decimal(10), Decimal(5), "Gold") if customer_id == self.member else None


class Stock:
    def __init__(self, work: Any) -> None:
        self.work = work

    def find(self, work: Any, product_ids: Any) -> dict[UUID, PartLine]:
        return {one: PartLine(one, "Brake pads", Decimal(6800)) for one in product_ids}


@pytest.fixture
def job(api: Api, platform: Platform) -> Iterator[dict[str, Any]]:
    """A job of a member, where memberships and stock have their providers."""
    made = a_job(api)
    Gold.member = UUID(made["customer_id"])
    platform.ports |= {MembershipDiscounts: ("jobs", Gold), Parts: ("jobs", Stock)}
    yield made
    del platform.ports[MembershipDiscounts], platform.ports[Parts]


def line_of(api: Api, job: dict[str, Any], word: str = "lines", **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post(f"/v1/jobs/{job['id']}/{word}", body, expect=201).data
    return made


def service(api: Api, **more: Any) -> str:
    return str(api.post("/v1/jobs/services", {"name": "Oil change", **more}, expect=201).data["id"])


def test_it_takes_off_in_quotations_where_nothing_else_is_said(api: Api, job: dict[str, Any]) -> None:
    made = a_quotation(api, LABOUR, {**PART, "discount_percent": "0"}, FEE, {**PART, "discount_amount": "1"}, job=job)
    assert made["membership"] == "Gold"
    assert [line["discount_percent"] for line in made["lines"]] == ["10.000", "0.000", None, None]


def test_it_takes_off_what_the_catalogue_wants(api: Api, job: dict[str, Any]) -> None:
    line = line_of(api, job, service_id=service(api, price="500"))
    assert (line["discount_percent"], line["discount"], line["taxable"]) == ("10.000", "50.00", "450.00")
    part = line_of(api, job, "parts", product_id=str(PRODUCT))
    assert (part["discount_percent"], part["discount"], part["taxable"]) == ("5.000", "340.00", "6460.00")


def test_it_takes_nothing_off_prices_that_somebody_named(api: Api, job: dict[str, Any]) -> None:
    oil = service(api, price="500")
    for line in (
        line_of(api, job, service_id=oil, unit_price="400"),
        line_of(api, job, description="By hand", unit_price="400"),
        line_of(api, job, service_id=oil, kind="fee"),
        line_of(api, job, "parts", product_id=str(PRODUCT), unit_price="6000"),
        line_of(api, job, "parts", description="Bulb", unit_price="60"),
    ):
        assert (line["discount_percent"], line["discount"]) == (None, "0.00")
    own = line_of(api, job, service_id=oil, discount_percent="3")
    assert own["discount_percent"] == "3.000"


def test_who_is_no_member_pays_the_price(api: Api, job: dict[str, Any]) -> None:
    other = a_job(api, "Karim")
    assert line_of(api, other, service_id=service(api, price="500"))["discount"] == "0.00"
    assert a_quotation(api, LABOUR, job=other)["membership"] is None


def test_a_change_of_a_line_asks_nobody(api: Api, job: dict[str, Any]) -> None:
    line = line_of(api, job, service_id=service(api, price="500"), discount_percent="0")
    changed = api.patch(f"/v1/jobs/{job['id']}/lines/{line['id']}", {"quantity": "2"}).data
    assert changed["discount_percent"] == "0.000"
