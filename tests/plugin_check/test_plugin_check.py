"""`jemeti plugins check`: a good plugin is green; each of six bad ones, small variations of it, is caught and named."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform.testing.running import command

LOCKERS = Path(__file__).parent / "lockers"
TOP = Path(__file__).parents[2]


def check(where: object, folder: Path, *more: object, status: int) -> Any:
    """The JSON report of a run that ended with ``status``."""
    report = folder / "report.json"
    run = subprocess.run(
        command("plugins", "check", where, "--json", report, *more),
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == status, run.stdout + run.stderr
    return json.loads(report.read_bytes()) if report.exists() else run.stderr


def spoilt(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the good plugin in which one thing is otherwise."""
    source = shutil.copytree(LOCKERS, folder / "source")
    path = source / "lockers" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return source


def errors(report: Any) -> list[tuple[str, str, str]]:
    return [
        (finding["check"], finding["place"], finding["message"])
        for one in report["checks"]
        for finding in one["findings"]
        if finding["severity"] == "error"
    ]


def test_a_good_plugin_is_green_from_its_folder_and_the_page_says_so(tmp_path: Path) -> None:
    report = check(LOCKERS, tmp_path, "--html", tmp_path / "report.html", status=0)
    assert report["green"]
    assert errors(report) == []
    assert {one["status"] for one in report["checks"]} <= {"passed", "warned"}
    figures = {one["id"]: one["figures"] for one in report["checks"]}
    assert figures["isolation"]["requests"] > 100
    assert figures["permissions"]["routes"] == figures["features"]["routes"] == figures["routes"]["routes"] > 5
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<strong>Green.</strong>" in page
    assert "http" not in page.replace('http-equiv="', ""), "nothing is loaded from anywhere"
    assert not list(LOCKERS.glob("*.egg-info")), "the author's folder stays as it was"


TABLE = """    create_tenant_table("lockers_lockers", sa.Column("label", sa.Text, nullable=False))
"""
BARE_TABLE = """    op.create_table(
        "lockers_lockers",
        sa.Column("tenant_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
    )
"""
REFERENCE = """        Reference("locker_id", "lockers_lockers"),
    )
"""
SINGLE_KEY = """    )
    op.execute("ALTER TABLE lockers_lockers ADD CONSTRAINT one UNIQUE (id)")
    op.execute("ALTER TABLE lockers_keys ADD CONSTRAINT two FOREIGN KEY (locker_id) REFERENCES lockers_lockers (id)")
"""
BAD = {
    "no row security": (
        ("migrations/lockers_0001.py", TABLE, "    from alembic import op\n\n" + BARE_TABLE),
        ("tables", "database_access"),
        ("tables", "lockers/migrations/lockers_0001.py:1", "lockers_lockers has no row security"),
    ),
    "a forgotten permission": (
        ("resources.py", 'permission="lockers.keys:read", answer=CountAnswer', "answer=CountAnswer"),
        ("boots",),
        ("boots", "", "GET /v1/lockers/count declares no permission"),
    ),
    "a foreign key over one column": (
        (
            "migrations/lockers_0001.py",
            REFERENCE,
            SINGLE_KEY.replace("    op.", "    from alembic import op\n    op.", 1),
        ),
        ("tables",),
        ("tables", "lockers/migrations/lockers_0001.py:", "lockers_keys"),
    ),
    "raw SQL around the workspace": (
        ("resources.py", "SELECT count(*) AS", "SELECT set_config('app.tenant_id', '', true), count(*) AS"),
        ("database_access",),
        ("database_access", "lockers/resources.py:", "changes settings of the connection (set_config)"),
    ),
    "a private import": (
        ("seeds.py", "import uuid7", "import uuid7\nfrom jemeti_platform.db.engine import make_engine"),
        ("imports",),
        ("imports", "lockers/seeds.py:2", "imports jemeti_platform.db.engine.make_engine, which is private"),
    ),
    "seeds that double": (
        ("seeds.py", " WHERE NOT EXISTS (SELECT FROM lockers_lockers)", ""),
        ("seeds",),
        ("seeds", "lockers/__init__.py:", "changes lockers_lockers: 1 rows become 2"),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_plugin_is_caught_and_named(what: str, tmp_path: Path) -> None:
    change, only, (name, place, sentence) = BAD[what]
    options = [word for one in only for word in ("--only", one)]
    report = check(spoilt(tmp_path, *change), tmp_path, *options, status=1)
    found = errors(report)
    assert any(c == name and p.startswith(place) and sentence in m for c, p, m in found), found
    assert report["plugin"]["name"] == "lockers"
    assert not report["green"]


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "no plugin 'nothing' is installed" in check("nothing", tmp_path, status=2)
    assert "there is no check sowing; there are loads, manifest" in check("crm", tmp_path, "--only", "sowing", status=2)
    (tmp_path / "empty").mkdir()
    assert "cannot be installed" in check(tmp_path / "empty", tmp_path, status=2)
