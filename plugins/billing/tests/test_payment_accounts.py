"""Payment accounts: one default of each kind, numbers that can be, and nothing that is ever deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.billing import accounts
from plugins.billing.contract import PaymentAccountChanged, PaymentAccountCreated

PATH = "/v1/payment-accounts"


def an_account(api: Api, **over: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post(PATH, {"name": "Till", "kind": "cash", **over}, expect=201).data
    return made


def defaults(api: Api, kind: str) -> list[str]:
    return [row["name"] for row in api.get(PATH, params={"kind": kind, "is_default": "true"}).data]


def fault(reply: Any) -> str:
    return str(reply.error["details"][0]["field"])


def test_a_workspace_begins_with_cash_bank_card_and_the_wallets_of_its_country(new_tenant: Any, api_of: Any) -> None:
    api = api_of(new_tenant(country="BD"))
    found = api.get(PATH).data
    assert [(row["name"], row["kind"], row["is_default"]) for row in found] == [
        ("Cash", "cash", True),
        ("Bank", "bank", True),
        ("Card", "card", True),
        ("bKash", "mobile_wallet", True),
        ("Nagad", "mobile_wallet", False),
    ]
    assert {row["currency"] for row in found} == {"BDT"}


class TestTheDefault:
    def test_another_takes_over(self, api: Api) -> None:
        an_account(api, name="Second till", is_default=True)
        assert defaults(api, "cash") == ["Second till"]
        third = an_account(api, name="Third till")
        assert defaults(api, "cash") == ["Second till"]
        api.patch(f"{PATH}/{third['id']}", {"is_default": True})
        assert defaults(api, "cash") == ["Third till"]
        assert defaults(api, "bank") == ["Bank"]

    def test_the_first_of_a_kind_is_it(self, new_tenant: Any, api_of: Any) -> None:
        api = api_of(new_tenant(country="DE"))
        assert defaults(api, "mobile_wallet") == []
        assert an_account(api, name="PayPal", kind="mobile_wallet")["is_default"] is True
        assert an_account(api, name="Klarna", kind="mobile_wallet")["is_default"] is False

    def test_an_archived_one_is_it_no_more_and_is_not_made_it(self, api: Api) -> None:
        made = an_account(api, name="Second till", is_default=True)
        path = f"{PATH}/{made['id']}"
        assert api.patch(path, {"status": "archived"}).data["is_default"] is False
        assert defaults(api, "cash") == []
        assert fault(api.patch(path, {"is_default": True}, expect=400)) == "is_default"
        assert an_account(api, name="Old till", status="archived", is_default=True)["is_default"] is False
        assert an_account(api, name="New till")["is_default"] is True

    def test_none_may_be_it(self, api: Api) -> None:
        (cash,) = api.get(PATH, params={"kind": "cash"}).data
        assert api.patch(f"{PATH}/{cash['id']}", {"is_default": False}).data["is_default"] is False

    def test_many_who_want_to_be_it_take_over_one_after_the_other(self, api: Api) -> None:
        statuses = all_at_once(api)
        assert statuses == [201] * len(statuses)
        assert len(defaults(api, "cash")) == 1

    def test_without_the_lock_some_would_be_refused(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(accounts, "LOCK", Statement("SELECT 1"))
        assert any(409 in all_at_once(api, f"round {n}") for n in range(10))
        assert len(defaults(api, "cash")) == 1, "the index holds in any case"


def all_at_once(api: Api, mark: str = "") -> list[int]:
    """The statuses of several accounts that are added at the same moment, each to be the default."""
    meeting = Barrier(6)

    def add(number: int) -> int:
        body = {"name": f"{mark} till {number}", "kind": "cash", "is_default": True}
        meeting.wait()
        return api.request("POST", PATH, body, anything=True).status

    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(add, range(6)))


class TestNames:
    def test_a_name_is_one_active_accounts(self, api: Api) -> None:
        error = api.post(PATH, {"name": "Cash", "kind": "bank"}, expect=409).error
        assert error["details"] == {"reason": "duplicate", "fields": ["name"]}

    def test_an_archived_account_gives_its_name_free_and_cannot_have_it_back(self, api: Api) -> None:
        (cash,) = api.get(PATH, params={"kind": "cash"}).data
        api.patch(f"{PATH}/{cash['id']}", {"status": "archived"})
        an_account(api, name="Cash")
        refused = api.patch(f"{PATH}/{cash['id']}", {"status": "active"}, expect=409)
        assert refused.error["details"]["fields"] == ["name"]

    def test_its_kind_never_changes(self, api: Api) -> None:
        made = an_account(api)
        assert fault(api.patch(f"{PATH}/{made['id']}", {"kind": "bank"}, expect=400)) == "kind"


class TestNumbers:
    @pytest.mark.parametrize(
        ("kind", "typed", "kept"),
        [
            ("bank", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("bank", "gb33bukb20201555555555", "GB33BUKB20201555555555"),
            ("bank", "1102 4455 6677", "1102 4455 6677"),
            ("mobile_wallet", "01712-345678", "+8801712345678"),
            ("mobile_wallet", "174379", "174379"),
            ("mobile_wallet", "garage@mail.example", "garage@mail.example"),
            ("card", "TID 2045 7711", "TID 2045 7711"),
            ("cash", "4111 1111 1111 1111", "4111 1111 1111 1111"),
        ],
    )
    def test_they_are_kept_in_one_form(self, new_tenant: Any, api_of: Any, kind: str, typed: str, kept: str) -> None:
        api = api_of(new_tenant(country="BD"))
        made = an_account(api, name="One more", kind=kind, number=typed)
        assert made["number"] == kept
        changed = api.patch(f"{PATH}/{made['id']}", {"number": None}).data
        assert changed["number"] is None
        assert api.patch(f"{PATH}/{made['id']}", {"number": typed}).data["number"] == kept

    @pytest.mark.parametrize(
        ("kind", "typed", "words"),
        [
            ("bank", "DE89 3704 0044 0532 0130 01", "check digits"),
            ("bank", "DE89 3704 0044 0532 0130", "length"),
            ("card", "4111 1111 1111 1111", "payment card"),
            ("card", "5500-0000-0000-0004", "payment card"),
        ],
    )
    def test_an_iban_that_is_none_and_a_card_are_refused(self, api: Api, kind: str, typed: str, words: str) -> None:
        body = {"name": "One more", "kind": kind, "number": typed}
        refused = api.post(PATH, body, expect=400)
        assert fault(refused) == "number"
        assert words in refused.error["details"][0]["message"]
        made = an_account(api, kind=kind)
        assert fault(api.patch(f"{PATH}/{made['id']}", {"number": typed}, expect=400)) == "number"

    def test_a_bic_is_one(self, api: Api) -> None:
        refused = api.post(PATH, {"name": "Bank 2", "kind": "bank", "bic": "NOBANK"}, expect=400)
        assert fault(refused) == "bic"
        assert an_account(api, kind="bank", bic="COBADEFFXXX")["bic"] == "COBADEFFXXX"


def test_changes_are_told(work: Work, platform: Platform) -> None:
    told: list[Any] = []
    for event in (PaymentAccountCreated, PaymentAccountChanged):
        platform.listeners.setdefault(event, []).append(("billing", lambda work, event: told.append(event)))
    try:
        values = {"name": "Till", "kind": "cash", "status": "active", "is_default": False, "position": 0}
        identity = accounts.create(work, {**dict.fromkeys(("provider", "number", "bic", "notes")), **values})
        accounts.change(work, identity, {"status": "archived"})
    finally:
        for event in (PaymentAccountCreated, PaymentAccountChanged):
            platform.listeners[event].pop()
    assert told == [
        PaymentAccountCreated(identity, "cash"),
        PaymentAccountChanged(identity, ("is_default", "status")),
    ]


def test_the_search_of_the_workspace_finds_them_for_who_may_see_them(api: Api) -> None:
    made = an_account(api, name="Dutch-Bangla till", kind="bank", provider="DBBL", number="1102 4455")
    (hit,) = api.get("/v1/search", params={"q": "dutch bangla"}).data
    assert (hit["type"], hit["id"], hit["subtitle"]) == ("payment_accounts", made["id"], "DBBL · 1102 4455")
    assert "tax_rates" in {hit["type"] for hit in api.get("/v1/search", params={"q": "ust-19"}).data}
    assert api.as_one_who_may("tax_rates:read").get("/v1/search", params={"q": "dutch bangla"}).data == []


INSERT = "INSERT INTO billing_payment_accounts (id, name, kind, is_default, status, position) VALUES"
BROKEN = {
    "two defaults of a kind": (
        f"{INSERT} (gen_random_uuid(), 'B', 'cash', true, 'active', 0)",
        psycopg.errors.UniqueViolation,
    ),
    "an archived default": (
        f"{INSERT} (gen_random_uuid(), 'B', 'bank', true, 'archived', 0)",
        psycopg.errors.CheckViolation,
    ),
    "an unknown kind": (
        f"{INSERT} (gen_random_uuid(), 'B', 'crypto', false, 'active', 0)",
        psycopg.errors.CheckViolation,
    ),
    "a place before the first": (
        f"{INSERT} (gen_random_uuid(), 'B', 'cash', false, 'active', -1)",
        psycopg.errors.CheckViolation,
    ),
    "deletion": ("DELETE FROM billing_payment_accounts", psycopg.errors.InsufficientPrivilege),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_database_refuses(tenant: TestWorkspace, what: str) -> None:
    statement, error = BROKEN[what]
    with pytest.raises(error), tenant.work() as work:
        work.write(Statement(statement)())


def test_to_make_another_the_default_is_five_round_trips(api: Api, platform: Platform) -> None:
    paths = [f"{PATH}/{an_account(api, name=name)['id']}" for name in ("One", "Two", "Three")]
    for path in paths:  # what is sent often enough is prepared
        api.patch(path, {"is_default": True})
    with count_round_trips(platform) as counted:
        api.patch(paths[0], {"is_default": True})
    assert counted.count <= 5
