"""In PostgreSQL NaN passes every `>= 0`; a column of money with its check lets none in."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import DBAPIError

from jemeti_platform import embedded
from jemeti_platform.types import MoneyColumn, QuantityColumn, money_check

prices = Table(
    "prices",
    MetaData(),
    Column("amount", MoneyColumn),
    Column("quantity", QuantityColumn()),
    money_check("amount", minimum=0),
    money_check("quantity"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.EmbeddedServer]:
    started = embedded.start(Path(tmp_path_factory.mktemp("money")), durable=False)
    yield started
    started.remove()


@pytest.fixture
def db(server: embedded.EmbeddedServer) -> Iterator[Connection]:
    engine = create_engine(server.url(server.superuser, "postgres"))
    with engine.connect() as connection:
        prices.metadata.create_all(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def test_an_exact_amount_comes_back_exactly(db):
    db.execute(insert(prices).values(amount=Decimal("999999999999.99"), quantity=Decimal("-0.001")))
    assert db.execute(select(prices)).one() == (Decimal("999999999999.99"), Decimal("-0.001"))


@pytest.mark.parametrize("column", ["amount", "quantity"])
def test_nan_is_refused_by_the_database(db, column):
    with pytest.raises(DBAPIError) as refused:
        db.execute(insert(prices).values({column: Decimal("NaN")}))
    assert refused.value.orig.sqlstate == "23514"


@pytest.mark.parametrize("amount", ["Infinity", "-Infinity", "1e400", "1000000000000"])
def test_what_does_not_fit_is_refused_by_the_database(db, amount):
    with pytest.raises(DBAPIError) as refused:
        db.execute(insert(prices).values(quantity=Decimal(amount)))
    assert refused.value.orig.sqlstate == "22003"


def test_a_minimum_is_kept(db):
    with pytest.raises(DBAPIError) as refused:
        db.execute(insert(prices).values(amount=Decimal("-0.01")))
    assert refused.value.orig.sqlstate == "23514"


def test_nothing_is_no_number_and_passes(db):
    db.execute(insert(prices).values(amount=None, quantity=None))
