"""Two workspaces with the same things in them, one that is suspended, and one that has paid for nothing.

A looks, B is looked for: every text of B carries a canary. Whatever the resources can make is made over
HTTP; what is left of the tenant tables gets a row by SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import MetaData, Table

from ...db.base import Base
from ...tenancy.models import Workspace
from ..api import Api
from ..databases import Database
from ..jobs import RunJobs
from ..making import Maker, referred_tables
from ..rows import make_row
from ..samples import NoSample
from ..workspaces import TestWorkspace, admin_login, make_workspace
from .catalogue import TenantTable, ids_of, one_row, tenant_tables
from .report import Report

__all__ = ["CANARY", "Twins"]

CANARY = "CNRY-B"
_CANARIES = re.compile(rf"{CANARY.lower()}[\w-]*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Twins:
    """The workspaces ``a`` and ``b`` with the ids of all that is in them; ``c`` is suspended, ``d`` has no feature."""

    def __init__(self, app: Any, database: Database, report: Report, records: int = 2) -> None:
        self.app, self.database, self.report = app, database, report
        platform, tokens = app.registry.platform, app.registry.security_policy.tokens
        self.a, self.b, self.c, self.d = (
            make_workspace(platform, tokens, mark=mark) for mark in ("CNRY-A", CANARY, "CNRY-C", "CNRY-D")
        )
        self.admin = admin_login(platform, tokens)
        self.former_admin = admin_login(platform, tokens, ended=True)
        self.makers = {w.slug: Maker(self.api(w), w.mark) for w in (self.a, self.b)}
        with database.connect("jemeti_backup") as backup:
            self.tables = tenant_tables(backup)
            begun = datetime.now(UTC)
            for workspace in (self.a, self.b):
                self._fill(workspace, records)
                self._fill_rest(workspace, backup)
                self._refer(workspace)
            # what was ordered is done, so that it can be looked for; nothing that would leave this machine
            RunJobs(platform, begun)(failing=True, queues=("default",))
            self.c.login()
            self.key_b, self.key_c = self.b.new_key("*:*"), self.c.new_key("*:*")
            self.c.set_status("suspended")
            for slug in app.registry.platform.features:
                self.d.set_feature(slug, "off")
            self.ids_a = ids_of(backup, self.tables, self.a.id)
            self.ids_b = ids_of(backup, self.tables, self.b.id)
            self.words_b = _words(backup, self.tables, self.b)
        self.everything_b = frozenset({str(self.b.id), *(one for ids in self.ids_b.values() for one in ids)})

    def api(self, workspace: TestWorkspace) -> Api:
        """A client as the workspace's owner, at an address of its own."""
        host = f"{workspace.slug}.{self.app.registry.domain}"
        return Api(self.app, host, workspace, workspace.login(), address="203.0.113.77")

    @property
    def maker_a(self) -> Maker:
        return self.makers[self.a.slug]

    @property
    def maker_b(self) -> Maker:
        return self.makers[self.b.slug]

    def leaked(self, text: str, asked: str) -> str | None:
        """What of B stands in ``text``: the canary, or an id that was not in the question."""
        lowered = text.lower()
        for bird in _CANARIES.finditer(lowered):
            if bird[0] not in asked:
                return f"the canary: …{text[max(0, bird.start() - 40) : bird.end()]}…"
        strange = {found for found in _UUID.findall(lowered) if found not in asked} & self.everything_b
        return f"the id {strange.pop()}" if strange else None

    def _fill(self, workspace: TestWorkspace, records: int) -> None:
        maker = self.makers[workspace.slug]
        if "files" in maker.resources:
            _ = maker.rows  # before the pictures: the last file of each twin is of the same kind
        for resource in self.app.registry.resources.values():
            for n in range(records if "POST" in self._views(resource) else 0):
                try:
                    maker.create(resource)
                except NoSample as problem:
                    if n == 0:
                        self.blind(str(problem))

    def _views(self, resource: Any) -> Any:
        return self.app.registry.services[f"/v1{resource.path}"][1].views

    def _fill_rest(self, workspace: TestWorkspace, backup: Any) -> None:
        for table in self.tables:
            if one_row(backup, table, workspace.id) is not None:
                continue
            model = Base.metadata.tables.get(table.name)
            if model is None:  # used by SQL only: as the database describes it
                model = Table(table.name, MetaData(), autoload_with=self.app.registry.platform.engines["platform"])
            try:
                make_row(self.makers[workspace.slug], model)
            except NoSample as problem:
                self.blind(str(problem))

    def _refer(self, workspace: TestWorkspace) -> None:
        """Have the workspace's own row name what it may name: nobody makes that row over HTTP."""
        maker = self.makers[workspace.slug]
        named = {column: maker.id_of(table) for column, table in referred_tables(Workspace.__table__).items()}
        maker.api.patch("/v1/workspace", named)

    def cursor_of_b(self, path: str) -> str | None:
        """Where B stands after the first record of a list; None where the list is that short or cannot be walked."""
        reply = self.api(self.b).get(path, params={"per_page": "1", "cursor": ""}, anything=True)
        cursor: str | None = reply.meta["next_cursor"] if reply.status == 200 else None
        return cursor

    def blind(self, sentence: str) -> None:
        """Report a place where the sweep cannot look, once."""
        if sentence not in self.report.blind:
            self.report.blind.append(sentence)


def _words(backup: Any, tables: Sequence[TenantTable], workspace: TestWorkspace) -> dict[str, str]:
    """By column name a text that B has there: what a path or a filter that takes no id can be asked with."""
    found: dict[str, str] = {}
    for table in tables:
        row = one_row(backup, table, workspace.id) or {}
        for name, value in row.items():
            if isinstance(value, str) and name not in ("id", "tenant_id", "search_text"):
                found.setdefault(name, value)
    return {
        "slug": workspace.slug,
        **found,
    }
