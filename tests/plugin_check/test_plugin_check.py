"""`jemeti plugins check`: a good plugin is green; each bad one, a small variation of it, is caught and named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform.testing.plugin_check import CHECKS
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


def errors(report: Any) -> list[tuple[str, str, str]]:
    return findings(report, "error")


def findings(report: Any, severity: str) -> list[tuple[str, str, str]]:
    return [
        (finding["check"], finding["place"], finding["message"])
        for one in report["checks"]
        for finding in one["findings"]
        if finding["severity"] == severity
    ]


def spoilt(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the good plugin in which one thing is otherwise."""
    source = shutil.copytree(LOCKERS, folder / "source")
    path = source / "lockers" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return source


def test_a_good_plugin_is_green_from_its_folder_and_the_page_says_so(tmp_path: Path) -> None:
    report = check(LOCKERS, tmp_path, "--html", tmp_path / "report.html", status=0)
    assert report["green"]
    assert errors(report) == []
    assert {one["status"] for one in report["checks"]} <= {"passed", "warned"}
    figures = {one["id"]: one["figures"] for one in report["checks"]}
    assert figures["isolation"]["requests"] > 100
    assert figures["functions"] == {"functions": 1}
    assert figures["documents"] == {"documents": 1, "sheets": 13}
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
DOWN = """def downgrade():
    drop_tenant_table("lockers_labels")
"""
HIDDEN_DEFINER = """
    from alembic import op

    made = "CREATE {}TION everything() RETURNS bigint LANGUAGE sql {}INER AS 'SELECT count(*) FROM users'"
    op.execute(made.format("FUNC", "SECURITY DEF"))


def downgrade():
    from alembic import op

    op.execute("DROP FUNCTION everything()")
    drop_tenant_table("lockers_labels")
"""
LEFT_BEHIND = """
    from jemeti_platform.db.triggers import create_trigger_function

    create_trigger_function("lockers_nothing", "BEGIN RETURN NULL; END")


def downgrade():
    drop_tenant_table("lockers_labels")
"""
FOREIGN_COLUMN = """
    from alembic import op

    op.execute("ALTER TABLE users ADD COLUMN locker text")


def downgrade():
    from alembic import op

    op.execute("ALTER TABLE users DROP COLUMN locker")
    drop_tenant_table("lockers_labels")
"""
BY_HAND = """
    from alembic import op

    op.execute("CREATE TRIGGER t AFTER UPDATE ON lockers_keys FOR EACH ROW EXECUTE FUNCTION jemeti.audit()")


def downgrade():
    drop_tenant_table("lockers_labels")
"""
COUNTING = """    ((row,),) = request.work.read(COUNT())
    return row
"""
REMEMBERING = """    if not KNOWN:
        KNOWN.extend(request.work.read(LABELS())[0])
    return {"lockers": len(KNOWN), "labels": [row["label"] for row in KNOWN]}


KNOWN = []
LABELS = Statement("SELECT label FROM lockers_lockers")
"""
REFUSING = """    from jemeti_platform.errors import Conflict

    raise Conflict("Nobody has counted yet.", reason="state")
"""
INCOMPLETE = """@hookimpl
def jemeti_tenant_export(work):
    yield "lockers_lockers", []


@hookimpl
def jemeti_tenant_enabled(work):
"""
PATCHING = """def includeme(config):
    from jemeti_platform.rest import gate

    gate.require = None
"""
BAD = {
    "rows of one workspace that are remembered for all": (
        ("resources.py", COUNTING, REMEMBERING),
        ("isolation",),
        ("isolation", "lockers/resources.py:", "GET /v1/lockers/count"),
    ),
    "an error that nobody is told of": (
        ("resources.py", COUNTING, REFUSING),
        ("routes",),
        ("routes", "lockers/resources.py:", "answers 409, which it does not document"),
    ),
    "an export with holes": (
        ("__init__.py", "@hookimpl\ndef jemeti_tenant_enabled(work):\n", INCOMPLETE),
        ("export",),
        ("export", "lockers/__init__.py:", "rows of lockers_lockers 0 are exported"),
    ),
    "a column in somebody else's table": (
        ("migrations/lockers_0001.py", "\n\n" + DOWN, FOREIGN_COLUMN),
        ("migrations",),
        ("migrations", "", "the way up adds to what is not the plugin's: column users.locker"),
    ),
    "a function that stays when the plugin goes": (
        ("migrations/lockers_0001.py", "\n\n" + DOWN, LEFT_BEHIND),
        ("migrations",),
        ("migrations", "", "the way down leaves behind: function lockers_nothing()"),
    ),
    "a function with its owner's rights, hidden from readers": (
        ("migrations/lockers_0001.py", "\n\n" + DOWN, HIDDEN_DEFINER),
        ("tables", "functions"),
        ("tables", "lockers/", "public.everything() is SECURITY DEFINER but not on the list"),
    ),
    "a trigger by hand": (
        ("migrations/lockers_0001.py", "\n\n" + DOWN, BY_HAND),
        ("database_access",),
        ("database_access", "lockers/migrations/lockers_0001.py:", "makes a trigger by hand"),
    ),
    "a kernel that is changed in passing": (
        ("__init__.py", "def includeme(config):\n", PATCHING),
        ("reach",),
        ("reach", "lockers/__init__.py:", "changes jemeti_platform.rest.gate.require, which is not its own"),
    ),
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
    "a label that no language has": (
        ("documents/locker_receipt.typ", "labels.locker", "labels.cupboard"),
        ("documents",),
        ("documents", "lockers/sheets.py:", "cupboard"),
    ),
    "a field of a document that may be missing": (
        ("documents/locker_receipt.typ", "data.notes)", "upper(data.notes))"),
        ("documents",),
        ("documents", "lockers/sheets.py:", "with nothing in it that may be left out"),
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


def test_what_reaches_beyond_the_database_is_told_and_left_to_the_administrator(tmp_path: Path) -> None:
    source = spoilt(
        tmp_path, "seeds.py", "import Statement\n", "import Statement\nimport os\nimport subprocess, httpx\n"
    )
    report = check(source, tmp_path, "--only", "reach", status=0)
    assert [message for _, _, message in findings(report, "warning")] == [
        "runs other programs (subprocess)",
        "talks to the network (httpx)",
    ]


def test_every_check_is_explained() -> None:
    page = (TOP / "docs" / "plugin-check.md").read_text(encoding="utf-8")
    listed = (TOP / "docs" / "plugins.md").read_text(encoding="utf-8")
    headings = re.findall(r"`(\w+)`", " ".join(re.findall(r"^### (.*):", page, re.MULTILINE)))
    assert sorted(headings) == sorted(one.id for one in CHECKS)
    assert [one.id for one in CHECKS if f"`{one.id}`" not in listed] == []


def test_several_are_tried_apart_and_reported_together(tmp_path: Path) -> None:
    bad = spoilt(tmp_path, *BAD["a private import"][0])
    words = ("--only", "imports", "--html", tmp_path / "report.html")
    report = check(LOCKERS, tmp_path, bad, "--all", *words, status=1)
    found = [(one["plugin"]["name"], one["green"]) for one in report["reports"]]
    assert {("crm", True), ("billing", True), ("jobs", True)} <= set(found)
    assert found[-2:] == [("lockers", True), ("lockers", False)]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<article") == len(found)
    assert page.count("Do not switch it on") == 2, "in the overview, and where it stands"


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "no plugin 'nothing' is installed" in check("nothing", tmp_path, status=2)
    nobody = subprocess.run(command("plugins", "check"), capture_output=True, text=True, check=False)
    assert (nobody.returncode, "or say --all" in nobody.stderr) == (2, True)
    assert "there is no check sowing; there are loads, manifest" in check("crm", tmp_path, "--only", "sowing", status=2)
    (tmp_path / "empty").mkdir()
    assert "cannot be installed" in check(tmp_path / "empty", tmp_path, status=2)
