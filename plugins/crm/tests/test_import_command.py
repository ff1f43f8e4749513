"""`jemeti import customers`: what it says, what it keeps, and what is left when it is killed."""

from __future__ import annotations

import csv
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jemeti_platform.cli import main
from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.running import command
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace

HEAD = "Name,Phone,E-mail,Plate,VIN"
GOOD = "Rahim Uddin,01712-345678,,DHAKA METRO GA-12-3456,"
BAD = "Karim [b]Mia[/b],0171,,DHAKA METRO GA-12-3457,ABC"
MANY = 2500
BLOCKED = f"{MANY - 1:08d}"


@pytest.fixture
def workshop(new_tenant: Callable[..., TestWorkspace]) -> TestWorkspace:
    return new_tenant(country="BD")


@pytest.fixture
def ini(database: Database, settings: dict[str, str], tmp_path: Path) -> Path:
    """An ini file for the database of the tests."""
    path = tmp_path / "test.ini"
    values = {**settings, **database.settings, "jemeti.plugins": "crm"}
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items()]
    path.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", ""]), encoding="utf-8")
    return path


@pytest.fixture
def run(app: Any, workshop: TestWorkspace, ini: Path, tmp_path: Path) -> Callable[..., Result]:
    """Runs `jemeti import customers` on lines of CSV (or a path); ``status`` is the exit status it must have."""

    def invoke(*lines: str | Path, options: tuple[object, ...] = (), status: int = 0, slug: str = "") -> Result:
        file = lines[0] if isinstance(lines[0], Path) else _file(tmp_path, *map(str, lines))
        arguments = ["import", "customers", file, "--workspace", slug or workshop.slug, "--ini", ini, *options]
        result = CliRunner().invoke(main, list(map(str, arguments)))
        assert result.exit_code == status, (result.output, result.exc_info)
        assert "Traceback" not in result.output
        return result

    return invoke


def _file(folder: Path, *lines: str) -> Path:
    file = folder / "customers.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def customers(workspace: TestWorkspace) -> list[str]:
    with workspace.work() as work:
        (rows,) = work.read(Statement("SELECT name FROM crm_customers ORDER BY name")())
    return [row["name"] for row in rows]


def squeezed(result: Result) -> str:
    return " ".join(result.output.split())


def test_it_says_what_came_of_the_file(run: Callable[..., Result], workshop: TestWorkspace) -> None:
    result = run(HEAD, GOOD, GOOD, BAD)
    told = squeezed(result)
    assert f"3 rows for {workshop.slug}" in told
    assert "created 1 new" in told
    assert "unchanged 1 " in told
    assert "refused 1 " in told
    assert "4 vehicle.vin ABC A VIN has 17 characters, this has 3" in told
    assert customers(workshop) == ["Rahim Uddin"]


def test_every_refused_row_is_in_the_report(run: Callable[..., Result], tmp_path: Path) -> None:
    report = tmp_path / "refused.csv"
    run(HEAD, *[BAD] * 150, GOOD, options=("--report", report))
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows if row["field"] == "vehicle.vin"] == [str(n) for n in range(2, 152)]
    assert {row["field"] for row in rows} == {"customer.phone", "vehicle.vin"}


def test_a_dry_run_says_the_same_and_keeps_nothing(run: Callable[..., Result], workshop: TestWorkspace) -> None:
    told = run(HEAD, GOOD, BAD, options=("--dry-run",)).output
    assert "nothing was kept" in told
    assert customers(workshop) == []
    assert run(HEAD, GOOD, BAD).output == told.partition("\nThis was a dry run")[0]


def test_strict_tells_by_the_exit_status(run: Callable[..., Result], workshop: TestWorkspace) -> None:
    run(HEAD, GOOD, BAD, options=("--strict",), status=1)
    assert customers(workshop) == ["Rahim Uddin"]
    run(HEAD, GOOD, options=("--strict",))


def test_unknown_columns_are_refused_unless_they_are_ignored(run: Callable[..., Result]) -> None:
    refused = run(f"{HEAD},Shoe size", f"{GOOD},44", status=1).output
    assert "Shoe size" in refused
    assert "Plate" in refused
    told = run(f"{HEAD},Shoe size", f"{GOOD},44", options=("--ignore-unknown",)).output
    assert "Columns left out: Shoe size" in told


def test_what_cannot_be_done_is_one_sentence(run: Callable[..., Result], tmp_path: Path, ini: Path) -> None:
    assert "cannot be read" in run(tmp_path / "nowhere.csv", status=1).output
    assert "cannot be read" in run(tmp_path, status=1).output
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    assert "cannot be read" in run(tmp_path / "broken.xlsx", status=1).output
    assert "no-such-workspace" in run(HEAD, GOOD, slug="no-such-workspace", status=1).output
    assert "cannot be written" in run(HEAD, GOOD, options=("--report", tmp_path / "no" / "r.csv"), status=1).output
    arguments = ["import", "shoes", str(_file(tmp_path, HEAD)), "--workspace", "x", "--ini", str(ini)]
    refused = CliRunner().invoke(main, arguments)
    assert refused.exit_code == 1
    assert "what can be imported is: customers" in refused.output


def test_a_suspended_workspace_takes_nothing_in(run: Callable[..., Result], workshop: TestWorkspace) -> None:
    workshop.set_status("suspended")
    assert "suspended" in run(HEAD, GOOD, status=1).output


@contextmanager
def importing(database: Database, workshop: TestWorkspace, ini: Path, folder: Path) -> Iterator[tuple[Any, Any]]:
    """An import of 2,500 rows in a process of its own that waits at its last row: somebody else is just adding that
    very customer. Yields the process and the connection of the other."""
    rows = [f"Customer {n},017{n:08d},,P-{n}," for n in range(MANY)]
    line = command("import", "customers", _file(folder, HEAD, *rows), "--workspace", workshop.slug, "--ini", ini)
    with database.connect() as other:
        other.autocommit = False
        other.execute("SELECT set_config('app.tenant_id', %s, true)", (str(workshop.id),))
        other.execute(
            "INSERT INTO crm_customers (id, name, phone) VALUES (gen_random_uuid(), 'Customer', %s)",
            (f"+88017{BLOCKED}",),
        )
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            wait_until_blocked(database, unless=lambda: process.poll() is not None)
            assert process.poll() is None, process.communicate()
            yield process, other
        finally:
            process.kill()
            process.communicate()


def test_killed_in_the_middle_nothing_is_left_and_again_all_is_there(
    app: Any, database: Database, workshop: TestWorkspace, ini: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    with importing(database, workshop, ini, tmp_path) as (process, other):
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        other.rollback()
        assert customers(workshop) == []
    run(tmp_path / "customers.csv")
    assert len(customers(workshop)) == MANY


def test_a_customer_whom_somebody_adds_meanwhile_is_there_once(
    app: Any, database: Database, workshop: TestWorkspace, ini: Path, tmp_path: Path
) -> None:
    with importing(database, workshop, ini, tmp_path) as (process, other):
        other.commit()
        told = process.communicate(timeout=LONG)[0]
        assert process.returncode == 0, told
    assert len(customers(workshop)) == MANY
    assert f"created {MANY - 1:,} new completed 1 known" in " ".join(told.split())
