"""A model and its migration say the same with the same words, and what they make is complete by construction."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import NullPool

from jemeti_platform.db.base import NAMING, TenantBase, TenantKey, TenantRow
from jemeti_platform.db.catalogue import lint
from jemeti_platform.db.functions import DEFINERS
from jemeti_platform.db.rls import (
    backfill,
    create_tenant_table,
    drop_tenant_table,
    extend_tenant_table,
    keep_secret,
)
from jemeti_platform.db.shape import Indexed, Part, Reference, Search, Unique

from .catalogue_database import (
    GLOBAL_TABLES,
    Database,
    made_database,  # noqa: F401 (a fixture)
    migration_context,
    operations,
)

METADATA = MetaData(naming_convention=NAMING)


# as far as a foreign key needs it
Table("tenants", METADATA, Column("id", Uuid, primary_key=True))


class SparePart(TenantBase):
    __tablename__ = "garage_parts"
    metadata = METADATA
    __shape__ = (
        Unique("number"),
        Unique("barcode", where="archived_at IS NULL"),
        Reference("parent_id", "garage_parts", ondelete="RESTRICT"),
        Indexed("name", "number"),
        Search("number", "name"),
        CheckConstraint("price >= 0 AND price <> 'NaN'", name="price_not_negative"),
    )

    number: Mapped[str]
    name: Mapped[str]
    barcode: Mapped[str | None]
    price: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    parent_id: Mapped[UUID | None]
    archived_at: Mapped[datetime | None]


class Movement(TenantRow):
    __tablename__ = "garage_movements"
    metadata = METADATA
    __shape__ = (Reference("part_id", "garage_parts"),)

    part_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 4))


class Counter(TenantKey):
    __tablename__ = "garage_counters"
    metadata = METADATA

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


def upgrade() -> None:
    """The migration of the models above."""
    create_tenant_table(
        "garage_parts",
        Column("number", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("barcode", Text),
        Column("price", Numeric(18, 4), nullable=False),
        Column("parent_id", Uuid),
        Column("archived_at", DateTime(timezone=True)),
        Unique("number"),
        Unique("barcode", where="archived_at IS NULL"),
        Reference("parent_id", "garage_parts", ondelete="RESTRICT"),
        Indexed("name", "number"),
        Search("number", "name"),
        CheckConstraint("price >= 0 AND price <> 'NaN'", name="price_not_negative"),
    )
    create_tenant_table(
        "garage_movements",
        Column("part_id", Uuid, nullable=False),
        Column("quantity", Numeric(18, 4), nullable=False),
        Reference("part_id", "garage_parts"),
        stamps=False,
        grants="select insert",
    )
    create_tenant_table(
        "garage_counters",
        Column("series", Text, nullable=False),
        Column("last", Integer, nullable=False),
        key=("series",),
        stamps=False,
        grants="select insert update",
    )


def downgrade() -> None:
    for name in ("garage_counters", "garage_movements", "garage_parts"):
        drop_tenant_table(name)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """The migrating login, acting as the owner; what it does is rolled back."""
    engine = create_engine(database.url("jemeti_migrate"), poolclass=NullPool)
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("SET ROLE jemeti_owner"))
        yield connection
        transaction.rollback()


@pytest.fixture
def garage(database: Database) -> Iterator[Engine]:
    """The tables for good, and an engine of the app role whose transactions are in workspace A."""
    migrating = create_engine(database.url("jemeti_migrate"), poolclass=NullPool)
    app = create_engine(database.url("jemeti_app"), poolclass=NullPool)
    event.listen(
        app,
        "begin",
        lambda connection: connection.exec_driver_sql(f"SELECT set_config('app.tenant_id', '{database.a}', true)"),
    )
    run(migrating, upgrade)
    yield app
    run(migrating, downgrade)


def run(engine: Engine, step: object) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET ROLE jemeti_owner"))
        with operations(connection):
            assert callable(step)
            step()


def differences(connection: Connection) -> list[object]:
    """What alembic would migrate, between these models and the database's tables of theirs."""
    context = migration_context(connection, METADATA)
    context.opts["include_name"] = lambda name, kind, _: kind != "table" or name in METADATA.tables
    return list(compare_metadata(context, METADATA))


