"""Import 20,000 customers as people do, by ``jemeti import``, and hold what comes of it against what the file means.

    python -m bench.import_customers [--rows 20000] [--suffix csv|xlsx]

Four runs, each in a process of its own: into an empty workspace; the same once more, which must add nothing; into
another workspace, killed by SIGKILL when half is written, which must leave nothing; and that one again, which must have
all. Prints seconds, peak memory and refusals; fails where a line was decided otherwise than it was meant.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.customers_file import CREATED, REFUSED, Line, make
from jemeti_platform import embedded
from jemeti_platform import main as make_app
from jemeti_platform.admin.work import PlatformWork
from jemeti_platform.boot import transaction
from jemeti_platform.cli.database import libpq, prepare_database
from jemeti_platform.db import migrate
from jemeti_platform.db.statement import Statement
from jemeti_platform.tenancy import provisioning
from jemeti_platform.work import Actor

_PLAN = Statement("INSERT INTO plans (slug, title, features) VALUES ('bench', 'Bench', %(features)s::jsonb)")
_TABLES = ("crm_customers", "crm_vehicles", "crm_ownerships", "crm_odometer_readings")
_IMPORT = "from jemeti_platform.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the command: its exit status, seconds, peak memory in MB, and the refused lines with their reasons."""

    status: int
    seconds: float
    megabytes: float
    said: str
    refused: dict[int, list[str]]


class Bench:
    """A database with two workspaces, ``first`` and ``second``, and a file of customers."""

    def __init__(self, folder: Path, server: embedded.EmbeddedServer, file: Path, lines: list[Line]) -> None:
        self.folder, self.server, self.file, self.lines = folder, server, file, lines
        self.ini = folder / "bench.ini"

    def start(self, workspace: str) -> tuple[subprocess.Popen[bytes], Path]:
        report = self.folder / f"refused-{time.monotonic_ns()}.csv"
        arguments = ("import", "customers", self.file, "--workspace", workspace, "--report", report, "--ini", self.ini)
        with (self.folder / "said.txt").open("wb") as said:
            line = [sys.executable, "-c", _IMPORT, *map(str, arguments)]
            return subprocess.Popen(line, stdout=said, stderr=subprocess.STDOUT), report

    def run(self, workspace: str) -> Run:
        """Import the file into a workspace and wait for the end."""
        begin = time.monotonic()
        process, report = self.start(workspace)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begin
        refused: dict[int, list[str]] = defaultdict(list)
        if report.exists():
            with report.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    refused[int(row["line"])].append(f"{row['field']}: {row['reason']}")
        said = (self.folder / "said.txt").read_text(errors="replace")
        return Run(process.returncode, seconds, used.ru_maxrss / 1024, said, dict(refused))

    def kill(self, workspace: str, size: int) -> bool:
        """Begin to import and kill the process when customers take ``size`` bytes; whether it was still at work."""
        process, report = self.start(workspace)
        with self.connect() as admin:
            while process.poll() is None and self.size(admin) < size:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            was_working = process.wait() == -signal.SIGKILL
            while admin.execute("SELECT 1 FROM pg_stat_activity WHERE usename = 'jemeti_app'").fetchone():
                time.sleep(0.05)
        assert not report.exists(), "an import that did not end has left a report"
        return was_working

    def size(self, admin: psycopg.Connection[Any]) -> int:
        """Bytes of the table of customers on disk, committed or not."""
        row = admin.execute("SELECT pg_relation_size('crm_customers')").fetchone()
        return int(row[0]) if row else 0

    def count(self, workspace: str) -> dict[str, int]:
        """Rows of a workspace by table."""
        with self.connect() as admin:
            return {
                table: admin.execute(
                    f"SELECT count(*) FROM {table} x JOIN tenants t ON t.id = x.tenant_id WHERE t.slug = %s",
                    (workspace,),
                ).fetchone()[0]  # type: ignore[index]  # count(*) is one row
                for table in _TABLES
            }

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(libpq(self.server.url(self.server.superuser, "jemeti")), autocommit=True)


