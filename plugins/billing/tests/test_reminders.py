"""Customers are reminded of overdue invoices: when the workspace says so, once a step and a day, of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.clocks import another_day, where_it_is
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.billing import reminders

from .conftest import Till
from .test_invoice_lists import long_ago

CLOCK = "billing.invoices.remind"
SETTINGS = "/v1/invoices/settings"
DEFAULTS = {"reminder_after_days": None, "reminder_every_days": 7, "reminder_limit": 3}


@pytest.fixture
def reachable(api: Api, customer: str) -> str:
    api.patch(f"/v1/crm/customers/{customer}", {"email": "rahim@example.com"})
    return customer


class Overdue:
    """Invoices that are overdue, what was sent of them, and days that pass."""

    def __init__(self, api: Api, till: Till, database: Database, tenant: TestWorkspace) -> None:
        self.api, self.till, self.database, self.tenant = api, till, database, tenant

    def invoice(self, days: int = 10, amount: str = "100.00") -> dict[str, Any]:
        made = self.till.invoice(amount)
        long_ago(self.database, self.tenant, made, days)
        return made

    def sent(self, invoice: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(f"/v1/invoices/{invoice['id']}/reminders").data
        return found

    def steps(self, invoice: dict[str, Any]) -> list[int | None]:
        return [one["step"] for one in reversed(self.sent(invoice))]

    def pass_days(self, days: int) -> None:
        """What was sent was sent so many days earlier."""
        with self.database.connect("postgres") as owner:
            owner.execute(
                "UPDATE billing_reminders SET reminded_on = reminded_on - %s WHERE tenant_id = %s",
                [days, self.tenant.id],
            )

    def messages(self) -> list[dict[str, Any]]:
        params = {"template": "billing.invoice.overdue", "sort": "created_at"}
        return [
            self.api.get(f"/v1/messages/{one['id']}").data for one in self.api.get("/v1/messages", params=params).data
        ]


@pytest.fixture
def overdue(api: Api, till: Till, database: Database, tenant: TestWorkspace, reachable: str) -> Overdue:
    return Overdue(api, till, database, tenant)


class TestByTheClock:
    def test_nobody_is_reminded_unless_the_workspace_says_so(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        invoice = overdue.invoice(60)
        assert api.get(SETTINGS).data == DEFAULTS
        run_jobs.by_the_clock(CLOCK)
        assert overdue.sent(invoice) == []

    def test_the_customer_is_written_to_with_what_is_owed_and_the_link(
        self, api: Api, overdue: Overdue, run_jobs: Any
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 7})
        invoice = overdue.invoice(10)
        overdue.till.pay("40.00", invoice)
        run_jobs.by_the_clock(CLOCK)
        run_jobs(failing=True)
        (reminder,) = overdue.sent(invoice)
        assert (reminder["step"], reminder["by_hand"], reminder["by"]) == (1, False, None)
        assert (reminder["balance"], reminder["overdue_days"]) == ("60.00", 10)
        (message,) = overdue.messages()
        assert message["recipient"] == "rahim@example.com"
        for said in (
            invoice["number"],
            "60.00",
            urlsplit(api.get(f"/v1/invoices/{invoice['id']}/link").data["url"]).path,
        ):
            assert said in message["text"]
        (event,) = api.get("/v1/events", params={"type": "billing.invoice.reminded"}).data
        assert event["data"] == {
            "reminder_id": reminder["id"], "invoice_id": invoice["id"], "customer_id": overdue.till.customer, "step": 1,
            "currency": invoice["currency"], "balance": "60.00", "overdue_days": 10,
        }  # fmt: skip

    @pytest.mark.parametrize(("days", "is_reminded"), [(6, False), (7, True), (8, True)])
    def test_the_first_goes_out_so_many_days_after_it_was_due(
        self, api: Api, overdue: Overdue, run_jobs: Any, days: int, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch(SETTINGS, {"reminder_after_days": 7})
        invoice = overdue.invoice(days)
        run_jobs.by_the_clock(CLOCK)
        assert bool(overdue.sent(invoice)) is is_reminded

    def test_then_every_so_many_days_and_at_most_so_often(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 3, "reminder_every_days": 5, "reminder_limit": 2})
        invoice = overdue.invoice(200)
        seen = []
        for days in (0, 0, 4, 1, 0, 30, 300):
            overdue.pass_days(days)
            run_jobs.by_the_clock(CLOCK)
            seen.append(overdue.steps(invoice))
        assert seen == [[1], [1], [1], [1, 2], [1, 2], [1, 2], [1, 2]]

    def test_a_worker_that_begins_again_sends_nothing_twice(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        overdue.invoice()
        for _ in range(3):
            run_jobs.by_the_clock(CLOCK)
            run_jobs(failing=True)
        assert len(overdue.messages()) == 1

    @pytest.mark.parametrize(
        # an hour more or less is no matter: it may strike while the test is at it
        ("hour", "is_reminded"), [(3, False), (7, False), (9, True), (17, True), (19, False), (22, False)],
    )  # fmt: skip
    def test_nobody_is_woken(
        self, api: Api, overdue: Overdue, run_jobs: Any, hour: int, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch("/v1/workspace", {"timezone": where_it_is(hour)})
        api.patch(SETTINGS, {"reminder_after_days": 1})
        invoice = overdue.invoice()
        run_jobs.by_the_clock(CLOCK)
        assert bool(overdue.sent(invoice)) is is_reminded

    @pytest.mark.parametrize(("days", "is_reminded"), [(1, True), (0, False)])
    def test_what_is_overdue_is_so_by_the_workspaces_day(
        self, api: Api, overdue: Overdue, tenant: TestWorkspace, days: int, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch("/v1/workspace", {"timezone": another_day()})
        invoice = overdue.invoice(days)
        reply = api.post(f"/v1/invoices/{invoice['id']}/reminders", None, expect=201 if is_reminded else 409)
        if is_reminded:
            with tenant.work() as work:
                assert reply.data["reminded_on"] == str(work.today())

    def test_of_what_is_not_owed_nobody_is_reminded(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        paid, credited, marked, hidden = (overdue.invoice() for _ in range(4))
        due = overdue.till.invoice()  # today, which is not too late
        overdue.till.pay("100.00", paid)
        overdue.till.credit(credited)
        api.put(f"/v1/invoices/{marked['id']}/no-reminders", {"reason": "Disputed"})
        api.delete(f"/v1/invoices/{hidden['id']}/link", expect=204)
        run_jobs.by_the_clock(CLOCK)
        assert [overdue.sent(one) for one in (paid, credited, marked, hidden, due)] == [[]] * 5

    def test_what_is_paid_before_the_message_is_written_brings_none(
        self, api: Api, overdue: Overdue, tenant: TestWorkspace, run_jobs: Any
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        invoice = overdue.invoice()
        with tenant.work() as work:
            reminders.remind(work)
        overdue.till.pay("100.00", invoice)
        run_jobs(failing=True)
        assert overdue.messages() == []

    @pytest.mark.parametrize(
        ("address", "way", "is_reminded"),
        [
            ({"email": None, "phone": None}, "both", False),
            ({"email": None, "phone": "+4915112345678"}, "email", False),
            ({"email": None, "phone": "+4915112345678"}, "email_else_sms", True),
            ({"email": "rahim@example.com", "phone": None}, "sms", False),
            ({"status": "deactivated"}, "both", False),
        ],
    )
    def test_who_cannot_be_written_to_is_not_counted_as_reminded(
        self, api: Api, overdue: Overdue, run_jobs: Any, address: dict[str, Any], way: str, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch(SETTINGS, {"reminder_after_days": 1})
        api.patch("/v1/message-templates/billing.invoice.overdue", {"way": way})
        invoice = overdue.invoice()
        api.patch(f"/v1/crm/customers/{overdue.till.customer}", address)
        run_jobs.by_the_clock(CLOCK)
        assert bool(overdue.sent(invoice)) is is_reminded

    def test_a_message_that_is_switched_off_reminds_nobody(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        api.patch("/v1/message-templates/billing.invoice.overdue", {"enabled": False})
        invoice = overdue.invoice()
        run_jobs.by_the_clock(CLOCK)
        assert overdue.sent(invoice) == []

    def test_it_costs_the_same_however_many_are_due(
        self, api: Api, overdue: Overdue, tenant: TestWorkspace, platform: Platform
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        counts = []
        for several in (1, 4):
            for _ in range(several):
                overdue.invoice()
            with count_round_trips(platform) as trips, tenant.work() as work:
                reminders.remind(work)
            counts.append(trips.count)
        assert counts[0] == counts[1]


class TestSeveralWorkers:
    UNLOCKED = Statement(reminders._DUE.sql.replace("FOR UPDATE OF i SKIP LOCKED", ""))

    def at_once(self, tenant: TestWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two who have both seen what is due before either has written it: what the lock alone cannot rule out."""
        barrier, write = Barrier(2), reminders._write
        monkeypatch.setattr(reminders, "_DUE", self.UNLOCKED)
        monkeypatch.setattr(reminders, "_write", lambda work, due: (barrier.wait(30), write(work, due)))

        def attempt(_: int) -> None:
            with tenant.work() as work:
                reminders.remind(work)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(attempt, range(2)))

    def test_each_step_is_sent_once(
        self, api: Api, overdue: Overdue, tenant: TestWorkspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        invoice = overdue.invoice()
        self.at_once(tenant, monkeypatch)
        assert overdue.steps(invoice) == [1]
        assert len(api.get("/v1/events", params={"type": "billing.invoice.reminded"}).data) == 1

    def test_without_the_constraints_it_would_be_sent_twice(
        self, api: Api, overdue: Overdue, tenant: TestWorkspace, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The negative control."""
        api.patch(SETTINGS, {"reminder_after_days": 1})
        invoice = overdue.invoice()
        with without_the_constraints(database):
            self.at_once(tenant, monkeypatch)
            assert overdue.steps(invoice) == [1, 1]


class TestByHand:
    def test_the_customer_is_written_to_at_once(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        invoice = overdue.invoice(3)
        made = api.as_role("staff").post(f"/v1/invoices/{invoice['id']}/reminders", None, expect=201)
        assert made.headers["Location"].endswith(f"/v1/invoices/{invoice['id']}/reminders")
        run_jobs(failing=True)
        (message,) = overdue.messages()
        assert invoice["number"] in message["subject"]
        (listed,) = overdue.sent(invoice)
        assert (listed["step"], listed["by_hand"], listed["overdue_days"], listed["balance"]) == (
            None,
            True,
            3,
            "100.00",
        )
        assert listed["by"]
        assert made.data == listed

    def test_it_stands_in_what_happened_to_the_customer(self, api: Api, overdue: Overdue, run_jobs: Any) -> None:
        api.post(f"/v1/invoices/{overdue.invoice()['id']}/reminders", None, expect=201)
        run_jobs(failing=True)
        (message,) = overdue.messages()
        told = api.get(f"/v1/crm/customers/{overdue.till.customer}/timeline").data[0]
        assert (told["kind"], told["by"]) == ("written_to", None)
        assert told["message"] == {name: message[name] for name in ("id", "template", "channel", "status")}
        other = api.post("/v1/crm/customers", {"name": "Nasrin Akter"}).data["id"]
        api.post(f"/v1/crm/customers/{other}/merge", {"duplicate_id": overdue.till.customer})
        kinds = [entry["kind"] for entry in api.get(f"/v1/crm/customers/{other}/timeline").data]
        assert kinds.count("written_to") == 1

    def test_it_counts_as_no_step_and_keeps_the_clock_at_a_distance(
        self, api: Api, overdue: Overdue, run_jobs: Any
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1, "reminder_every_days": 5, "reminder_limit": 1})
        invoice = overdue.invoice(20)
        api.post(f"/v1/invoices/{invoice['id']}/reminders", None, expect=201)
        seen = []
        for days in (0, 4, 1):
            overdue.pass_days(days)
            run_jobs.by_the_clock(CLOCK)
            seen.append(overdue.steps(invoice))
        assert seen == [[None], [None], [None, 1]]

    def test_once_a_day(self, api: Api, overdue: Overdue, tenant: TestWorkspace) -> None:
        invoice = overdue.invoice()
        path = f"/v1/invoices/{invoice['id']}/reminders"
        api.post(path, None, expect=201)
        assert api.post(path, None, expect=409).error["details"]["reason"] == "reminded_today"
        overdue.pass_days(1)
        api.post(path, None, expect=201)
        assert overdue.steps(invoice) == [None, None]

    def test_two_at_the_same_moment_send_one(self, api: Api, overdue: Overdue) -> None:
        invoice = overdue.invoice()
        barrier = Barrier(3)

        def attempt(_: int) -> int:
            barrier.wait(30)
            return int(api.post(f"/v1/invoices/{invoice['id']}/reminders", None, anything=True).status)

        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(attempt, range(3))) == [201, 409, 409]
        assert len(overdue.sent(invoice)) == 1

    def test_why_nobody_is_reminded_is_told(self, api: Api, overdue: Overdue) -> None:
        invoices = {name: overdue.invoice() for name in ("state", "no_reminders", "link_revoked")}
        invoices["not_overdue"] = overdue.till.invoice()
        overdue.till.pay("100.00", invoices["state"])
        api.put(f"/v1/invoices/{invoices['no_reminders']['id']}/no-reminders", {"reason": "Pays in instalments"})
        api.delete(f"/v1/invoices/{invoices['link_revoked']['id']}/link", expect=204)
        for reason, invoice in invoices.items():
            refused = api.post(f"/v1/invoices/{invoice['id']}/reminders", None, expect=409).error
            assert refused["details"]["reason"] == reason
            assert overdue.sent(invoice) == []
        assert (
            "instalments"
            in api.post(f"/v1/invoices/{invoices['no_reminders']['id']}/reminders", None, expect=409).error["message"]
        )

    def test_where_nobody_would_get_it_nothing_is_written_down(self, api: Api, overdue: Overdue) -> None:
        invoice = overdue.invoice()
        path = f"/v1/invoices/{invoice['id']}/reminders"
        template = "/v1/message-templates/billing.invoice.overdue"
        api.patch(template, {"enabled": False})
        assert api.post(path, None, expect=409).error["details"]["reason"] == "message_off"
        api.patch(template, {"enabled": True})
        api.patch(f"/v1/crm/customers/{overdue.till.customer}", {"email": None})
        assert api.post(path, None, expect=409).error["details"]["reason"] == "nobody_to_write_to"
        assert overdue.sent(invoice) == []
        api.post(f"/v1/invoices/{uuid4()}/reminders", None, expect=404)
        api.get(f"/v1/invoices/{uuid4()}/reminders", expect=404)


class TestNoReminders:
    def test_the_reason_stands_on_the_invoice_and_nothing_else_of_it_changes(
        self, api: Api, overdue: Overdue, run_jobs: Any
    ) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 1})
        invoice = overdue.invoice()
        path = f"/v1/invoices/{invoice['id']}"
        before = api.get(path).data
        marked = api.put(f"{path}/no-reminders", {"reason": "Disputed"}).data
        told = ("no_reminders", "version", "updated_at")
        assert marked["no_reminders"] == "Disputed"
        assert {**marked, **dict.fromkeys(told)} == {**before, **dict.fromkeys(told)}
        assert api.put(f"{path}/no-reminders", {"reason": "Disputed"}).data == marked
        run_jobs.by_the_clock(CLOCK)
        assert overdue.sent(invoice) == []
        api.delete(f"{path}/no-reminders", expect=204)
        run_jobs.by_the_clock(CLOCK)
        assert overdue.steps(invoice) == [1]

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": None}, {"reason": "x" * 501}, {"reason": 1}])
    def test_it_wants_a_reason(self, api: Api, overdue: Overdue, body: dict[str, Any]) -> None:
        refused = api.put(f"/v1/invoices/{overdue.invoice()['id']}/no-reminders", body, expect=400)
        assert refused.error["details"][0]["field"] == "reason"

    def test_of_what_is_not_there_there_is_none(self, api: Api) -> None:
        api.put(f"/v1/invoices/{uuid4()}/no-reminders", {"reason": "Disputed"}, expect=404)
        api.delete(f"/v1/invoices/{uuid4()}/no-reminders", expect=404)


class TestSettings:
    def test_what_is_not_named_stays_and_null_is_the_default(self, api: Api) -> None:
        assert api.patch(SETTINGS, {"reminder_after_days": 3}).data == {**DEFAULTS, "reminder_after_days": 3}
        changed = api.patch(SETTINGS, {"reminder_limit": 5, "reminder_every_days": 14}).data
        assert changed == {"reminder_after_days": 3, "reminder_every_days": 14, "reminder_limit": 5}
        nulls = dict.fromkeys(DEFAULTS)
        assert api.patch(SETTINGS, nulls).data == api.get(SETTINGS).data == DEFAULTS

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("reminder_after_days", 0),
            ("reminder_after_days", 366),
            ("reminder_every_days", 0),
            ("reminder_limit", 13),
            ("reminder_limit", "3"),
            ("nothing", 1),
        ],
    )
    def test_what_is_none_is_named(self, api: Api, field: str, value: Any) -> None:
        assert api.patch(SETTINGS, {field: value}, expect=400).error["details"][0]["field"] == field

    def test_one_workspace_says_nothing_for_another(self, api: Api, api_of: Any, other_tenant: TestWorkspace) -> None:
        api.patch(SETTINGS, {"reminder_after_days": 3})
        assert api_of(other_tenant).get(SETTINGS).data == DEFAULTS


def test_who_may(api: Api, overdue: Overdue) -> None:
    allowed = {"owner", "admin", "manager", "staff"}
    for role in ("owner", "admin", "manager", "staff", "mechanic", "viewer"):
        path, colleague = f"/v1/invoices/{overdue.invoice()['id']}", api.as_role(role)
        may, reads = role in allowed, role != "mechanic"
        colleague.post(f"{path}/reminders", None, expect=201 if may else 403)
        colleague.get(f"{path}/reminders", expect=200 if reads else 403)
        colleague.put(f"{path}/no-reminders", {"reason": "Disputed"}, expect=200 if may else 403)
        colleague.delete(f"{path}/no-reminders", expect=204 if may else 403)
        colleague.get(SETTINGS, expect=200 if reads else 403)
        configures = role in allowed - {"staff"}
        colleague.patch(SETTINGS, {"reminder_limit": 2}, expect=200 if configures else 403)


@contextmanager
def without_the_constraints(database: Database) -> Iterator[None]:
    names = {
        "uq_billing_reminders_invoice_id_step": "step",
        "uq_billing_reminders_invoice_id_reminded_on": "reminded_on",
    }
    with database.connect("postgres") as owner:
        for name in names:
            owner.execute(f"ALTER TABLE billing_reminders DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with database.connect("postgres") as owner:
            owner.execute("DELETE FROM billing_reminders")
            for name, column in names.items():
                owner.execute(
                    f"ALTER TABLE billing_reminders ADD CONSTRAINT {name} UNIQUE (tenant_id, invoice_id, {column})"
                )
