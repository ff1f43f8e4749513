"""What triggers keep: final rows stay, sums are counted and never written, and what must hold holds at COMMIT."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import CheckConstraint, Column, DateTime, Numeric, Text, Uuid, text

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rls import backfill, create_tenant_table, drop_tenant_table
from jemeti_platform.db.shape import Reference, Search
from jemeti_platform.db.triggers import (
    check_at_commit,
    create_trigger,
    create_trigger_function,
    drop_trigger,
    freeze_rows,
    only_counted,
)
from jemeti_platform.testing.waiting import LONG, wait_until

from .catalogue_database import Database, made_database, migrate  # noqa: F401 (a fixture)

FINAL = "an offer that was sent does not change"
COUNT = """
BEGIN
    UPDATE sales_offers SET lines = lines + 1 WHERE tenant_id = NEW.tenant_id AND id = NEW.offer_id;
    RETURN NULL;
END
"""
SUMS = """
SELECT o.total = coalesce(sum(l.price), 0) FROM sales_offers o
  LEFT JOIN sales_lines l ON l.tenant_id = o.tenant_id AND l.offer_id = o.id
 WHERE o.tenant_id = v_tenant AND o.id = v_record GROUP BY o.tenant_id, o.id
"""
Money = Numeric(14, 2)


def up() -> None:
    nothing = text("0")
    create_tenant_table(
        "sales_offers",
        Column("title", Text, nullable=False, server_default=text("'An offer'")),
        Column("status", Text, nullable=False, server_default=text("'draft'")),
        Column("sent_at", DateTime(timezone=True)),
        Column("total", Money, nullable=False, server_default=nothing),
        Column("lines", Money, nullable=False, server_default=nothing),
        CheckConstraint("lines <= 3", name="lines"),
        Search("title"),
    )
    create_tenant_table(
        "sales_lines",
        Column("offer_id", Uuid, nullable=False),
        Column("price", Money, nullable=False, server_default=nothing),
        Column("note", Text),
        Reference("offer_id", "sales_offers"),
    )
    only_counted("sales_offers", "lines")
    create_trigger_function("sales_count_line", COUNT)
    create_trigger("sales_lines", "counted", "AFTER INSERT", "sales_count_line")
    freeze_rows("sales_offers", when="sent_at IS NOT NULL", but=("status", "lines"), message=FINAL)
    freeze_rows(
        "sales_lines", of=("offer_id", "sales_offers"), when="sent_at IS NOT NULL", but=("note",), message=FINAL
    )
    check_at_commit(
        "sales_offers_add_up",
        {"sales_offers": "id", "sales_lines": "offer_id"},
        holds=SUMS,
        message="the lines do not add up",
    )


def freeze_lines() -> None:
    freeze_rows(
        "sales_lines", of=("offer_id", "sales_offers"), when="sent_at IS NOT NULL", but=("note",), message=FINAL
    )


def down() -> None:
    drop_tenant_table("sales_lines")
    drop_tenant_table("sales_offers")


@pytest.fixture(scope="module")
def sales(database: Database) -> Iterator[Database]:
    migrate(database.admin_url, up)
    yield database
    migrate(database.admin_url, down)
    with database.connect("jemeti_migrate") as login:
        left = login.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'sales%'").fetchone()
    assert left == (0,), "functions go with the last table that calls them"


@pytest.fixture
def app(sales: Database) -> Iterator[psycopg.Connection[Any]]:
    with sales.connect("jemeti_app", autocommit=False) as connection:
        enter(connection, sales)
        yield connection
        connection.rollback()


def enter(connection: psycopg.Connection[Any], sales: Database) -> None:
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(sales.a)])


def an_offer(connection: psycopg.Connection[Any], *, sent: bool = False, prices: tuple[int, ...] = (2, 3)) -> UUID:
    offer = uuid7()
    connection.execute("INSERT INTO sales_offers (id, total) VALUES (%s, %s)", [offer, sum(prices)])
    for price in prices:
        connection.execute("INSERT INTO sales_lines (id, offer_id, price) VALUES (%s, %s, %s)", [uuid7(), offer, price])
    if sent:
        connection.execute("UPDATE sales_offers SET sent_at = now(), status = 'sent' WHERE id = %s", [offer])
    return offer


class TestFinalRows:
    """`freeze_rows`."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE sales_offers SET title = 'Another' WHERE id = %s",
            "UPDATE sales_offers SET sent_at = NULL WHERE id = %s",
            "UPDATE sales_offers SET status = 'won', total = 1 WHERE id = %s",
            "UPDATE sales_lines SET price = price + 1 WHERE offer_id = %s",
            "UPDATE sales_lines SET offer_id = (SELECT min(id::text)::uuid FROM sales_offers) WHERE offer_id = %s",
            "DELETE FROM sales_lines WHERE offer_id = %s",
            "INSERT INTO sales_lines (id, offer_id) VALUES (gen_random_uuid(), %s)",
        ],
    )
    def test_do_not_change(self, app: psycopg.Connection[Any], statement: LiteralString) -> None:
        an_offer(app)
        offer = an_offer(app, sent=True)
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
            app.execute(statement, [offer])
        assert refused.value.diag.constraint_name in ("sales_offers_frozen", "sales_lines_frozen")

    def test_are_not_deleted(self, app: psycopg.Connection[Any]) -> None:
        offer = an_offer(app, prices=(), sent=True)
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="does not change"):
            app.execute("DELETE FROM sales_offers WHERE id = %s", [offer])

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE sales_offers SET status = 'won', version = version + 1 WHERE id = %s",
            "UPDATE sales_lines SET note = 'asked for it' WHERE offer_id = %s",
        ],
    )
    def test_go_on_changing_where_it_is_said(self, app: psycopg.Connection[Any], statement: LiteralString) -> None:
        offer = an_offer(app, sent=True)
        assert app.execute(statement, [offer]).rowcount > 0

    def test_until_then_all_of_it_may_change(self, app: psycopg.Connection[Any]) -> None:
        offer = an_offer(app)
        for statement in (
            "UPDATE sales_offers SET title = 'Another', total = 0 WHERE id = %s",
            "UPDATE sales_lines SET price = 7 WHERE offer_id = %s",
            "DELETE FROM sales_lines WHERE offer_id = %s",
            "DELETE FROM sales_offers WHERE id = %s",
        ):
            app.execute(statement, [offer])
        app.commit()

    def test_a_migration_may_fill_them_in(self, sales: Database, app: psycopg.Connection[Any]) -> None:
        offer = an_offer(app, sent=True)
        app.commit()
        met: list[int] = []
        migrate(
            sales.admin_url, lambda: met.append(backfill(f"UPDATE sales_offers SET title = 'Old' WHERE id = '{offer}'"))
        )
        assert met == [1]

    @pytest.mark.parametrize("kept", [True, False], ids=["with the trigger", "without it, as a control"])
    def test_a_line_that_is_late_waits_and_is_refused(self, sales: Database, *, kept: bool) -> None:
        """Somebody sends the offer; a line is written before that is committed, and must not be in what was sent."""
        if not kept:
            migrate(sales.admin_url, lambda: drop_trigger("sales_lines", "frozen"))
        outcome = a_line_while_it_is_sent(sales)
        if not kept:
            migrate(sales.admin_url, freeze_lines)
        assert outcome == ("refused" if kept else "written")