def tables(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM pg_class WHERE relname LIKE 'garage%' AND relkind = 'r'")))


def test_models_and_migration_agree(connection: Connection) -> None:
    with operations(connection):
        upgrade()
    assert tables(connection) == 3
    assert differences(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE garage_parts DROP CONSTRAINT uq_garage_parts_number",
        "DROP INDEX uq_garage_parts_barcode",
        "DROP INDEX ix_garage_parts_search_text",
        "DROP INDEX ix_garage_movements_part_id",
        "ALTER TABLE garage_movements DROP CONSTRAINT fk_garage_movements_part_id",
        "ALTER TABLE garage_parts DROP CONSTRAINT fk_garage_parts_tenant_id",
        "ALTER TABLE garage_parts DROP COLUMN search_text",
        "ALTER TABLE garage_parts DROP COLUMN version",
    ],
)
def test_a_difference_is_seen(connection: Connection, change: str) -> None:
    with operations(connection):
        upgrade()
    connection.execute(text(change))
    assert differences(connection) != []


def test_the_lint_finds_nothing_in_them(connection: Connection) -> None:
    with operations(connection):
        upgrade()
    assert lint(connection, global_tables=GLOBAL_TABLES, definers=DEFINERS) == []


def test_what_was_created_is_dropped_without_a_trace(connection: Connection) -> None:
    with operations(connection):
        upgrade()
        downgrade()
    assert tables(connection) == 0


def test_a_table_that_stands_is_extended_with_the_same_words(connection: Connection) -> None:
    parts: list[Column[object] | Part | CheckConstraint] = [
        Column("owner_id", Uuid),
        Column("shelf", Text, nullable=False, server_default=text("'?'")),
        Reference("owner_id", "customers"),
        Unique("shelf", where="shelf <> '?'"),
        Indexed("quantity_class", "shelf"),
        CheckConstraint("shelf <> ''", name="shelf_named"),
        Search("shelf"),
    ]
    with operations(connection):
        upgrade()
        op.execute(text("ALTER TABLE garage_movements ADD quantity_class integer"))
        extend_tenant_table("garage_movements", *parts)
    names = connection.scalars(
        text(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'garage_movements'::regclass AND contype <> 'n'"
            " UNION SELECT indexname FROM pg_indexes WHERE tablename = 'garage_movements'"
        )
    )
    assert set(names) == {
        "pk_garage_movements",
        "fk_garage_movements_tenant_id",
        "fk_garage_movements_part_id",
        "ix_garage_movements_part_id",
        "fk_garage_movements_owner_id",
        "ix_garage_movements_owner_id",
        "uq_garage_movements_shelf",
        "ix_garage_movements_quantity_class_shelf",
        "ck_garage_movements_shelf_named",
        "ix_garage_movements_search_text",
    }
    assert lint(connection, global_tables=GLOBAL_TABLES, definers=DEFINERS) == []


def test_a_secret_column_that_comes_later_is_hidden_from_the_audit_log(connection: Connection) -> None:
    with operations(connection):
        upgrade()
        extend_tenant_table("garage_parts", Column("word", Text), secret=("word",))
    ((definition,),) = connection.execute(
        text(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgrelid = 'garage_parts'::regclass AND tgname = 'audit'"
        )
    )
    assert definition.endswith("jemeti.audit('word')")
    assert lint(connection, global_tables=GLOBAL_TABLES, definers=DEFINERS) == []


def test_a_table_of_which_little_changes_gets_another_column_that_does(connection: Connection) -> None:
    with operations(connection):
        upgrade()
        extend_tenant_table("garage_movements", Column("note", Text), Column("seen", Text), changing=("note",))
    may = text("SELECT has_column_privilege(:role, 'garage_movements', :column, 'UPDATE')")
    for role in ("jemeti_app", "jemeti_platform"):
        asked = [connection.scalar(may, {"role": role, "column": name}) for name in ("note", "seen", "quantity")]
        assert asked == [True, False, False]


