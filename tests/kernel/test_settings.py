"""Secrets come from where the ini says; every key that the code reads is explained in production.ini."""

import ast
import re
from pathlib import Path

import pytest

from jemeti_platform.platform import BootError
from jemeti_platform.settings import for_application, resolve

TOP = Path(__file__).parents[2]
KEY = re.compile(r"(jemeti\.[a-z_]+(\.[a-z_0-9]+)*|sqlalchemy\.url)")


def test_a_value_may_stand_in_the_environment(monkeypatch):
    monkeypatch.setenv("THE_KEYS", " one two\n")
    assert resolve({"jemeti.jwt.keys": "env:THE_KEYS"}) == {"jemeti.jwt.keys": "one two"}


def test_a_value_may_stand_in_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql://u:p@h/d\n")
    assert resolve({"sqlalchemy.url": f"file:{tmp_path}/url"}) == {"sqlalchemy.url": "postgresql://u:p@h/d"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("env:NO_SUCH_VARIABLE", "NO_SUCH_VARIABLE is not set"),
        ("env:", "without a name"),
        ("file:relative/path", "no absolute path"),
        ("file:/no/such/file", "No such file"),
        ("file:/proc", "directory"),
    ],
)
def test_what_cannot_be_read_is_said_by_its_key(value, reason):
    with pytest.raises(BootError, match=f"jemeti.jwt.keys.*{reason}"):
        resolve({"jemeti.jwt.keys": value})


def test_an_empty_file_is_no_secret(tmp_path):
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(BootError, match="empty"):
        resolve({"jemeti.jwt.keys": f"file:{tmp_path}/empty"})


def test_only_our_own_keys_are_read_elsewhere():
    settings = {"pyramid.something": "env:NO_SUCH_VARIABLE", "jemeti.domain": "example.com"}
    assert resolve(settings) == settings


def test_the_application_never_sees_the_login_that_may_change_tables(monkeypatch):
    monkeypatch.delenv("JEMETI_MIGRATE_URL", raising=False)
    assert for_application({"jemeti.migrate_url": "env:JEMETI_MIGRATE_URL", "jemeti.domain": "x.test"}) == {
        "jemeti.domain": "x.test"
    }


def test_production_ini_explains_every_key_that_the_code_reads_and_no_other(app):
    explained = keys_in("production.ini")
    read = written_in_the_code() | read_when_made(app.registry)
    assert explained == read, f"not explained: {read - explained}; read by nothing: {explained - read}"


def test_development_ini_has_only_keys_that_production_ini_explains():
    assert keys_in("development.ini") <= keys_in("production.ini")


def keys_in(ini: str) -> set[str]:
    """The keys of an ini, those commented out with their defaults among them."""
    return set(re.findall(r"^#?((?:jemeti|sqlalchemy)\.[\w.]+) =", (TOP / ini).read_text(), re.MULTILINE))


def written_in_the_code() -> set[str]:
    """Keys that stand in the code as a whole."""
    found = set()
    for path in [*TOP.glob("jemeti_platform/**/*.py"), *TOP.glob("plugins/**/*.py")]:
        if not {"tests", "testing"} & set(path.relative_to(TOP).parts):
            tree = ast.parse(path.read_text())
            loggers = {a.value for c in ast.walk(tree) if is_logger(c) for a in c.args if isinstance(a, ast.Constant)}
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value)
            } - loggers
    return found - DATABASE_NAMES


DATABASE_NAMES = {"jemeti.prepare"}
"""Names of locks, functions and the like that look like keys."""


def is_logger(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("get_logger", "getLogger")


def read_when_made(registry) -> set[str]:
    """Keys that are put together: those of the parts that are made from settings."""
    from jemeti_platform.auth.passwords import Passwords
    from jemeti_platform.ratelimit import Limiter
    from jemeti_platform.ratelimit.policies import PREFIX

    asked = Recorded()
    parts = {Passwords, Limiter, *registry.platform.parts}
    for part in parts:
        if hasattr(part, "from_settings"):  # others are made of what plugins declare
            part.from_settings(asked)
    return asked.keys_asked_for | {PREFIX + name for name in registry.limiter.policies.declared}


class Recorded(dict):
    def __init__(self) -> None:
        super().__init__()
        self.keys_asked_for: set[str] = set()

    def get(self, key, default=None):
        self.keys_asked_for.add(key)
        return default
