"""Tax rates: what they are today, what they were and will be, and that nothing of it is ever rewritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.billing import rates
from plugins.billing.contract import UNTAXED, Tax, TaxComponent, Taxes, TaxRateRevised, TaxTable

PATH = "/v1/tax-rates"
D = Decimal
GST = [{"name": "CGST", "rate": "9"}, {"name": "SGST", "rate": "9"}]


def a_rate(api: Api, **over: Any) -> dict[str, Any]:
    given = {"code": "levy-3", "name": "Levy 3 %", **({} if "components" in over else {"rate": "3"}), **over}
    made: dict[str, Any] = api.post(PATH, given, expect=201).data
    return made


def fault(reply: Any) -> str:
    return str(reply.error["details"][0]["field"])


def days(work: Work, count: int) -> str:
    return str(work.today() + timedelta(days=count))


class TestWhatARateIs:
    def test_one_percentage(self, api: Api) -> None:
        made = a_rate(api, rate="7.5")
        assert (made["rate"], made["kind"]) == ("7.500000", "standard")
        assert made["components"] == [{"name": "Levy 3 %", "rate": "7.500", "compound": False}]

    def test_several_taxes_at_once(self, api: Api) -> None:
        made = a_rate(api, components=GST)
        assert made["rate"] == "18.000000"
        assert [one["name"] for one in made["components"]] == ["CGST", "SGST"]

    def test_a_tax_on_a_tax(self, api: Api) -> None:
        duty, vat = {"name": "SD", "rate": "20"}, {"name": "VAT", "rate": "15", "compound": True}
        assert a_rate(api, components=[duty, vat])["rate"] == "38.000000"

    def test_nothing_has_a_kind_of_its_own(self, api: Api) -> None:
        assert a_rate(api, rate="0")["kind"] == "zero"
        assert a_rate(api, code="not-taxed", rate="0", kind="exempt")["kind"] == "exempt"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "rate"),
            ({"rate": "100.001"}, "rate"),
            ({"rate": "-1"}, "rate"),
            ({"rate": "NaN"}, "rate"),
            ({"rate": "0.0001"}, "rate"),
            ({"rate": 7.5}, "rate"),
            ({"rate": "19", "components": GST}, "rate"),
            ({"rate": "7", "kind": "exempt"}, "kind"),
            ({"rate": "7", "kind": "reverse_charge"}, "kind"),
            ({"components": [{"name": "A", "rate": "1", "compound": True}]}, "components"),
            ({"components": [{"name": "A", "rate": "1"}, {"name": "A", "rate": "2"}]}, "components"),
            ({"components": [{"name": "A", "rate": "1"}] * 6}, "components"),
            ({"components": [{"name": "A", "rate": "101"}]}, "components.0.rate"),
            ({"code": "Not A Slug", "rate": "1"}, "code"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, api: Api, body: dict[str, Any], field: str) -> None:
        refused = api.post(PATH, {"code": "levy", "name": "Levy", **body}, expect=400)
        assert fault(refused) == field

    def test_a_code_is_one_rates_for_ever(self, api: Api) -> None:
        made = a_rate(api)
        refused = api.post(PATH, {"code": "levy-3", "name": "Another", "rate": "4"}, expect=409)
        assert refused.error["details"] == {"reason": "duplicate", "fields": ["code"]}
        for name, value in (("code", "other"), ("rate", "4"), ("components", GST), ("kind", "zero")):
            assert fault(api.patch(f"{PATH}/{made['id']}", {name: value}, expect=400)) == name


class TestTheDefault:
    def test_another_takes_over_and_an_archived_one_is_none(self, api: Api) -> None:
        def default() -> list[str]:
            return [row["code"] for row in api.get(PATH, params={"is_default": "true"}).data]

        assert default() == ["ust-19"]
        made = a_rate(api, is_default=True)
        assert default() == ["levy-3"]
        (before,) = api.get(PATH, params={"code": "ust-7"}).data
        api.patch(f"{PATH}/{before['id']}", {"is_default": True})
        assert default() == ["ust-7"]
        api.patch(f"{PATH}/{made['id']}", {"is_default": True})
        assert api.patch(f"{PATH}/{made['id']}", {"status": "archived"}).data["is_default"] is False
        assert default() == []
        assert fault(api.patch(f"{PATH}/{made['id']}", {"is_default": True}, expect=400)) == "is_default"


class TestRevising:
    def test_from_a_day_on(self, api: Api, work: Work) -> None:
        made = a_rate(api, valid_from=days(work, -400))
        path = f"{PATH}/{made['id']}/versions"
        assert api.post(path, {"rate": "4", "valid_from": days(work, -10)}, expect=201).data["rate"] == "4.000000"
        answer = api.post(path, {"components": GST, "valid_from": days(work, 10)}, expect=201)
        assert answer.data["rate"] == "4.000000", "it is as it is today"
        assert answer.data["valid_from"] == days(work, -10)
        latest, now, first = api.get(path).data
        assert [one["rate"] for one in (first, now, latest)] == ["3.000000", "4.000000", "18.000000"]
        assert [one["valid_to"] for one in (first, now, latest)] == [days(work, -11), days(work, 9), None]
        assert latest["components"][1] == {"name": "SGST", "rate": "9.000", "compound": False}

    def test_never_on_or_before_the_latest(self, api: Api) -> None:
        made = a_rate(api)
        path = f"{PATH}/{made['id']}/versions"
        for since in (made["valid_from"], "2001-01-01", None):
            assert fault(api.post(path, {"rate": "4", "valid_from": since}, expect=400)) == "valid_from"
        assert api.get(path).meta["total"] == 1

    def test_of_nothing_is_404(self, api: Api) -> None:
        path = f"{PATH}/{uuid4()}/versions"
        api.get(path, expect=404)
        api.post(path, {"rate": "4"}, expect=404)

    def test_many_on_one_day_are_one(self, api: Api, work: Work) -> None:
        statuses = revisions_at_once(api, a_rate(api)["id"], days(work, 30))
        assert sorted(statuses) == [201] + [400] * 5

    def test_without_the_lock_the_index_would_have_to_refuse(
        self, api: Api, work: Work, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All have looked before anybody writes."""
        looked = Barrier(2)
        monkeypatch.setattr(rates, "_LOCKED", Statement(rates._LOCKED.sql.removesuffix(" FOR UPDATE")))
        monkeypatch.setitem(platform.listeners, TaxRateRevised, [("billing", lambda work, event: looked.wait(60))])
        assert sorted(revisions_at_once(api, a_rate(api)["id"], days(work, 30), 2)) == [201, 409]


