"""The catalogue of a database made our way breaks no rule; each planted fault is caught, by its rule alone."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from jemeti_platform.db.catalogue import RULES, Finding, lint
from jemeti_platform.db.functions import DEFINERS

from .catalogue_database import GLOBAL_TABLES, Database, made_database  # noqa: F401 (a fixture)


class Fault(NamedTuple):
    """SQL that breaks ``rule``; run as the owner, or with ``by`` as another role."""

    rule: str
    what: str
    sql: str
    by: str = "jemeti_owner"


SECURED = """
ALTER TABLE {0} ENABLE ROW LEVEL SECURITY; ALTER TABLE {0} FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON {0} USING (true);
CREATE POLICY tenant ON {0} AS RESTRICTIVE FOR ALL USING (tenant_id = jemeti.current_tenant());
"""
NULLABLE = "CREATE TABLE stray (tenant_id uuid REFERENCES tenants); CREATE INDEX ON stray (tenant_id);"
PARTITIONED = """
CREATE TABLE moves (tenant_id uuid NOT NULL REFERENCES tenants, id uuid, PRIMARY KEY (tenant_id, id))
    PARTITION BY HASH (tenant_id);
CREATE TABLE moves_0 PARTITION OF moves FOR VALUES WITH (MODULUS 1, REMAINDER 0);
"""
PAYER = "ALTER TABLE vehicles ADD payer_id uuid, ADD FOREIGN KEY (tenant_id, payer_id) REFERENCES customers"
DEFINER = (
    "CREATE FUNCTION {0} RETURNS bigint LANGUAGE sql SECURITY DEFINER {1} AS 'SELECT count(*) FROM public.customers'"
)
PINNED = "SET search_path = pg_catalog, pg_temp"
READS_SETTING = (
    "CREATE FUNCTION jemeti.who() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT current_setting('app.tenant_id')$$"
)

FAULTS = [
    Fault("R1", "a table of nobody", "CREATE TABLE stray (id uuid PRIMARY KEY)"),
    Fault("R1", "a global table that is gone", "DROP TABLE readings, vehicles, customers, audit_log, tenants"),
    Fault("R2", "a nullable tenant_id", NULLABLE + SECURED.format("stray")),
    Fault("R3", "row security off", "ALTER TABLE customers DISABLE ROW LEVEL SECURITY"),
    Fault("R3", "row security not forced", "ALTER TABLE customers NO FORCE ROW LEVEL SECURITY"),
    Fault("R4", "no restrictive policy", "DROP POLICY tenant ON customers"),
    Fault(
        "R4",
        "a policy that says more",
        "ALTER POLICY tenant ON customers USING (tenant_id = jemeti.current_tenant() OR true)",
    ),
    Fault("R4", "a check that says more", "ALTER POLICY tenant ON customers WITH CHECK (true)"),
    Fault("R4", "a policy for one role", "ALTER POLICY tenant ON customers TO jemeti_app"),
    Fault(
        "R4",
        "a policy for reading only",
        "DROP POLICY tenant ON customers; CREATE POLICY tenant ON customers AS RESTRICTIVE FOR SELECT"
        " USING (tenant_id = jemeti.current_tenant())",
    ),
    Fault(
        "R4",
        "another current_tenant",
        "CREATE OR REPLACE FUNCTION jemeti.current_tenant() RETURNS uuid LANGUAGE plpgsql STABLE"
        " AS $$ BEGIN RETURN (SELECT id FROM public.tenants LIMIT 1); END $$",
    ),
    Fault("R5", "a global unique index", "CREATE UNIQUE INDEX ON customers (email)"),
    Fault("R5", "a global exclusion", "ALTER TABLE customers ADD EXCLUDE USING btree (email WITH =)"),
    Fault(
        "R6",
        "a foreign key in the wrong order",
        "ALTER TABLE vehicles ADD FOREIGN KEY (customer_id, tenant_id) REFERENCES customers (tenant_id, id)",
    ),
    Fault("R6", "no foreign key to tenants", "ALTER TABLE vehicles DROP CONSTRAINT fk_vehicles_tenant_id"),
    Fault(
        "R6",
        "a foreign key not validated",
        "ALTER TABLE vehicles DROP CONSTRAINT fk_vehicles_customer_id, ADD CONSTRAINT fk_vehicles_customer_id"
        " FOREIGN KEY (tenant_id, customer_id) REFERENCES customers NOT VALID",
    ),
    Fault(
        "R6",
        "a global table that references a tenant's",
        "ALTER TABLE tenants ADD one_id uuid, ADD FOREIGN KEY (id, one_id) REFERENCES customers (tenant_id, id)",
    ),
    Fault(
        "R7",
        "SET NULL on all columns",
        PAYER + " ON DELETE SET NULL",
    ),
    Fault(
        "R7",
        "ON UPDATE CASCADE",
        PAYER + " ON UPDATE CASCADE",
    ),
    Fault("R8", "a view of its owner", "CREATE VIEW seen AS SELECT * FROM customers"),
    Fault(
        "R9",
        "a granted materialised view",
        "CREATE MATERIALIZED VIEW kept AS SELECT name FROM customers; GRANT SELECT ON kept TO jemeti_app",
    ),
    Fault("R10", "a definer nobody listed", DEFINER.format("jemeti.peek()", PINNED)),
    Fault("R10", "a definer without a path", "ALTER FUNCTION jemeti.search RESET search_path", by="jemeti_search"),
    Fault(
        "R10",
        "a definer whose path ends elsewhere",
        "ALTER FUNCTION jemeti.search SET search_path = pg_temp, public",
        by="jemeti_search",
    ),
    Fault("R10", "a definer for everybody", "GRANT EXECUTE ON FUNCTION jemeti.search TO PUBLIC", by="jemeti_search"),
    Fault("R10", "a listed definer that is gone", "DROP FUNCTION jemeti.search", by="jemeti_search"),
    Fault("R11", "an immutable current_tenant", "ALTER FUNCTION jemeti.current_tenant() IMMUTABLE"),
    Fault("R11", "an immutable reader of settings", READS_SETTING),
    Fault("R11", "a leakproof function of ours", "ALTER FUNCTION jemeti.fold(text) STABLE LEAKPROOF", by="postgres"),
    Fault("R12", "an owner who logs in", "ALTER ROLE jemeti_owner LOGIN", by="postgres"),
    Fault("R12", "an owner beyond row security", "ALTER ROLE jemeti_owner BYPASSRLS", by="postgres"),
    Fault("R12", "a table of another owner", "ALTER TABLE customers OWNER TO jemeti_migrate", by="postgres"),
    Fault("R13", "TRUNCATE", "GRANT TRUNCATE ON customers TO jemeti_app"),
    Fault("R13", "REFERENCES", "GRANT REFERENCES ON customers TO jemeti_platform"),
    Fault("R13", "TRIGGER", "GRANT TRIGGER ON customers TO jemeti_app"),
    Fault("R13", "rows for everybody", "GRANT SELECT ON customers TO PUBLIC"),
    Fault("R13", "a global table for the app", "GRANT SELECT (id) ON tenants TO jemeti_app"),
    Fault("R13", "a column beyond search", "GRANT SELECT (email) ON customers TO jemeti_search"),
    Fault("R13", "a shared sequence", "CREATE SEQUENCE shared; GRANT USAGE ON SEQUENCE shared TO jemeti_app"),
    Fault(
        "R14",
        "a partition within reach",
        PARTITIONED + SECURED.format("moves") + "GRANT SELECT ON moves_0 TO jemeti_app",
    ),
    Fault("R15", "an app role beyond row security", "ALTER ROLE jemeti_app BYPASSRLS", by="postgres"),
    Fault("R15", "an app role that may become another", "GRANT jemeti_migrate TO jemeti_app", by="postgres"),
    Fault("R15", "a platform role that makes roles", "ALTER ROLE jemeti_platform CREATEROLE", by="postgres"),
    Fault("R16", "CREATE in public", "GRANT CREATE ON SCHEMA public TO jemeti_app"),
    Fault("R16", "CREATE in public for everybody", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
    Fault(
        "R16",
        "temporary tables",
        "DO $$ BEGIN EXECUTE format('GRANT TEMP ON DATABASE %%I TO PUBLIC', current_database()); END $$",
    ),
    Fault("R17", "an index without tenant_id", "CREATE INDEX ON customers (name)"),
    Fault(
        "R17",
        "a table without an index",
        "CREATE TABLE stray (tenant_id uuid NOT NULL REFERENCES tenants);" + SECURED.format("stray"),
    ),
    Fault("R18", "an index on numeric", "CREATE INDEX ON customers (tenant_id, balance)"),
    Fault("R18", "an index on lower()", "CREATE INDEX ON customers (tenant_id, lower(email))"),
    Fault(
        "R18",
        "an index on jsonb",
        "ALTER TABLE customers ADD extra jsonb; CREATE INDEX ON customers USING gin (tenant_id, extra)",
    ),
    Fault(
        "R18",
        "full text",
        "ALTER TABLE customers ADD words tsvector; CREATE INDEX ON customers USING gin (tenant_id, words)",
    ),
    Fault("R18", "a trigram index nobody registered", "REVOKE SELECT (search_text) ON customers FROM jemeti_search"),
]


@pytest.fixture(scope="module")
def engine(database: Database) -> Iterator[Engine]:
    engine = create_engine(database.admin_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A superuser's connection whose changes are rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def findings(connection: Connection) -> list[Finding]:
    return lint(connection, global_tables=GLOBAL_TABLES, definers=DEFINERS)


def test_a_database_made_our_way_breaks_no_rule(connection: Connection) -> None:
    assert findings(connection) == []


def test_any_role_may_run_the_lint(database: Database) -> None:
    engine = create_engine(database.url("jemeti_app"), poolclass=NullPool)
    with engine.connect() as connection:
        assert findings(connection) == []
        assert connection.scalar(text("SHOW search_path")) == "public, pg_temp"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.what.replace(' ', '-')}")
def test_each_fault_is_caught_by_its_rule_alone(connection: Connection, fault: Fault) -> None:
    assert findings(connection) == []
    if fault.by != "postgres":
        connection.exec_driver_sql(f"SET LOCAL ROLE {fault.by}")
    connection.exec_driver_sql(fault.sql)
    connection.exec_driver_sql("RESET ROLE")
    found = findings(connection)
    assert {finding.rule for finding in found} == {fault.rule}, found
    assert all(finding.subject and ":" in finding.message for finding in found), "a finding names its remedy"


def test_every_rule_has_a_fault_that_it_catches() -> None:
    assert len(RULES) == 18
    assert {fault.rule for fault in FAULTS} == set(RULES)


def test_an_exception_that_names_nothing_is_a_finding(connection: Connection) -> None:
    found = lint(connection, global_tables=GLOBAL_TABLES | {"gone"}, definers=DEFINERS | {"jemeti.gone()"})
    assert [(finding.rule, finding.subject) for finding in found] == [("R1", "gone"), ("R10", "jemeti.gone()")]
