"""`jemeti makemigration` writes what models have anew; `jemeti migrate --check` holds what it wrote against them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jemeti_platform.testing.running import command

ROOT = Path(__file__).parents[2]
INI = """
[app:main]
use = egg:jemeti
jemeti.environment = development
jemeti.plugins = garage
"""
ON_ONE_STAND = 'NoOverlap("stand", between=("put_at", "gone_at")))'
ANOTHER_TABLE = '''
from sqlalchemy.dialects.postgresql import ExcludeConstraint


class Stand(TenantKey):
    """Where a bicycle is put."""

    __tablename__ = "garage_stands"
    __shape__ = (
        Reference("repair_id", "garage_repairs", ondelete="CASCADE"),
        CheckConstraint("height > 0", name="height"),
        NoOverlap("repair_id", between=("from_on", "until_on"), span="daterange", where="height > 1"),
        ExcludeConstraint((column("tenant_id"), "="), (column("side"), "="), name="ex_garage_one_side", using="gist"),
    )

    side: Mapped[str] = mapped_column(primary_key=True)
    height: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    repair_id: Mapped[UUID | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    marks: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
'''


class Garage:
    """A copy of the bicycle garage without its migration; its models may be changed."""

    def __init__(self, folder):
        self.folder = Path(shutil.copytree(ROOT / "tests" / "garage", folder / "site"))
        shutil.rmtree(self.folder / "garage" / "migrations")
        self.ini = folder / "garage.ini"
        self.ini.write_text(INI)

    def change(self, file, *changes):
        path = self.folder / "garage" / file
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text)

    def jemeti(self, *arguments):
        return subprocess.run(
            command(*arguments, "--ini", self.ini),
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONWARNINGS": "ignore"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def migration(self, number):
        (path,) = (self.folder / "garage" / "migrations").glob(f"{number:04}_*.py")
        return path.read_text()


@pytest.fixture(scope="module")
def garage(tmp_path_factory):
    return Garage(tmp_path_factory.mktemp("garage"))


def test_the_first_makes_every_table(garage):
    made = garage.jemeti("makemigration", "garage", "-m", "Repairs and parts")
    assert made.returncode == 0, made.stderr
    written = garage.migration(1)
    assert 'branch_labels = ("garage",)' in written
    assert written.count("create_tenant_table(") == 2
    assert "SubState(),\n" in written


def test_the_next_makes_the_database_what_the_models_say(garage):
    """So says `migrate --check`, which runs both up, compares, and runs them down to nothing and up again."""
    garage.change(
        "models.py",
        ("from decimal import Decimal\n", "from datetime import date, datetime\nfrom decimal import Decimal\n"),
        ("import text\n", "import CheckConstraint, Numeric, column, text\n"),
        ("import TenantBase\n", "import TenantBase, TenantKey\n"),
        ("import Reference, Unique\n", "import Indexed, NoOverlap, Reference, Search, Unique\n"),
        (
            '(Unique("number"), SubState()',
            '(Unique("number"), Search("number", "concern"), Unique("stand"), SubState()',
        ),
        (
            "    agreed: Mapped",
            "    put_at: Mapped[datetime | None]\n    gone_at: Mapped[datetime | None]\n    agreed: Mapped",
        ),
        ("    bicycle: Mapped[str | None]\n", "    priority: Mapped[int] = mapped_column(server_default=text('0'))\n"),
        (
            'money_check("price"))',
            'money_check("price", minimum=0), Indexed("priority", where="priority > 0"), ' + ON_ONE_STAND,
        ),
        ("    stand: Mapped[str | None]\n", "    stand: Mapped[str]\n"),
        ("    is_there: Mapped[bool]", '    "what"\n    name: Mapped[str]\n    is_there: Mapped[bool]'),
    )
    garage.change(
        "lifecycle.py", ('State("waiting", "Waiting"),', 'State("waiting", "Waiting"), State("lost", "Lost"),')
    )
    garage.change(
        "lifecycle.py",
        (
            '        Transition("resume"',
            '        Transition("lose", "waiting", "lost", "Lose", ACTIVE),\n        Transition("resume"',
        ),
    )
    garage.change("schemas.py", ("    bicycle = SchemaNode(Text(), missing=None)\n", ""))
    with (garage.folder / "garage" / "models.py").open("a") as models:
        models.write(ANOTHER_TABLE)
    behind = garage.jemeti("migrate", "--check")
    assert behind.returncode == 1
    assert "add_table" in behind.stderr
    assert 'First: jemeti makemigration garage -m "what it does"' in behind.stderr
    made = garage.jemeti("makemigration", "garage", "-m", "Stands, and what is urgent.")
    assert made.returncode == 0, made.stderr
    path, warning = made.stdout.splitlines()
    assert path.endswith("migrations/0002_stands_and_what_is_urgent.py")
    assert warning.strip() == "garage_parts: rows that are there need a value for name; give it a server_default."
    written = garage.migration(2)
    assert 'down_revision = "garage_0001"' in written
    assert 'key=("side",)' in written
    assert 'NoOverlap("repair_id", between=("from_on", "until_on"), where="height > 1", span="daterange")' in written
    assert 'op.execute("ALTER TABLE garage_stands ADD CONSTRAINT ex_garage_one_side EXCLUDE USING gist' in written
    checked = garage.jemeti("migrate", "--check")
    assert checked.returncode == 0, f"{checked.stderr}\n{written}"


def test_an_empty_one_follows_the_newest(garage):
    made = garage.jemeti("makemigration", "garage", "-m", "prices are filled in", "--empty")
    assert made.returncode == 0, made.stderr
    assert 'revision = "garage_0003"\ndown_revision = "garage_0002"' in garage.migration(3)


def test_rules_that_no_migration_has_are_told(garage):
    """Alembic compares neither CHECKs nor exclusions; a plugin would promise in its model what nobody keeps."""
    garage.change(
        "models.py",
        ('name="height"', 'name="low"'),
        ('where="height > 1"', 'where="height > 2"'),
        ('name="ex_garage_one_side"', 'name="ex_garage_side"'),
    )
    behind = garage.jemeti("migrate", "--check")
    assert behind.returncode == 1
    for name in ("ck_garage_stands_low (missing)", "ex_garage_side (missing)"):
        assert f"garage_stands.{name}" in behind.stderr
    assert "garage_stands.ck_garage_stands_height (CHECK ((height > " in behind.stderr
    assert "garage_stands.ex_garage_stands_repair_id (EXCLUDE USING gist" in behind.stderr
    assert garage.jemeti("makemigration", "garage", "-m", "other rules").returncode == 0
    checked = garage.jemeti("migrate", "--check")
    assert checked.returncode == 0, f"{checked.stderr}\n{garage.migration(4)}"


def test_what_makes_no_sense_is_one_sentence(garage):
    for arguments, sentence in (
        (("bakery", "-m", "ovens"), "No plugin 'bakery' is loaded; there are garage"),
        (("garage", "-m", "!"), "Say in a few words"),
    ):
        refused = garage.jemeti("makemigration", *arguments)
        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert "Traceback" not in refused.stderr