def test_what_becomes_secret_is_logged_as_changed_and_until_when(connection: Connection, database: Database) -> None:
    """``secret`` of a column that comes later, and `keep_secret` for the way down."""
    shown = text("SELECT after ->> 'word' FROM audit_log WHERE resource = 'garage_counters' ORDER BY id DESC LIMIT 1")
    write = text("UPDATE garage_counters SET word = :word")
    connection.execute(text(f"SELECT set_config('app.tenant_id', '{database.a}', true)"))
    with operations(connection):
        upgrade()
        extend_tenant_table("garage_counters", Column("word", Text), secret=("word",))
        connection.execute(text("INSERT INTO garage_counters (series, last) VALUES ('invoice', 1)"))
        connection.execute(write, {"word": "sesame"})
        assert connection.scalar(shown) == "(secret)"
        keep_secret("garage_counters")
        connection.execute(write, {"word": "poppy"})
        assert connection.scalar(shown) == "poppy"


def test_a_backfill_meets_the_rows_of_every_workspace(connection: Connection, database: Database) -> None:
    with operations(connection):
        upgrade()
        insert = "INSERT INTO garage_counters (tenant_id, series, last) VALUES ('{}', 'invoice', 1)"
        assert [backfill(insert.format(tenant)) for tenant in (database.a, database.b)] == [1, 1]
        assert connection.execute(text("UPDATE garage_counters SET last = 2")).rowcount == 0
        assert backfill("UPDATE garage_counters SET last = 2") == 2
        assert connection.scalar(text("SELECT current_user::text")) == "jemeti_owner"


def test_the_orm_fills_what_the_base_promises(garage: Engine, database: Database) -> None:
    with Session(garage) as session:
        session.add_all([SparePart(number=f"P-{n}", name="Bremsbelag", price=Decimal("1.50")) for n in range(3)])
        session.commit()
        parts = session.scalars(select(SparePart).order_by(SparePart.number)).all()
        assert [part.tenant_id for part in parts] == [database.a] * 3
        assert len({part.id for part in parts}) == 3
        assert {part.id.version for part in parts} == {7}
        first = parts[0]
        assert (first.version, first.updated_at) == (1, first.created_at)
        assert first.created_at.utcoffset() is not None
        first.name = "Bremsscheibe"
        session.commit()
        assert first.version == 2
        assert first.updated_at > first.created_at


def test_an_update_of_an_outdated_version_is_refused(garage: Engine) -> None:
    with Session(garage) as mine, Session(garage) as theirs:
        mine.add(SparePart(number="P-1", name="x", price=Decimal(1)))
        mine.commit()
        read = theirs.scalars(select(SparePart)).one()
        mine.scalars(select(SparePart)).one().name = "mine"
        mine.commit()
        read.name = "theirs"
        with pytest.raises(StaleDataError):
            theirs.commit()


@pytest.mark.parametrize("grants", ["truncate", "select references", "", "all"])
def test_only_the_four_verbs_are_granted(grants: str) -> None:
    with pytest.raises(ValueError, match="grants of garage_odd"):
        create_tenant_table("garage_odd", grants=grants)


@pytest.mark.parametrize("shortcut", ["unique", "index"])
def test_a_column_brings_no_key_of_its_own(shortcut: str) -> None:
    with pytest.raises(ValueError, match=r"garage_odd\.number: write Unique"):
        create_tenant_table("garage_odd", Column("number", Text, **{shortcut: True}))


def test_set_null_is_not_offered() -> None:
    with pytest.raises(ValueError, match="ondelete of part_id"):
        Reference("part_id", "garage_parts", ondelete="SET NULL")  # type: ignore[arg-type]


def test_a_name_that_postgresql_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 63 bytes"):
        list(Indexed("a_column_with_quite_a_long_name").items("a_plugin_with_a_table_of_quite_a_long_name"))
