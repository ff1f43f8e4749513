"""How the plugin speaks to the database: through ``work``, and never about whose rows it may see.

This reads the source, and source can be written to hide. What it cannot see the database refuses: the application's
role holds no right to look past row security. It is here because a plugin that tries is not one to switch on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .report import Outcome
from .stage import Stage

__all__ = ["database_access"]

_OWN_CONNECTIONS = {
    "create_engine": "makes a connection of its own",
    "create_async_engine": "makes a connection of its own",
    "engine_from_config": "makes a connection of its own",
    "sessionmaker": "makes sessions of its own",
    "scoped_session": "makes sessions of its own",
    "ConnectionPool": "makes connections of its own",
}
_DRIVERS = ("asyncpg", "psycopg2", "psycopg_pool", "pg8000", "sqlite3", "procrastinate")
_RAW = {
    "engines": "reaches for the platform's database engines",
    "raw_connection": "takes a raw connection",
    "connection": "takes the connection out of the transaction",
    "pgconn": "takes the driver's connection",
    "driver_connection": "takes the driver's connection",
}
_THROUGH_WORK = "Say it with work.read, work.write or work.db: they are inside the workspace."
_SQL = (
    (re.compile(r"\bset_config\s*\(", re.IGNORECASE), "changes settings of the connection (set_config)"),
    (
        re.compile(r"\bapp\.(tenant_id|session|actor)\b", re.IGNORECASE),
        "names the setting that says whose rows are seen",
    ),
    (re.compile(r"^\s*(re)?set\s+(local\s+|session\s+)?(role|session)\b", re.IGNORECASE), "changes its role"),
    (re.compile(r"^\s*set\s+(local\s+|session\s+)?[\w.]+\s*(=|\bto\b)", re.IGNORECASE), "changes settings (SET)"),
    (re.compile(r"\bset\s+(local\s+|session\s+)?role\b", re.IGNORECASE), "changes its role (SET ROLE)"),
    (re.compile(r"\bsession\s+authorization\b", re.IGNORECASE), "changes its role (SESSION AUTHORIZATION)"),
    (re.compile(r"\b(disable|no\s+force)\s+row\s+level\s+security\b", re.IGNORECASE), "switches row security off"),
    (re.compile(r"\b(create|alter|drop)\s+policy\b", re.IGNORECASE), "writes row security itself"),
    (re.compile(r"\bbypassrls\b|\brow_security\b", re.IGNORECASE), "looks past row security"),
    (re.compile(r"\bsecurity\s+definer\b", re.IGNORECASE), "makes a function that runs with its owner's rights"),
    (re.compile(r"\bdblink\b|\bpg_read_\w*file\b|\blo_import\b", re.IGNORECASE), "reaches out of the database"),
    (re.compile(r"\bcreate\s+(unlogged\s+|temp\w*\s+)?table\b", re.IGNORECASE), "makes a table by hand"),
    (re.compile(r"\bgrant\s+\w+.*\bon\b.*\bto\b", re.IGNORECASE | re.DOTALL), "gives rights (GRANT)"),
    (
        re.compile(r"\bjemeti\.(?!search\b|current_tenant\b|fold\b|forbid\b)[a-z_]+\s*\(", re.IGNORECASE),
        "calls a function of the kernel's that is not public",
    ),
    (re.compile(r"\bprocrastinate\.?\w*", re.IGNORECASE), "names the queue's own tables"),
)
_ROWS_ARE_THE_KERNELS = "Leave it to the kernel: row security is set by create_tenant_table and entered by the request."


def database_access(stage: Stage, found: Outcome) -> None:
    count = 0
    for source in stage.subject.sources:
        documentation = set(_docstrings(source.tree))
        for node in ast.walk(source.tree):
            place = f"{source.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                count += 1
                for pattern, what in _SQL:
                    if pattern.search(node.value):
                        found.error(f"{what} in SQL", place, _ROWS_ARE_THE_KERNELS)
            else:
                _look(node, place, found)
    found.figures |= {"texts": count}


def _look(node: ast.AST, place: str, found: Outcome) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name in _names(node):
            top, last = name.split(".")[0], name.rpartition(".")[2]
            if top in _DRIVERS:
                found.error(f"imports the driver {top}", place, _THROUGH_WORK)
            elif last in _OWN_CONNECTIONS:
                found.error(f"{_OWN_CONNECTIONS[last]} ({last})", place, _THROUGH_WORK)
    elif isinstance(node, ast.Attribute):
        _look_at_attribute(node, place, found)


def _look_at_attribute(node: ast.Attribute, place: str, found: Outcome) -> None:
    name, owner = node.attr, _said(node.value)
    if name in _RAW and not (name == "connection" and not owner.endswith(("transaction", "work", "db"))):
        found.error(f"{_RAW[name]} ({owner}.{name})", place, _THROUGH_WORK)
    elif name in _OWN_CONNECTIONS or (owner == "psycopg" and name in ("connect", "Connection", "AsyncConnection")):
        found.error(
            f"{_OWN_CONNECTIONS.get(name, 'makes a connection of its own')} ({owner}.{name})", place, _THROUGH_WORK
        )
    elif (
        name.startswith("_")
        and not name.startswith("__")
        and owner.rpartition(".")[2] in ("work", "request", "platform")
    ):
        found.error(f"reaches into the kernel's insides ({owner}.{name})", place, "Use what is public.")
    elif name == "create_table" and owner in ("op", "alembic.op"):
        found.error(
            "makes a table with op.create_table, which puts no row security on it",
            place,
            "Make it with create_tenant_table (jemeti_platform.db.rls).",
        )


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if isinstance(node, ast.ImportFrom) and node.level:
        return
    for alias in node.names:
        yield f"{module}.{alias.name}" if module else alias.name


def _said(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else "…"


def _docstrings(tree: ast.Module) -> Iterator[int]:
    """The texts that stand alone as statements: nobody sends them anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
