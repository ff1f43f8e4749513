"""Records of one workspace: made over HTTP as a client makes them, or by SQL where no resource does.

What a record refers to is made first. Which table an id is of is read from the foreign keys; where a body
has an id that no column is named after, its node says so: ``SchemaNode(Uuid(), refers="crm_customers")``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from ..db.base import Base
from ..db.statement import Statement
from .importing import file_for
from .rows import make_row
from .samples import NoSample, Samples, use_examples

if TYPE_CHECKING:
    from ..rest.resource import Resource
    from ..rest.service import View
    from .api import Api

__all__ = ["Maker", "referred_tables"]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)
"""A red pixel, as a PNG: the file that is sent where one is wanted."""


class Maker:
    """Makes records in the workspace of ``api``, with ``mark`` in their texts; ``api`` must be allowed everything."""

    def __init__(self, api: Api, mark: str = "sample") -> None:
        assert api.workspace is not None
        self.api = api
        self.workspace = api.workspace
        self.samples = Samples(mark, self.workspace.country)
        self.resources: dict[str, Resource] = {r.table.name: r for r in api.app.registry.resources.values()}
        self._ids: dict[str, Any] = {}
        self._in_the_making: set[str] = set()

    @cached_property
    def _targets(self) -> dict[str, str]:
        """Column names and the tables that they refer to, over all tables."""
        return {column: to for table in Base.metadata.tables.values() for column, to in referred_tables(table).items()}

    def create(self, resource: Resource, **given: Any) -> dict[str, Any]:
        """A new record as the API shows it; ``given`` fields win. Raises NoSample where it is refused."""
        view = self.api.app.registry.services[f"/v1{resource.path}"][1].views.get("POST")
        if view is None:
            identity = make_row(self, resource.table, given)["id"]
            shown: dict[str, Any] = self.api.get(f"/v1{resource.path}/{identity}").data
            return shown
        what = f"resource {resource.name}"
        if view.upload:
            return self._sent(resource, view)
        body = self.body(view, what, resource.table) | given
        path = f"/v1{resource.path}"
        reply = self.api.post(path, body, anything=True)
        while reply.status == 400 and use_examples(view.body, body, reply.error.get("details")):
            reply = self.api.post(path, body, anything=True)
        if reply.status != 201:
            raise NoSample(
                f"{what}: POST {path} refused a made-up record with {reply.status} {reply.text}; "
                f"give the fields in question an example= on their nodes (sent was {body})"
            )
        made: dict[str, Any] = reply.data
        self._ids.setdefault(resource.table.name, made["id"])
        return made

    def _sent(self, resource: Resource, view: View) -> dict[str, Any]:
        path, name = f"/v1{resource.path}", f"{self.samples.values.text('name', next(self.samples.numbers))}.png"
        fields = self.body(view, f"resource {resource.name}", resource.table) if view.body is not None else {}
        reply = self.api.upload(path, PICTURE, name, {field: str(value) for field, value in fields.items()})
        made: dict[str, Any] = reply.data
        self._ids.setdefault(resource.table.name, made["id"])
        return made

    def body(self, view: View, what: str, table: Any = None) -> dict[str, Any]:
        """A body that a view's schema accepts; its ids are records of this workspace. Raises NoSample."""
        check = view.check_body or _anything
        return self.samples.body(view.body, check, lambda name, node: self.reference(name, node, table), what)

    def reference(self, name: str, node: Any, table: Any = None) -> Any:
        """The id of a record that the field may refer to; None if nothing says what it refers to.

        A field that takes a file of rows says so: ``SchemaNode(Uuid(), refers="files", takes="rows")``.
        """
        if getattr(node, "takes", None) == "rows":
            return self.rows
        target = self.target(name, node, table)
        return self.id_of(target) if target is not None else None

    @cached_property
    def rows(self) -> Any:
        """The id of a CSV file for the first importer, of which one row can be taken in and one cannot."""
        importer = next(iter(self.api.app.registry.platform.importers.values()), None)
        content = file_for(importer, self.samples) if importer is not None else b"name\n"
        mark = self.samples.values.text("name", next(self.samples.numbers))
        return self.api.upload("/v1/files", content, f"{mark}.csv").data["id"]

    def target(self, name: str, node: Any, table: Any = None) -> str | None:
        """The table whose ids a field takes: by its node, by its own table's keys, by any table's keys.

        A node that says ``refers=None`` takes ids of something that is kept elsewhere.
        """
        if hasattr(node, "refers"):
            return str(node.refers) if node.refers is not None else None
        column = name.removesuffix("s") if name.endswith("_ids") else name
        own = referred_tables(table) if table is not None else {}
        found = own.get(column) or self._targets.get(column)
        return found or (table.name if table is not None else None)

    def id_of(self, table: str) -> Any:
        """The id of a record in a table; one is made if there is none.

        None while the first one is being made: what may name another of its kind can go without.
        """
        if table in self._in_the_making:
            return None
        if table not in self._ids:
            with self.workspace.work() as work:
                (rows,) = work.read(Statement(select(_table(table).c.id).order_by("id").limit(1))())
            if rows:
                self._ids[table] = rows[0]["id"]
            else:
                self._in_the_making.add(table)
                try:
                    made = self.resources.get(table)
                    row = self.create(made) if made is not None else make_row(self, _table(table))
                finally:
                    self._in_the_making.discard(table)
                self._ids[table] = row["id"]
        return self._ids[table]


def referred_tables(table: Any) -> dict[str, str]:
    """The columns of a tenant table that refer to other tenant tables, with the tables' names."""
    found = {}
    for constraint in table.foreign_key_constraints:
        columns = [c.name for c in constraint.columns if c.name != "tenant_id"]
        if len(columns) == 1 and len(constraint.columns) == 2:
            found[columns[0]] = constraint.referred_table.name
    return found


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _anything(body: Any, context: Any = None) -> Any:
    return body
