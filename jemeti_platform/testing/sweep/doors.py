"""The functions through which the application's role reaches what it has no right to: each opens for one only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import psycopg

from ..workspaces import TestKey
from .report import Report

if TYPE_CHECKING:
    from .twins import Twins

__all__ = ["sweep_doors"]

Connection = psycopg.Connection[Any]
_FACTS = "SELECT jemeti.workspace_facts()"
_KEY = "SELECT * FROM jemeti.enter_with_key(%s, %s, %s, NULL)"
_ENTER = "SELECT * FROM jemeti.enter(%s, %s)"


def sweep_doors(twins: Twins, report: Report) -> Report:
    """Try ``jemeti.enter`` and ``enter_with_key``, ``workspace_facts`` and ``erase_workspace``; adds to ``report``."""
    with twins.database.connect("jemeti_app") as connection:
        for attempt in _ATTEMPTS:
            with connection.transaction(force_rollback=True):
                report.statements += 1
                found = attempt(connection, twins)
            if found is not None:
                report.leaks.append(f"function: jemeti_app {found}")
    return report


def _read_facts(app: Connection, twins: Twins) -> str | None:
    app.execute(_ENTER, [twins.a.id, twins.a.login().session_id])
    rows = app.execute(_FACTS).fetchall()
    if len(rows) != 1 or str(twins.a.id) not in str(rows):
        return f"reads {len(rows)} workspaces in jemeti.workspace_facts"
    found = twins.leaked(str(rows), "")
    return None if found is None else f"reads of another workspace in jemeti.workspace_facts: {found}"


def _enter_twice(app: Connection, twins: Twins) -> str | None:
    app.execute(_ENTER, [twins.a.id, None])
    return "enters a second workspace in one transaction" if _may(app, _ENTER, twins.b.id, None) else None


def _borrow_a_session(app: Connection, twins: Twins) -> str | None:
    row = app.execute(_ENTER, [twins.a.id, twins.b.login().session_id]).fetchone()
    return "takes a session of another workspace for alive" if row is None or row[-1] else None


def _enter_suspended(app: Connection, twins: Twins) -> str | None:
    row = app.execute(_ENTER, [twins.c.id, twins.c.login().session_id]).fetchone()
    entered = app.execute("SELECT jemeti.current_tenant()").fetchone()
    return None if row and not row[-1] and entered == (None,) else "enters a suspended workspace"


def _enter_twice_with_a_key(app: Connection, twins: Twins) -> str | None:
    app.execute(_ENTER, [twins.a.id, None])
    may = _may(app, _KEY, *_of(twins.b.id, twins.key_b))
    return "enters a second workspace in one transaction, with a key" if may else None


def _borrow_a_key(app: Connection, twins: Twins) -> str | None:
    return _enters_with(app, _of(twins.a.id, twins.key_b), "takes a key of another workspace for good")


def _forge_a_key(app: Connection, twins: Twins) -> str | None:
    return _enters_with(app, [*_of(twins.b.id, twins.key_b)[:2], "0" * 64], "enters with a key that is not good")


def _suspended_key(app: Connection, twins: Twins) -> str | None:
    return _enters_with(app, _of(twins.c.id, twins.key_c), "enters a suspended workspace with a key")


def _enters_with(app: Connection, key: Sequence[Any], what: str) -> str | None:
    entered = app.execute(_KEY, key).fetchone()
    return None if entered is None and app.execute("SELECT jemeti.current_tenant()").fetchone() == (None,) else what


def _of(workspace: UUID, key: TestKey) -> list[Any]:
    return [workspace, key.id, key.fingerprint]


def _stay_outside(app: Connection, twins: Twins) -> str | None:
    return None if app.execute(_FACTS).fetchone() in (None, (None,)) else "reads facts of no workspace it has entered"


def _erase(app: Connection, twins: Twins) -> str | None:
    return "may erase a workspace" if _may(app, "SELECT jemeti.erase_workspace(%s)", twins.b.id) else None


def _may(app: Connection, statement: LiteralString, *params: Any) -> bool:
    try:
        with app.transaction():
            app.execute(statement, params)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


_ATTEMPTS = (
    _read_facts,
    _enter_twice,
    _borrow_a_session,
    _enter_suspended,
    _enter_twice_with_a_key,
    _borrow_a_key,
    _forge_a_key,
    _suspended_key,
    _stay_outside,
    _erase,
)
