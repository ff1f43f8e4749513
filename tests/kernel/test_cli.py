"""Commands that look, and those that prepare a server."""

import json
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from jemeti_platform.db.engine import make_engine
from jemeti_platform.testing.running import command

TOP = Path(__file__).parents[2]
INI = ("--ini", TOP / "development.ini")


def jemeti(*arguments, **environment):
    return subprocess.run(
        command(*arguments), cwd=TOP, capture_output=True, text=True, check=False, timeout=300, env=environment or None
    )


def test_a_new_key_is_long_enough_and_new():
    first, second = (jemeti("new-key").stdout.strip() for _ in range(2))
    assert len(first.encode()) >= 32
    assert first != second


def test_routes_are_listed_with_what_guards_them_and_where_they_are_written():
    rows = json.loads(jemeti("routes", "--json", *INI).stdout)
    (row,) = (row for row in rows if (row["method"], row["path"]) == ("GET", "/v1/users"))
    assert row["permission"] == "users:read"
    assert row["plugin"] == "kernel"
    file, line = row["where"].rsplit(":", 1)
    assert (TOP / file).exists()
    assert int(line) > 0
    assert [row for row in rows if not re.search(r"^[^<>]+\.py:\d+$", row["where"])] == []
    (made,) = (row for row in rows if (row["method"], row["path"]) == ("GET", "/v1/crm/customers/{id}"))
    assert_a_place(made["where"], "CUSTOMERS = Resource(")
    moved = [row for row in rows if row["path"].startswith("/v1/jobs/{id}/transitions")]
    assert {row["where"].split("/")[:2] == ["plugins", "jobs"] for row in moved} == {True}
    assert re.search(r"^GET +/v1/users +users:read +", jemeti("routes", *INI).stdout, re.MULTILINE)


def test_plugins_are_listed():
    assert re.search(r"^crm +\d", jemeti("plugins", "list", *INI).stdout, re.MULTILINE)


def test_events_are_listed_with_their_fields_and_who_listens():
    rows = {row["type"]: row for row in json.loads(jemeti("events", "--json", *INI).stdout)}
    changed = rows["crm.customer.changed"]
    assert changed["fields"] == {"customer_id": "UUID", "fields": "tuple[str, ...]"}
    assert changed["plugin"] == "crm"
    assert_a_place(changed["where"], "class CustomerChanged")
    (heard,) = (one for one in changed["listeners"] if one["plugin"] == "jobs")
    function = heard["listener"].partition(":")[2]
    assert heard["listener"].startswith("plugins.jobs.")
    assert_a_place(heard["where"], f"def {function}(")
    shown = jemeti("events", *INI).stdout
    assert re.search(
        r"^crm\.customer\.changed +crm +customer_id: UUID, fields: tuple\[str, \.\.\.\] ", shown, re.MULTILINE
    )
    assert f"jobs {heard['where']}" in shown
    assert re.search(r" crm message crm\.", shown), "a message is named, not the function that all messages share"


def assert_a_place(where, begins):
    file, line = where.rsplit(":", 1)
    lines = (TOP / file).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
    assert next(text for text in lines if not text.startswith("@")).startswith(begins)


def test_events_are_chosen_by_a_word_and_by_who_has_to_do_with_them():
    rows = json.loads(jemeti("events", "customer", "--plugin", "jobs", "--json", *INI).stdout)
    assert rows
    assert all("customer" in row["type"] for row in rows)
    assert all("jobs" in {row["plugin"], *(one["plugin"] for one in row["listeners"])} for row in rows)


def test_routes_are_chosen_by_path_method_plugin_feature_and_permission():
    every = json.loads(jemeti("routes", "--json", *INI).stdout)

    def chosen(*options):
        return json.loads(jemeti("routes", "--json", *options, *INI).stdout)

    assert chosen("/crm/customers") == [row for row in every if "/crm/customers" in row["path"]] != []
    assert chosen("--method", "post", "--plugin", "crm") == [
        row for row in every if row["method"] == "POST" and row["plugin"] == "crm"
    ]
    crm = {row["feature"] for row in chosen("--feature", "crm")}
    assert crm == {row["feature"] for row in every if row["feature"].split(".")[0] == "crm"}
    assert {row["permission"] for row in chosen("--permission", "crm.customers:write")} == {"crm.customers:write"}
    assert {row["permission"] for row in chosen("--permission", "public")} == {"*public*"}
    assert chosen("--plugin", "nobody") == []


def test_looking_needs_neither_secrets_nor_a_database():
    run = jemeti("routes", "--ini", TOP / "production.ini", PATH="/usr/bin:/bin")
    assert run.returncode == 0, run.stderr


@pytest.fixture
def bootstrapped(database_server):
    """The lines that `jemeti db bootstrap` prints for the ini, as a mapping."""
    admin = database_server.server.url("postgres", "jemeti_bootstrapped").replace("+psycopg", "")
    roles = ("APP", "PLATFORM", "MIGRATE", "BACKUP")
    passwords = {f"JEMETI_{role}_PASSWORD": "" for role in roles} | {"JEMETI_APP_PASSWORD": "a%40 sëcret"}
    try:
        first, second = (
            jemeti("db", "bootstrap", "--admin-url", admin, PATH="/usr/bin:/bin", **passwords) for _ in "12"
        )
        assert first.returncode == 0, first.stderr
        assert "has been made" in first.stdout
        assert "was there already" in second.stdout
        assert "sëcret" not in first.stdout
        yield dict(re.findall(r"^    (\S+) = (\S+)$", second.stdout, re.MULTILINE))
    finally:
        with psycopg.connect(admin.replace("jemeti_bootstrapped", "postgres"), autocommit=True) as connection:
            connection.execute("ALTER ROLE jemeti_app PASSWORD NULL")
            connection.execute("DROP DATABASE IF EXISTS jemeti_bootstrapped WITH (FORCE)")


def test_a_server_of_ones_own_is_prepared_and_migrated(bootstrapped, tmp_path):
    assert ":PASSWORD@" in bootstrapped["sqlalchemy.url"]
    assert "PASSWORD" not in bootstrapped["jemeti.platform_url"]
    ini = (TOP / "development.ini").read_text()
    for key, url in bootstrapped.items():
        ini = ini.replace(f"{key} =\n", f"{key} = {url.replace('%', '%%')}\n")
    (tmp_path / "own.ini").write_text(ini)
    run = jemeti("migrate", "--ini", tmp_path / "own.ini")
    assert run.returncode == 0, run.stderr
    assert "migrations run" in run.stdout
    assert "Nothing to do" in jemeti("migrate", "--ini", tmp_path / "own.ini").stdout
    engine = make_engine(bootstrapped["sqlalchemy.url"], pool_size=1, role="jemeti_app")
    engine.connect().close()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "is no database URL"),
        ("mysql://root@localhost/jemeti", "PostgreSQL only"),
        ("postgresql://nobody@127.0.0.1:1/jemeti", "The database cannot be used"),
    ],
)
def test_a_server_that_will_not_do_is_one_sentence(url, sentence):
    words = {f"JEMETI_{role}_PASSWORD": "" for role in ("APP", "PLATFORM", "MIGRATE", "BACKUP")}
    run = jemeti("db", "bootstrap", "--admin-url", url, PATH="/usr/bin:/bin", **words)
    assert run.returncode == 1
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
