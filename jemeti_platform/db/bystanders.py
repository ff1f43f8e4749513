"""Migrations of plugins that are not loaded: known to Alembic by name, for they may have been run, and never executed.

What stands in the database must be found among the scripts; but scripts may import the plugin, which may be broken. So
only the four lines that say which revision a script is are read, as text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["bystanders"]

_SAID = ("revision", "down_revision", "branch_labels", "depends_on")


@contextmanager
def bystanders(packages: Iterable[str]) -> Iterator[list[Path]]:
    """Folders with scripts that have the names of these packages' revisions, and do nothing; gone in the end."""
    with TemporaryDirectory(prefix="jemeti-") as made:
        found = []
        for number, folder in enumerate(folder for package in packages for folder in _migrations(package)):
            copy = Path(made) / str(number)
            copy.mkdir()
            for script in folder.glob("*.py"):
                (copy / script.name).write_text(_shell(script), encoding="utf-8")
            found.append(copy)
        yield found


def _migrations(package: str) -> Iterator[Path]:
    try:
        spec = find_spec(package) if package else None
    except (Exception, SystemExit):  # noqa: BLE001 (the package around it is imported, and may raise anything)
        return
    if spec is not None and spec.origin is not None and (folder := Path(spec.origin).parent / "migrations").is_dir():
        yield folder


def _shell(script: Path) -> str:
    try:
        said = dict(_said(ast.parse(script.read_bytes())))
    except (SyntaxError, ValueError):  # broken, or reckoned instead of written: no script that Alembic should know
        return ""
    lines = [f"{name} = {value!r}" for name, value in said.items()]
    return "\n".join([*lines, "def upgrade(): raise NotImplementedError", "downgrade = upgrade", ""])


def _said(module: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in _SAID:
                yield target.id, ast.literal_eval(node.value)
