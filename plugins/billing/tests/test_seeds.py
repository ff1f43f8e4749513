"""What a workspace begins with: usual in its country, written once, and never over what people have made of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jemeti_platform.db import migrate
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.types.codes import countries as every_country
from plugins.billing import presets, seeds
from plugins.billing.contract import KINDS, Tax
from plugins.billing.models import ACCOUNT_KINDS


def rows(api: Api, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(path, params={"per_page": "100"}).data
    return found


@pytest.mark.parametrize("country", presets.countries())
def test_a_country_has_rates_that_the_database_takes(country: str, new_tenant: Any, api_of: Any) -> None:
    assert country in every_country()
    planned = presets.taxes_of(country)
    assert planned[0].kind == "standard", "the first is the default"
    assert len({one.code for one in planned}) == len(planned)
    assert {one.kind for one in planned} <= set(KINDS)
    found = {row["code"]: row for row in rows(api_of(new_tenant(country=country)), "/v1/tax-rates")}
    assert found.keys() == {one.code for one in planned}
    assert [code for code, row in found.items() if row["is_default"]] == [planned[0].code]
    for one in planned:
        assert Decimal(found[one.code]["rate"]) == Tax("", one.components).rate


def test_india_pays_two_halves_and_quebec_two_taxes() -> None:
    gst = next(one for one in presets.taxes_of("IN") if one.code == "gst-18")
    assert [(one.name, one.rate) for one in gst.components] == [("CGST 9 %", 9), ("SGST 9 %", 9)]
    quebec = next(one for one in presets.taxes_of("CA") if one.code == "gst-qst")
    assert [one.rate for one in quebec.components] == [Decimal(5), Decimal("9.975")]


def test_accounts_are_of_known_kinds_and_have_names_of_their_own() -> None:
    for country in every_country():
        planned = presets.accounts_of(country)
        assert {one.kind for one in planned} <= set(ACCOUNT_KINDS)
        assert len({one.name for one in planned}) == len(planned) >= 3


def test_a_country_that_is_not_in_the_table_has_no_default(new_tenant: Any, api_of: Any) -> None:
    found = rows(api_of(new_tenant(country="US")), "/v1/tax-rates")
    assert [(row["code"], row["is_default"]) for row in found] == [("exempt", False)]


def test_sown_again_nothing_changes_that_people_have_made_of_it(api: Api, tenant: TestWorkspace) -> None:
    (cash,) = api.get("/v1/payment-accounts", params={"kind": "cash"}).data
    api.patch(f"/v1/payment-accounts/{cash['id']}", {"name": "Till", "status": "archived"})
    (rate,) = api.get("/v1/tax-rates", params={"code": "ust-7"}).data
    api.patch(f"/v1/tax-rates/{rate['id']}", {"name": "MwSt. 7 %", "is_default": True})
    before = [rows(api, path) for path in ("/v1/payment-accounts", "/v1/tax-rates")]
    with tenant.work() as work:
        seeds.sow(work)
    assert [rows(api, path) for path in ("/v1/payment-accounts", "/v1/tax-rates")] == before


def test_models_and_migrations_agree(platform: Platform, database: Database) -> None:
    migrate.check(platform.manifests, database.migrate_url)