@contextmanager
def bench(rows: int, suffix: str) -> Iterator[Bench]:
    """Make database, workspaces and file in a temporary folder, and take them away again."""
    with tempfile.TemporaryDirectory(prefix="jemeti-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        file = folder / f"customers.{suffix}"
        lines = make(file, rows)
        server = embedded.start(folder / "data")
        try:
            made = Bench(folder, server, file, lines)
            _prepare(made)
            yield made
        finally:
            server.remove()


def _prepare(made: Bench) -> None:
    server = made.server

    def connect(database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(libpq(server.url(server.superuser, database)), autocommit=True)

    prepare_database(connect, "jemeti")
    settings = {
        "sqlalchemy.url": server.url("jemeti_app", "jemeti"),
        "jemeti.platform_url": server.url("jemeti_platform", "jemeti"),
        "jemeti.environment": "production",
        "jemeti.plugins": "crm",
        "jemeti.jwt.keys": "a-signing-key-that-only-this-bench-uses-0123456789",
        "jemeti.log": "",
    }
    told = "\n".join(f"{key} = {value.replace('%', '%%')}" for key, value in settings.items())
    made.ini.write_text(f"[app:main]\nuse = egg:jemeti\n{told}\n[server:main]\nuse = egg:waitress#main\n")
    platform = make_app({}, **settings).registry.platform
    migrate.upgrade(platform.manifests, server.url("jemeti_migrate", "jemeti"))
    with transaction() as manager:
        work = PlatformWork(platform, Actor("system", "bench"), manager)
        work.write(_PLAN(features='{"crm": "on", "vehicles": "on"}'))
        for slug in ("first", "second"):
            provisioning.create(work, slug=slug, name=slug.title(), plan="bench", country="BD")
    for engine in platform.engines.values():
        engine.dispose()


def misjudged(lines: list[Line], run: Run) -> list[str]:
    """Lines that were refused and should not have been, or the other way round."""
    return [
        f"line {line.number} ({line.kind}): " + (", ".join(run.refused.get(line.number, [])) or "not refused")
        for line in lines
        if (line.meant == REFUSED) != (line.number in run.refused)
    ]


def show(title: str, run: Run, counts: dict[str, int]) -> None:
    """Print a run; end the bench where it failed."""
    if run.status:
        sys.exit(f"{title}: exit status {run.status}\n{run.said}")
    told = ", ".join(f"{number:,} {table.removeprefix('crm_').replace('_', ' ')}" for table, number in counts.items())
    print(f"{title}: {run.seconds:.1f} s, {run.megabytes:.0f} MB, {len(run.refused):,} rows refused; then {told}")


def show_reasons(run: Run) -> None:
    print("\n".join(f"    {line}" for line in run.said.splitlines()[:8]))
    reasons = Counter(reason for reasons in run.refused.values() for reason in reasons)
    print("\n".join(f"    {number:6,}  {reason}" for reason, number in reasons.most_common()))


def measure(made: Bench) -> list[str]:
    """Do the four runs; returns what went otherwise than it should."""
    meant = sum(line.meant == CREATED for line in made.lines)
    with made.connect() as admin:
        empty = made.size(admin)
        first = made.run("first")
        there = made.count("first")
        show("into an empty workspace", first, there)
        show_reasons(first)
        full = made.size(admin)
        again = made.run("first")
        repeated = made.count("first")
        show("the same once more", again, repeated)
        was_working = made.kill("second", full + (full - empty) // 2)
        left = made.count("second")
        print(f"killed when half was written: {sum(left.values())} rows left")
        last = made.run("second")
        at_last = made.count("second")
        show("run again", last, at_last)
    expected = {
        f"{meant:,} customers were meant": there["crm_customers"] == meant,
        "the second run has added something": repeated == there,
        "the import had ended before it could be killed": was_working,
        f"the killed run has left {left}": not any(left.values()),
        "after the killed run not all are there once": at_last == there,
    }
    wrong = [sentence for sentence, holds in expected.items() if not holds]
    return wrong + misjudged(made.lines, first) + misjudged(made.lines, again) + misjudged(made.lines, last)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--suffix", choices=("csv", "xlsx"), default="csv")
    asked = parser.parse_args()
    with bench(asked.rows, asked.suffix) as made:
        print(f"{asked.rows:,} rows, {made.file.stat().st_size / 1e6:.1f} MB of {asked.suffix.upper()}")
        wrong = measure(made)
    if wrong:
        sys.exit("\n".join([f"{len(wrong)} faults:", *wrong[:20]]))
    print("every line was decided as it was meant")


if __name__ == "__main__":
    main()
