"""The functions through which the application's role reaches what it has no right to: each opens for one only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from .report import Report

if TYPE_CHECKING:
    from .twins import Twins

__all__ = ["sweep_doors"]

Connection = psycopg.Connection[Any]
_FACTS = "SELECT jemeti.workspace_facts()"
_ENTER = "SELECT * FROM jemeti.enter(%s, %s)"


def sweep_doors(twins: Twins, report: Report) -> Report:
    """Try ``jemeti.enter``, ``jemeti.workspace_facts`` and ``jemeti.erase_workspace``; adds to ``report``."""
    with twins.database.connect("jemeti_app") as connection:
        for attempt in (_read_facts, _enter_twice, _borrow_a_session, _enter_suspended, _stay_outside, _erase):
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