def a_line_while_it_is_sent(sales: Database) -> str:
    outcome: list[str] = []

    def write(offer: UUID) -> None:
        with sales.connect("jemeti_app", autocommit=False) as late:
            enter(late, sales)
            try:
                late.execute("INSERT INTO sales_lines (id, offer_id) VALUES (gen_random_uuid(), %s)", [offer])
                late.commit()
                outcome.append("written")
            except psycopg.errors.ObjectNotInPrerequisiteState:
                outcome.append("refused")

    with sales.connect("jemeti_app", autocommit=False) as sender, sales.connect("jemeti_migrate") as watcher:
        enter(sender, sales)
        offer = an_offer(sender)
        sender.commit()
        enter(sender, sales)
        sender.execute("UPDATE sales_offers SET sent_at = now() WHERE id = %s", [offer])
        writer = threading.Thread(target=write, args=(offer,))
        writer.start()
        wait_until(lambda: outcome or is_waiting(watcher))
        sender.commit()
        writer.join(LONG)
    return outcome[0]


def is_waiting(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount > 0


class TestCounted:
    """`only_counted`, and a trigger that counts."""

    def test_a_trigger_counts(self, app: psycopg.Connection[Any]) -> None:
        offer = an_offer(app)
        assert app.execute("SELECT lines FROM sales_offers WHERE id = %s", [offer]).fetchone() == (2,)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE sales_offers SET lines = lines - 1 WHERE id = %s",
            "INSERT INTO sales_offers (id, lines) SELECT gen_random_uuid(), 1 WHERE %s <> ''",
        ],
    )
    def test_nobody_else_does(self, app: psycopg.Connection[Any], statement: LiteralString) -> None:
        offer = an_offer(app)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="lines are counted, never written"):
            app.execute(statement, [str(offer)])

    def test_the_sum_is_held_to_what_there_is(self, app: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="ck_sales_offers_lines"):
            an_offer(app, prices=(1, 1, 1, 1))