def revisions_at_once(api: Api, identity: str, since: str, times: int = 6) -> list[int]:
    meeting = Barrier(times)

    def revise(number: int) -> int:
        body = {"rate": str(number), "valid_from": since}
        meeting.wait()
        return api.request("POST", f"{PATH}/{identity}/versions", body, anything=True).status

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(revise, range(times)))


VERSION = (
    "INSERT INTO billing_tax_rate_versions"
    " (id, tax_rate_id, valid_from, kind, rate, component_names, component_rates, component_compounds)"
    " SELECT gen_random_uuid(), id, '2001-01-01', {0} FROM billing_tax_rates LIMIT 1"
)
BROKEN = {
    "not a number": "'standard', 'NaN', '{A}', '{NaN}', '{f}'",
    "not a number among others": "'standard', 5, '{A,B}', '{5,NaN}', '{f,f}'",
    "more than everything": "'standard', 101, '{A}', '{101}', '{f}'",
    "less than nothing": "'standard', 0, '{A,B}', '{1,-1}', '{f,f}'",
    "nothing where a rate should be": "'standard', 5, '{A,B}', '{5,NULL}', '{f,f}'",
    "no component": "'zero', 0, '{}', '{}', '{}'",
    "six components": "'standard', 6, '{A,B,C,D,E,F}', '{1,1,1,1,1,1}', '{f,f,f,f,f,f}'",
    "a name too few": "'standard', 2, '{A}', '{1,1}', '{f,f}'",
    "a component of which nobody knows whether it is compound": "'standard', 2, '{A,B}', '{1,1}', '{f,NULL}'",
    "a first component on taxes before it": "'standard', 1, '{A}', '{1}', '{t}'",
    "a rate that is not its component's": "'standard', 2, '{A}', '{1}', '{f}'",
    "an exemption of something": "'exempt', 5, '{A}', '{5}', '{f}'",
    "an unknown kind": "'odd', 5, '{A}', '{5}', '{f}'",
}


