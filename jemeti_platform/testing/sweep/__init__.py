"""The isolation sweep: every route × method × foreign id × identity, and every table, by itself.

    def test_nobody_sees_another_workspace(app, database):
        report = sweep(app, database)
        print(report)
        assert report.ok, report

It walks what is registered, so no plugin can forget it: a route or table with which nothing can be tried is
reported as a blind spot, in a sentence that says what is missing. It leaves its workspaces behind.

- ``twins``: the workspaces and what is in them; ``catalogue``: their rows as the database lists them
- ``questions``, ``control``, ``attacks``: what is asked; ``asking``: by whom, and what an answer gives away
- ``tables``, ``doors``: the same below HTTP, where the application's roles meet tables and functions
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from .asking import ATTACKERS, Asker
from .attacks import attacks
from .catalogue import broken_rules, fingerprint
from .control import Control
from .doors import sweep_doors
from .questions import Question, Route, routes
from .report import Report
from .tables import sweep_tables
from .twins import Twins

if TYPE_CHECKING:
    from ..databases import Database

__all__ = ["Prepared", "Report", "sweep", "sweep_tables"]


def sweep(app: Any, database: Database) -> Report:
    """Ask everything and look at every table; see ``Report.ok``."""
    prepared = Prepared(app, database)
    prepared.ask(prepared.questions)
    prepared.look_at_tables()
    prepared.look_at_doors()
    return prepared.report


class Prepared:
    """Twin workspaces, and the questions that their owner has been answered; they may be asked many times.

    ``paths`` are those that are asked, as services write them; None is every path there is.
    """

    def __init__(self, app: Any, database: Database, paths: Collection[str] | None = None) -> None:
        self.report = Report()
        self.twins = Twins(app, database, self.report)
        self.asker = Asker(self.twins, self.report)
        self.routes: list[Route] = [r for r in routes(app) if paths is None or r.service.full_path in paths]
        control = Control(self.twins, self.asker)
        known = [found for route in self.routes if (found := control.known(route)) is not None]
        self.questions: list[Question] = [question for one in known for question in attacks(one, control)]
        self.report.routes = len(self.routes)
        self.report.identities = len(ATTACKERS) + 1
        self._blind = tuple(self.report.blind)

    def ask(self, questions: Sequence[Question]) -> Report:
        """Ask the questions; B must be afterwards what it was, and A must still be able to work."""
        with self.twins.database.connect("jemeti_backup") as backup:
            before = fingerprint(backup, self.twins.tables, self.twins.b.id)
            for question in questions:
                self.asker.judge(question)
            after = fingerprint(backup, self.twins.tables, self.twins.b.id)
        self.report.leaks += [
            f"table {name}: the rows of B have changed" for name in before if before[name] != after[name]
        ]
        self.report.ids = len(self.asker.ids)
        return self.report

    def look_at_tables(self, only: Sequence[str] | None = None) -> Report:
        """Try every table, or ``only`` some, as the application's roles."""
        tables = [table for table in self.twins.tables if only is None or table.name in only]
        return sweep_tables(self.twins.database, tables, self.twins.a.id, self.twins.b.id, self.report)

    def look_at_doors(self) -> Report:
        """Try the functions that cross workspaces, and hold the catalogue against its rules."""
        self.report.leaks += broken_rules(self.twins.database)
        return sweep_doors(self.twins, self.report)

    def begin_again(self) -> Report:
        """Forget what has been found and answered; the workspaces and questions stay."""
        first = self.report
        self.asker.report = self.report = Report(first.routes, first.identities, blind=list(self._blind))
        self.asker.forget()
        return self.report