class TestAtCommit:
    """`check_at_commit`."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE sales_offers SET total = 4 WHERE id = %s",
            "UPDATE sales_lines SET price = 4 WHERE offer_id = %s",
            "DELETE FROM sales_lines WHERE offer_id = %s",
        ],
    )
    def test_what_does_not_hold_is_not_committed(self, app: psycopg.Connection[Any], statement: LiteralString) -> None:
        app.execute(statement, [an_offer(app)])
        with pytest.raises(psycopg.errors.CheckViolation, match="do not add up"):
            app.commit()

    def test_it_holds_in_between_as_it_likes(self, app: psycopg.Connection[Any]) -> None:
        offer = an_offer(app)
        app.execute("UPDATE sales_lines SET price = 4 WHERE offer_id = %s", [offer])
        app.execute("UPDATE sales_offers SET total = 8 WHERE id = %s", [offer])
        app.commit()

    def test_a_line_that_goes_elsewhere_is_missed_where_it_was(self, sales: Database) -> None:
        migrate(sales.admin_url, lambda: drop_trigger("sales_lines", "frozen"))
        try:
            with sales.connect("jemeti_app", autocommit=False) as app:
                enter(app, sales)
                here, there = an_offer(app, prices=(5,)), an_offer(app, prices=())
                app.execute("UPDATE sales_lines SET offer_id = %s WHERE offer_id = %s", [there, here])
                app.execute("UPDATE sales_offers SET total = 5 WHERE id = %s", [there])
                with pytest.raises(psycopg.errors.CheckViolation, match="do not add up"):
                    app.commit()
        finally:
            migrate(sales.admin_url, freeze_lines)

    @pytest.mark.parametrize("prices", [(2, 3), (2, 4)])
    def test_whoever_is_in_which_workspace_by_then(
        self, sales: Database, app: psycopg.Connection[Any], prices: tuple[int, int]
    ) -> None:
        """The administrators' work leaves a workspace before it commits; the check enters it, and leaves it again."""
        offer = an_offer(app, prices=prices)
        app.execute("UPDATE sales_offers SET total = 5 WHERE id = %s", [offer])
        app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(sales.b)])
        if sum(prices) == 5:
            app.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert app.execute("SELECT jemeti.current_tenant()").fetchone() == (sales.b,)
            app.commit()
        else:
            with pytest.raises(psycopg.errors.CheckViolation, match="do not add up"):
                app.commit()


def test_every_function_is_its_callers_pinned_and_nobodys_to_call(sales: Database) -> None:
    with sales.connect("jemeti_migrate") as login:
        found = login.execute(
            "SELECT prosecdef, proconfig[1], proacl::text FROM pg_proc WHERE proname LIKE 'sales%'"
        ).fetchall()
    assert len(found) == 5
    assert set(found) == {(False, "search_path=pg_catalog, public, pg_temp", "{jemeti_owner=X/jemeti_owner}")}


def test_only_the_columns_that_are_named_change(sales: Database) -> None:
    migrate(
        sales.admin_url,
        lambda: create_tenant_table(
            "sales_notes", Column("text", Text), Column("seen", Text), grants="select insert", changing=("seen",)
        ),
    )
    try:
        with sales.connect("jemeti_app", autocommit=False) as app:
            enter(app, sales)
            app.execute("UPDATE sales_notes SET seen = 'yes', version = version + 1, updated_at = now()")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("UPDATE sales_notes SET text = 'another'")
    finally:
        migrate(sales.admin_url, lambda: drop_tenant_table("sales_notes"))


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (lambda: create_trigger_function("sales; DROP", "BEGIN END"), "must be of lower-case letters"),
        (lambda: create_trigger_function("s" * 64, "BEGIN END"), "63 at most"),
        (lambda: check_at_commit("sales_x", {}, holds="", message="", on="truncate"), "insert, update, delete"),
        (lambda: create_tenant_table("sales_x", changing=("a",)), "leave update out of its grants"),
    ],
)
def test_what_makes_no_sense_is_refused(sales: Database, step: Callable[[], None], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        migrate(sales.admin_url, step)
