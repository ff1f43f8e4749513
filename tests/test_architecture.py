"""The house stands as it was drawn: imports point inward, and no SQL is put together from values."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from importlinter import cli as import_linter

from jemeti_platform import hookspecs
from jemeti_platform.testing.plugin_check import Subject, check_plugin

ROOT = Path(__file__).parent.parent
SOURCES = [
    path
    for folder in ("jemeti_platform", "plugins")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"testing", "tests", "migrations"} & set(path.relative_to(ROOT).parts)
]
SQL = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|GRANT|REVOKE|SET|COPY|TRUNCATE|LOCK)\s"
)
FOLDERS = ("jemeti_platform", "plugins", "migrations", "examples", "tests", "bench")
_NOW = r"(?:now|clock_timestamp|statement_timestamp)\(\)"
DAY_OF_UTC = re.compile(
    rf"\b(current_date|localtimestamp)\b|{_NOW}::date\b"
    rf"|date_trunc\('\w+', {_NOW}\)|extract\((year|month|day) FROM {_NOW}\)",
    re.IGNORECASE,
)
"""SQL that asks what day, month or year it is where nobody has said of which time zone."""
COMPOSERS = {
    "jemeti_platform/db/rls.py": "names of tables, in migrations",
    "jemeti_platform/db/triggers.py": "names of tables, rules in SQL, in migrations",
    "jemeti_platform/db/rules.py": "rules of models, for a table without rows",
    "jemeti_platform/cli/makemigration/steps.py": "rules of models, for the text of a migration",
    "jemeti_platform/db/bulk.py": "names of tables and columns, of models",
    "jemeti_platform/db/paged.py": "a list's own text, of an author",
    "jemeti_platform/db/catalogue/rights.py": "a sentence that advises a statement",
}
"""Where SQL may be put together inside a function, and of what. Values are bound there too."""


def test_imports_point_inward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert (
        import_linter.lint_imports(config_filename="pyproject.toml", no_cache=True) == import_linter.EXIT_STATUS_SUCCESS
    )


def composed_sql(tree: ast.AST) -> Iterator[int]:
    """The lines inside functions on which SQL is made of pieces: an f-string, ``%``, ``+`` or ``format``."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                match node:
                    case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_, _]) if SQL.match(text):
                        yield node.lineno
                    case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod() | ast.Add()) if SQL.match(text):
                        yield node.lineno
                    case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                        if SQL.match(text):
                            yield node.lineno


def test_no_sql_is_put_together_from_values() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in composed_sql(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(SOURCES) > 100
    assert {where for where in found if where.partition(":")[0] not in COMPOSERS} == set()
    assert {where.partition(":")[0] for where in found} == set(COMPOSERS), "an exception that is none any more"


@pytest.mark.parametrize(
    "code",
    [
        "def f(name): return f'SELECT * FROM users WHERE name = {name}'",
        "def f(name): return 'SELECT * FROM users WHERE name = ' + name",
        "def f(name): return 'DELETE FROM users WHERE name = %s' % name",
        "f = lambda name: 'UPDATE users SET name = {}'.format(name)",
    ],
)
def test_composed_sql_is_seen(code: str) -> None:
    assert list(composed_sql(ast.parse(code)))


def test_no_sql_takes_the_day_of_utc_for_today() -> None:
    """What day it is, the workspace says: ``work.today()``, or ``(now() AT TIME ZONE w.timezone)::date``."""
    written = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(written) > len(SOURCES)
    found = [path for path in written if DAY_OF_UTC.search(path.read_text(encoding="utf-8"))]
    assert [path.relative_to(ROOT) for path in found if path != Path(__file__)] == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM jobs WHERE due_on < current_date",
        "SELECT now()::date",
        "SELECT sum(amount) FROM payments WHERE received_at >= date_trunc('month', now())",
        "SELECT extract(year FROM now())",
    ],
)
def test_the_day_of_utc_is_seen(sql: str) -> None:
    assert DAY_OF_UTC.search(sql)


def test_every_plugin_has_the_rooms_of_every_plugin() -> None:
    """Who knows one plugin knows them all: the table of contents, the contract, the manifest, migrations, a README."""
    ours = [point for point in entry_points(group="jemeti.plugins") if point.value.startswith("plugins.")]
    assert ours
    for point in ours:
        folder = ROOT / point.value.replace(".", "/")
        for name in ("__init__.py", "contract.py", "models.py", "migrations", "README.md", "tests"):
            assert (folder / name).exists(), f"{point.value} has no {name}"


@pytest.mark.parametrize(
    "name", [p.name for p in entry_points(group="jemeti.plugins") if p.value.startswith("plugins.")]
)
def test_our_plugins_use_what_a_third_party_may_use(name: str) -> None:
    """What of the check needs no database; all of it is a step of CI."""
    report = check_plugin(Subject(name), only=("loads", "manifest", "imports", "database_access", "reach"))
    assert report.is_green, [finding.as_dict() for finding in report.findings]


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "helpers", "manager", "common", "misc"}
    assert [path for path in SOURCES if path.stem in drawers] == []


def test_the_hook_contract_explains_itself() -> None:
    hooks = [hook for name, hook in vars(hookspecs).items() if name.startswith("jemeti_")]
    assert hooks
    assert all(hook.__doc__ for hook in hooks)
