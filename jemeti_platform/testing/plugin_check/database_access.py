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
_ROWS_ARE_THE_KERNELS = "Leave it to the kernel: row security is set by create_tenant_table and entered by the request."
_BY_TABLE = "Say grants=…, or the columns that change as changing=…, to create_tenant_table."
_BY_TRIGGERS = "Use jemeti_platform.db.triggers: it pins the path, keeps the caller's rights and names what it makes."
_ONLY_PUBLIC = "Of the kernel's functions jemeti.current_tenant, jemeti.fold and jemeti.search are public."
_SETTINGS = (
    r"(\w+\.[\w.]+|search_path|role|row_security|time\s*zone|(statement|lock|idle\w*|transaction)_timeout"
    r"|(maintenance_)?work_mem|(session|default|transaction|enable|constraint|plan_cache|synchronous)_\w+|jit\w*|datestyle)"
)
_SQL = (
    (r"\bset_config\s*\(", "changes settings of the connection (set_config)", _ROWS_ARE_THE_KERNELS),
    (r"\bapp\.(tenant_id|session|actor)\b", "names the setting that says whose rows are seen", _ROWS_ARE_THE_KERNELS),
    (r"^\s*(re)?set\s+(local\s+|session\s+)?(role|session)\b", "changes its role", _ROWS_ARE_THE_KERNELS),
    (r"^\s*set\s+(local|session)\s+[\w.]+\s*(=|\bto\b)", "changes settings (SET)", _THROUGH_WORK),
    # without the list this would be the second half of many an UPDATE
    (rf"^\s*set\s+{_SETTINGS}\s*(=|\bto\b)", "changes settings (SET)", _THROUGH_WORK),
    (r"\bset\s+(local\s+|session\s+)?role\b", "changes its role (SET ROLE)", _ROWS_ARE_THE_KERNELS),
    (r"\bsession\s+authorization\b", "changes its role (SESSION AUTHORIZATION)", _ROWS_ARE_THE_KERNELS),
    (r"\b(disable|no\s+force)\s+row\s+level\s+security\b", "switches row security off", _ROWS_ARE_THE_KERNELS),
    (r"\b(create|alter|drop)\s+policy\b", "writes row security itself", _ROWS_ARE_THE_KERNELS),
    (r"\bbypassrls\b|\brow_security\b", "looks past row security", _ROWS_ARE_THE_KERNELS),
    (r"\bsecurity\s+definer\b", "makes a function that runs with its owner's rights", _BY_TRIGGERS),
    (r"\bcreate\s+(or\s+replace\s+)?(function|procedure)\b", "makes a function by hand", _BY_TRIGGERS),
    (r"\bcreate\s+(or\s+replace\s+)?(constraint\s+)?trigger\b", "makes a trigger by hand", _BY_TRIGGERS),
    (r"\b(disable|enable\s+replica)\s+trigger\b", "switches triggers off", _BY_TRIGGERS),
    (r"\bdblink\b|\bpg_read_\w*file\b|\blo_import\b", "reaches out of the database", _THROUGH_WORK),
    (r"\bcreate\s+(unlogged\s+|temp\w*\s+)?table\b", "makes a table by hand", _ROWS_ARE_THE_KERNELS),
    (r"\bgrant\s+\w+.*\bon\b.*\bto\b", "gives rights (GRANT)", _BY_TABLE),
    (
        r"\bjemeti\.(?!search\b|current_tenant\b|fold\b|forbid\b)[a-z_]+\s*\(",
        "calls a function of the kernel's that is not public",
        _ONLY_PUBLIC,
    ),
    (r"\bprocrastinate\.?\w*", "names the queue's own tables", "Use work.defer."),
)
_PATTERNS = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), what, remedy) for pattern, what, remedy in _SQL]


def database_access(stage: Stage, found: Outcome) -> None:
    count = 0
    for source in stage.subject.sources:
        documentation = set(_docstrings(source.tree))
        for node in ast.walk(source.tree):
            place = f"{source.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                count += 1
                for pattern, what, remedy in _PATTERNS:
                    if pattern.search(node.value):
                        found.error(f"{what} in SQL", place, remedy)
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