class TestTheDatabase:
    @pytest.mark.parametrize("what", BROKEN)
    def test_it_refuses(self, tenant: TestWorkspace, what: str) -> None:
        statement = Statement(VERSION.replace("{0}", BROKEN[what]))
        with pytest.raises(psycopg.errors.CheckViolation), tenant.work() as work:
            work.write(statement())

    def test_it_takes_what_is_right(self, tenant: TestWorkspace) -> None:
        with tenant.work() as work:
            work.write(Statement(VERSION.replace("{0}", "'standard', 2, '{A,B}', '{1,1}', '{f,t}'"))())

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE billing_tax_rate_versions SET rate = 1",
            "DELETE FROM billing_tax_rate_versions",
            "TRUNCATE billing_tax_rate_versions",
            "DELETE FROM billing_tax_rates",
        ],
    )
    def test_nobody_may_rewrite_what_a_rate_was(self, tenant: TestWorkspace, statement: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.work() as work:
            work.write(Statement(statement)())

    def test_there_is_one_default(self, tenant: TestWorkspace) -> None:
        with pytest.raises(psycopg.errors.UniqueViolation), tenant.work() as work:
            work.write(Statement("UPDATE billing_tax_rates SET is_default = true WHERE code = 'ust-7'")())


# -- the port ----------------------------------------------------------------------------------------


@pytest.fixture
def taxes(work: Work) -> Taxes:
    found = work.port(Taxes)
    assert found is not None
    return found


def ids(table: TaxTable) -> dict[str, UUID]:
    return {str(tax.code): identity for identity, tax in table.taxes.items()}


class TestThePort:
    def test_a_line_chooses_by_id_by_percentage_or_not_at_all(self, taxes: Taxes) -> None:
        table = taxes.on()
        reduced = ids(table)["ust-7"]
        assert table.choose(tax_rate_id=reduced).code == "ust-7"
        assert table.choose(tax_rate_id=reduced, tax_rate=D("7.000")).code == "ust-7"
        assert table.choose(tax_rate=D(7)).id == reduced
        assert table.choose().code == "ust-19"
        assert table.choose(tax_rate=D("7.7")) == Tax.of_percent(D("7.7"))

    def test_a_percentage_of_several_rates_is_itself_unless_one_is_the_default(self, work: Work, taxes: Taxes) -> None:
        values = {"notes": None, "status": "active", "is_default": False, "kind": None, "components": ()}
        for code, rate in (("second-7", "7"), ("second-19", "19")):
            rates.create(work, {**values, "code": code, "name": code, "rate": D(rate), "valid_from": None})
        table = taxes.on()
        assert table.choose(tax_rate=D(7)).id is None
        assert table.choose(tax_rate=D(19)).code == "ust-19"

    def test_what_cannot_be_chosen_is_refused_by_its_place(self, work: Work, taxes: Taxes) -> None:
        reduced = ids(taxes.on())["ust-7"]
        with pytest.raises(Invalid) as refused:
            taxes.on().choose(tax_rate_id=uuid4(), at="lines.3")
        assert refused.value.problems[0]["field"] == "lines.3.tax_rate_id"
        with pytest.raises(Invalid) as refused:
            taxes.on().choose(tax_rate_id=reduced, tax_rate=D(8), at="lines.0")
        assert refused.value.problems[0]["field"] == "lines.0.tax_rate"
        rates.change(work, reduced, {"status": "archived"})
        with pytest.raises(Invalid, match="archived"):
            taxes.on().choose(tax_rate_id=reduced)
        assert taxes.on().taxes[reduced].code == "ust-7", "what has it keeps it"
        assert taxes.on().choose(tax_rate=D(7)).id is None

    def test_a_day_has_the_percentages_of_that_day(self, work: Work, taxes: Taxes) -> None:
        standard = ids(taxes.on())["ust-19"]
        since = work.today() + timedelta(days=5)
        rates.revise(work, standard, {"valid_from": since, "rate": D(21), "components": (), "kind": None})
        for day, rate in ((since - timedelta(1), 19), (since, 21), (date(1999, 1, 1), 19), (date(2999, 1, 1), 21)):
            assert taxes.on(day).choose().rate == rate

    def test_it_can_be_asked_among_other_things(self, work: Work, taxes: Taxes) -> None:
        day = date(2026, 3, 1)
        _, rows = work.read(Statement("SELECT 1")(), taxes.statement(day))
        assert taxes.table(rows, day) == taxes.on(day)

    def test_who_has_no_rates_has_no_tax(self, new_tenant: Any) -> None:
        with new_tenant(country="US").work() as work:
            found = work.port(Taxes)
            assert found is not None
            assert found.on().choose() is UNTAXED

    def test_the_workspace_says_how_prices_are_meant(self, api: Api, tenant: TestWorkspace) -> None:
        api.patch("/v1/workspace", {"prices_include_tax": True, "tax_rounding": "document", "currency": "JPY"})
        with tenant.work() as work:
            found = work.port(Taxes)
            assert found is not None
            line = _line("119")
            assert found.price([line]).totals.taxable == D(100)
            assert found.price([line], prices_include_tax=False).totals.total == D(142)


def _line(price: str) -> Any:
    from plugins.billing.contract import Line

    return Line(D(1), D(price), Tax("VAT", (TaxComponent("VAT", D(19)),)))


def test_a_workspaces_rates_are_off_for_no_subscription(new_tenant: Any, api_of: Any, platform: Platform) -> None:
    workspace = new_tenant()
    for slug in platform.features:
        workspace.set_feature(slug, "off")
    with workspace.work() as work:
        assert work.enabled_plugins == {"billing"}  # and not crm, which it requires: that is sold
    assert api_of(workspace).get(PATH).meta["total"] > 1
