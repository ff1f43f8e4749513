"""``/v1/workspace``: what a workspace says about itself."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.tenancy.timezones import timezone_of
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace

FIELDS = {
    "id", "slug", "plan", "status", "name", "country", "currency", "timezone", "locale", "phone", "email", "address",
    "registration_numbers", "logo_file_id", "brand_colour", "labour_rate", "token_ttl_seconds", "prices_include_tax",
    "tax_rounding",
    "two_factor_required", "quiet_from", "quiet_to", "sms_sender", "version", "created_at", "updated_at",
}  # fmt: skip


def test_it_begins_with_what_its_country_suggests(api: Api, tenant: TestWorkspace) -> None:
    data = api.get("/v1/workspace").data

    assert set(data) == FIELDS
    assert (data["slug"], data["plan"], data["status"]) == (tenant.slug, "enterprise", "active")
    assert (data["country"], data["currency"]) == ("DE", "EUR")
    assert (data["token_ttl_seconds"], data["tax_rounding"], data["prices_include_tax"]) == (900, "line", False)


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", "Europe/Berlin"), ("BD", "Asia/Dhaka"), ("US", "America/New_York"), ("GB", "Europe/London")],
)
def test_its_clock_is_that_of_its_country(country: str, zone: str) -> None:
    assert timezone_of(country) == zone


def test_every_field_can_be_changed(api: Api) -> None:
    wanted = {
        "name": "Rahman Motors",
        "country": "BD",
        "currency": "BDT",
        "timezone": "Asia/Dhaka",
        "locale": "bn-BD",
        "phone": "+8801712345678",
        "email": "service@rahman.example",
        "address": {"line1": "12 Mirpur Road", "city": "Dhaka", "postal_code": "1207", "country": "BD"},
        "registration_numbers": {"vat_number": "001234567-0101"},
        "brand_colour": "#1f6feb",
        "labour_rate": "850.00",
        "token_ttl_seconds": 3600,
        "prices_include_tax": True,
        "tax_rounding": "document",
    }
    changed = api.patch("/v1/workspace", wanted).data

    assert {name: changed[name] for name in wanted} == wanted
    assert api.get("/v1/workspace").data == changed
    assert api.get("/api/auth/me").data["workspace"]["name"] == "Rahman Motors"


def test_it_is_a_merge_patch(api: Api) -> None:
    api.patch("/v1/workspace", {"address": {"line1": "A", "city": "B"}, "registration_numbers": {"a": "1", "b": "2"}})
    api.patch("/v1/workspace", {"address": {"city": "C"}, "registration_numbers": {"a": None, "c": "3"}})
    data = api.get("/v1/workspace").data
    assert data["address"] == {"line1": "A", "city": "C"}
    assert data["registration_numbers"] == {"b": "2", "c": "3"}

    cleared = api.patch("/v1/workspace", {"address": None, "phone": None, "labour_rate": None}).data
    assert (cleared["address"], cleared["phone"], cleared["labour_rate"]) == (None, None, None)


def test_a_phone_is_read_as_one_of_the_country(api: Api) -> None:
    assert api.patch("/v1/workspace", {"phone": "030 / 1234 5678"}).data["phone"] == "+493012345678"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", None), ("country", "XX"), ("country", "de"), ("currency", "EURO"), ("currency", None),
        ("timezone", "Berlin"), ("timezone", "localtime"), ("locale", "xx-YY"), ("locale", 7), ("phone", "12"),
        ("email", "nonsense"), ("address", "Mirpur"), ("address", {"street": "x"}), ("address", {"country": "Germany"}),
        ("registration_numbers", []), ("registration_numbers", {"VAT": "1"}), ("registration_numbers", {"vat": 7}),
        ("registration_numbers", {str(n): "x" for n in range(21)}), ("registration_numbers", None),
        ("brand_colour", "red"), ("labour_rate", "-1.00"), ("labour_rate", "NaN"), ("labour_rate", 8.5),
        ("token_ttl_seconds", 59), ("token_ttl_seconds", 86_401), ("token_ttl_seconds", "900"),
        ("prices_include_tax", "yes"), ("tax_rounding", "sometimes"), ("slug", "other"), ("plan", "enterprise"),
        ("status", "active"), ("tenant_id", "x"), ("id", "x"), ("version", 9),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(api: Api, field: str, value: Any) -> None:
    reply = api.patch("/v1/workspace", {field: value}, expect=400)

    assert {fault["field"].partition(".")[0] for fault in reply.error["details"]} == {field}


def test_entity_tags_and_dry_runs(api: Api) -> None:
    first = api.get("/v1/workspace")
    api.request("GET", "/v1/workspace", headers={"If-None-Match": first.headers["ETag"]}, expect=304)
    tried = api.patch("/v1/workspace?dry_run=true", {"name": "Tried"}, headers={"If-Match": first.headers["ETag"]})
    assert (tried.data["name"], tried.headers["Dry-Run"]) == ("Tried", "true")
    assert api.get("/v1/workspace").data == first.data

    changed = api.patch("/v1/workspace", {"name": "First"}, headers={"If-Match": first.headers["ETag"]})
    assert changed.headers["ETag"] != first.headers["ETag"]
    late = api.patch("/v1/workspace", {"name": "Second"}, headers={"If-Match": first.headers["ETag"]}, expect=412)
    assert late.error["details"]["current"]["name"] == "First"
    assert api.patch("/v1/workspace", {}).headers["ETag"] == changed.headers["ETag"]


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("manager", 403), ("viewer", 403)])
def test_everybody_may_look_and_few_may_change(api: Api, role: str, status: int) -> None:
    client = api.as_role(role)
    client.get("/v1/workspace")

    client.patch("/v1/workspace", {"name": "By somebody"}, expect=status)


def test_workspaces_do_not_see_each_other(api: Api, other_tenant: TestWorkspace, api_of: Any) -> None:
    before = api_of(other_tenant).get("/v1/workspace")
    api.patch("/v1/workspace", {"name": "Mine"})

    assert api_of(other_tenant).get("/v1/workspace").data == before.data
    foreign = {"If-None-Match": before.headers["ETag"]}
    assert api.get("/v1/workspace", headers=foreign).data["name"] == "Mine"
