"""A resource: plain create, read, update and delete of one table, as a value one can print, wrap or replace.

``Resource(...)`` makes two services, the collection and the record. It changes one table; whatever
changes more, or has a verb in its name, is a domain function with a view of its own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import colander
from sqlalchemy import Uuid, bindparam, delete

from ..db.base import uuid7
from ..db.pipeline import Rows
from ..db.rows import insert_row, update_row
from ..db.statement import Bound, Statement
from ..errors import Invalid, NotFound
from ..json import to_json
from ..types import Text as TextInput
from ..types.strict import Strict
from ..work import Work
from .answer import Answer
from .beside import Beside
from .compile import compile_rules
from .filters import Comparison
from .listing import Listing
from .names import Names
from .preconditions import check_version, merged, wanted_versions
from .representation import Expansion, Representation, Row
from .request import path_id
from .schema import Mapping as Schema
from .schema import has_rules, is_object
from .service import Service
from .spreadsheet import CSV, XLSX, asked_for, download

__all__ = ["Beside", "Expansion", "Resource"]

Create = Callable[[Work, dict[str, Any]], UUID]
Update = Callable[[Work, UUID, dict[str, Any]], None]


@dataclass
class Resource:
    """One table over HTTP.

    ``name`` is plugin and plural (``crm.customers``), ``title`` one of them in words (``customer``).
    ``schema`` is what a client may send. ``read`` and ``write`` are permissions, by default
    ``<feature>:read`` and ``<feature>:write``. ``filters``, ``sort`` are columns, ``comparisons`` further
    filters; ``search`` turns ``?q=`` on (the model needs a ``Search`` part). ``hidden`` columns are never
    shown; ``computed`` are read-only SQL expressions; ``expand`` resolves references. ``beside`` are fields of single
    records that come from elsewhere.

    ``change`` is the schema of a PATCH where that is not the same. ``moved(work, id)`` says where a record
    that is not there has gone, if anywhere: the client is sent on (308).

    ``numbered`` columns get the next number of a declared sequence in the INSERT itself: ``{"number": "jobs.job"}``.

    ``lifecycle`` names the declared lifecycle that moves its records: it adds ``…/transitions`` and ``…/history``.

    ``create(work, values) -> id`` and ``update(work, id, changes)`` replace the plain INSERT and UPDATE
    with a domain function; ``deletable`` adds DELETE, which most business records must not have. Where ``create``
    begins by looking up what the record depends on, ``looks_first`` saves the round trip: see ``View``.
    """

    name: str
    path: str
    model: Any
    schema: type[colander.MappingSchema]
    feature: str
    title: str
    filters: Sequence[str] = ()
    comparisons: Sequence[Comparison] = ()
    sort: Sequence[str] = ("created_at",)
    default_sort: str = "-created_at"
    search: bool = False
    hidden: Sequence[str] = ()
    computed: Mapping[str, Any] = field(default_factory=dict)
    expand: Mapping[str, Expansion] = field(default_factory=dict)
    beside: Beside | None = None
    read: str = ""
    write: str = ""
    create: Create | None = None
    update: Update | None = None
    creatable: bool = True
    updatable: bool = True
    deletable: bool = False
    looks_first: bool = False
    lifecycle: str | None = None
    numbered: Mapping[str, str] = field(default_factory=dict)
    change: type[colander.MappingSchema] | None = None
    moved: Callable[[Work, UUID], UUID | None] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        author = sys._getframe(2)  # behind the dataclass's own __init__: whoever has written ``Resource(…)``
        self.declared_at = f"{author.f_code.co_filename}:{author.f_lineno}"
        self.read = self.read or f"{self.feature}:read"
        self.write = self.write or f"{self.feature}:write"
        self.table = self.model.__table__
        if self.numbered and self.create is not None:
            raise ValueError(f"{self.name}: its create function takes numbers itself; leave numbered= out")
        hidden = frozenset((*self.hidden, "tenant_id", "search_text"))
        self.representation = Representation(self.table, hidden, self.computed, self.expand)
        made = (self.change or self.schema)()
        self.rules = compile_rules(made) if has_rules(made) else None
        inputs = {node.name: node.typ for node in made.children if isinstance(node.typ, Strict)}
        self.listing = Listing(
            self.representation,
            filters=self.filters,
            sort=self.sort,
            default_sort=self.default_sort,
            search=self.search,
            input_types=inputs,
            extra=self.comparisons,
        )
        self._get = lru_cache(maxsize=256)(self._get_statement)
        self.patched = frozenset(c.name for c in self.table.c if is_object(self.schema, c.name))
        self._lock = Statement(
            self._where(self.representation.select(self.representation.names, (), tagged=True)).with_for_update(
                of=self.table
            )
        )

    # -- services -------------------------------------------------------------------------------

    def services(self) -> tuple[Service, Service]:
        """The services of the collection and of the record."""
        many = Service(self.name, self.path, self.feature, self.description or f"Every {self.title}", tag=self.name)
        many.add(
            "GET",
            self.on_list,
            permission=self.read,
            query=self.listing.schema,
            answer=self.answer_schema,
            many=True,
            media_types=("application/json", CSV, XLSX),
            summary=f"List: {self.title}",
        )
        if self.creatable:
            many.add(
                "POST", self.on_create, permission=self.write, body=self.schema, answer=self.answer_schema,
                status=201, errors=(409,), summary=f"Create: {self.title}", looks_first=self.looks_first,
            )  # fmt: skip
        one = Service(f"{self.name}.record", f"{self.path}/{{id}}", self.feature, f"One {self.title}", tag=self.name)
        one.add(
            "GET", self.on_get, permission=self.read, query=self._record_query(), answer=self.answer_schema,
            errors=(404,), summary=f"Read: {self.title}",
        )  # fmt: skip
        if self.updatable:
            one.add(
                "PATCH",
                self.on_update,
                permission=self.write,
                body=self.change or self.schema,
                patch=True,
                answer=self.answer_schema,
                errors=(404, 409, 412),
                summary=f"Change: {self.title}",
            )
        if self.deletable:
            one.add(
                "DELETE", self.on_delete, permission=self.write, status=204, errors=(404, 409, 412),
                summary=f"Delete: {self.title}",
            )  # fmt: skip
        return many, one

    def on_list(self, request: Any) -> Any:
        query = request.query
        if (media_type := asked_for(request)) is not None:
            return download(request, self, query, media_type)
        if "cursor" in query:
            return self._walk(request, query)
        page, count = self.listing.statements(query)
        work = request.work
        rows, *counted = work.read(page, count) if count is not None else work.read(page)
        self.check_expansions(work, query)
        meta: dict[str, Any] = {"page": query["page"], "per_page": query["per_page"]}
        if counted:
            total = counted[0][0]["total"]
            meta |= {"total": total, "total_pages": -(-total // query["per_page"])}
        return Answer(self._shown(rows, query), meta=meta)

    def on_get(self, request: Any) -> Answer:
        more = self.names[len(self.representation.names) :]
        query, work, identity = request.query, request.work, path_id(request)
        names, expansions = self.representation.choose(query.get("fields"), query.get("expand"), more)
        own = tuple(name for name in names if name not in more)
        rows, *found = work.read(self._get(own, expansions)(id=identity), *self._asked(work, identity, names))
        self.check_expansions(work, query)
        if not rows:
            return self._sent_on(request, identity)
        return self.answer(self._with(work, rows[0], found, names), expansions)

    def _sent_on(self, request: Any, identity: UUID) -> Answer:
        gone_to = self.moved(request.work, identity) if self.moved is not None else None
        if gone_to is None:
            raise self.missing(identity)
        return Answer({"id": gone_to}, status=308, location=f"/v1{self.path}/{gone_to}")

    def on_create(self, request: Any) -> Answer:
        work, values = request.work, request.validated
        if self.create is not None:
            identity = self.create(work, values)
        else:
            identity = uuid7()
            numbers = {column: work.platform.sequences[name] for column, name in self.numbered.items()}
            work.queue(insert_row(self.model, identity, values, numbers, work.began))
        answer = self._read_back(work, identity)
        answer.status, answer.location = 201, f"/v1{self.path}/{identity}"
        return answer

    def on_update(self, request: Any) -> Answer:
        work, changes, identity = request.work, request.validated, path_id(request)
        versions = wanted_versions(request)
        if versions is not None or self.update is not None or self.rules is not None or not changes:
            current, beside = self._locked(work, identity)
            check_version(versions, current["_version"], self.answer(current | beside))
            if self.rules is not None:
                self.rules(merged(current, changes), request.schema_context)
            if not changes:
                return self.answer(current | beside)
        if self.update is not None:
            self.update(work, identity, changes)
        else:
            work.queue(update_row(self.model, identity, changes, self.patched))
        return self._read_back(work, identity)

    def on_delete(self, request: Any) -> None:
        work, identity = request.work, path_id(request)
        current, beside = self._locked(work, identity)
        check_version(wanted_versions(request), current["_version"], self.answer(current | beside))
        work.write(self.plain_delete(id=identity))

    # -- pieces that domain code may use --------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Every field of a single record."""
        return (*self.representation.names, *(self.beside.fields if self.beside is not None else ()))

    def locked(self, work: Work, identity: UUID) -> Row:
        """The record, its row locked until commit. Raises NotFound."""
        return self._locked(work, identity, ())[0]

    def present(self, work: Work, identity: UUID) -> Answer:
        """The record as an answer. Raises NotFound."""
        names = self.names
        rows, *found = work.read(self.plain_get(id=identity), *self._asked(work, identity, names))
        if not rows:
            raise self.missing(identity)
        return self.answer(self._with(work, rows[0], found, names))

    def check_expansions(self, work: Work, query: Mapping[str, Any]) -> None:
        """Raise Forbidden where the query resolves what the actor may not see; asked when the database has answered."""
        for name in query["expand"].split(",") if "expand" in query else ():
            if permission := self.expand[name].permission:
                work.require_permission(permission)

    def missing(self, identity: UUID) -> NotFound:
        """The refusal for a record that is not there or another workspace's: the two are told alike."""
        return NotFound(f"{self.title.capitalize()} {identity} does not exist")

    def answer(self, row: Row, expansions: Sequence[str] = ()) -> Answer:
        """The record as an answer with its ETag: the version, then a digest of what is shown."""
        version = row.pop("_version")
        shown = self.representation.nest(row, expansions) if expansions else row
        digest = hashlib.blake2b(to_json(shown), digest_size=8).hexdigest()
        return Answer(shown, etag=f"{version}-{digest}")

    @property
    def answer_schema(self) -> dict[str, Any]:
        """The JSON Schema of a record: the input's, with what the database adds marked read-only."""
        from .record_schema import record_schema

        return record_schema(self)

    def _locked(self, work: Work, identity: UUID, names: Sequence[str] | None = None) -> tuple[Row, Row]:
        """The record, its row locked until commit, and what stands beside it. Raises NotFound."""
        names = self.names if names is None else names
        rows, *found = work.write(self._lock(id=identity), *self._asked(work, identity, names))
        if not rows:
            raise self.missing(identity)
        return rows[0], self._with(work, {}, found, names)

    def _read_back(self, work: Work, identity: UUID) -> Answer:
        """The record as it is after what was queued. Raises NotFound."""
        names = self.names
        rows, *found = work.write(self.plain_get(id=identity), *self._asked(work, identity, names))
        if not rows:
            raise self.missing(identity)
        return self.answer(self._with(work, rows[0], found, names))

    def _asked(self, work: Work, identity: UUID, names: Sequence[str]) -> Sequence[Bound]:
        """The SELECTs of what stands beside the record, where any of it is among the names."""
        if self.beside is None or not any(name in self.beside.fields for name in names):
            return ()
        return self.beside.ask(work, identity)

    def _with(self, work: Work, row: Row, found: Sequence[Rows], names: Sequence[str]) -> Row:
        """The row with those of the names that stand beside it."""
        if self.beside is None or not any(name in self.beside.fields for name in names):
            return row
        values = self.beside.values(work, found)
        return row | {name: values[name] for name in names if name in values}

    def _walk(self, request: Any, query: Mapping[str, Any]) -> Answer:
        work, cursors = request.work, request.registry.cursors
        sort = self.listing.sort_of(query)
        for name, _ in sort:
            if self.table.c[name].nullable:
                raise Invalid([{"field": "sort", "message": f"A cursor cannot walk by {name!r}, which may be empty"}])
        asked = {k: v for k, v in query.items() if k not in ("cursor", "per_page", "page", "fields", "expand", "count")}
        scope = [str(work.tenant_id), self.name, sort, sorted(asked.items(), key=str)]
        after = cursors.open(scope, query["cursor"]) if query["cursor"] else None
        page, _ = self.listing.statements(query, after)
        (rows,) = work.read(page)
        self.check_expansions(work, query)
        per_page = query["per_page"]
        following = None
        if len(rows) > per_page:
            rows = rows[:per_page]
            following = cursors.seal(scope, [rows[-1][name] for name, _ in sort])
        names, _ = self.representation.choose(query.get("fields"), None)
        for row in rows:
            for name, _ in sort:
                if name not in names:
                    row.pop(name, None)
        return Answer(self._shown(rows, query), meta={"per_page": per_page, "next_cursor": following})

    def _shown(self, rows: list[Row], query: Mapping[str, Any]) -> list[Row]:
        expansions = query["expand"].split(",") if "expand" in query else ()
        if expansions:
            for row in rows:
                self.representation.nest(row, expansions)
        return rows

    # -- statements -----------------------------------------------------------------------------

    @property
    def plain_get(self) -> Statement:
        """The SELECT of one whole record, by ``id``."""
        return self._get(self.representation.names, ())

    @cached_property
    def plain_delete(self) -> Statement:
        """The DELETE of one record, by ``id``."""
        return Statement(self._where(delete(self.table)))

    def _where(self, statement: Any) -> Any:
        return statement.where(self.table.c.id == bindparam("id", type_=Uuid))

    def _get_statement(self, names: tuple[str, ...], expansions: tuple[str, ...]) -> Statement:
        return Statement(self._where(self.representation.select(names, expansions, tagged=True)))

    def _record_query(self) -> colander.MappingSchema:
        schema = Schema(title="Record parameters")
        schema.add(
            colander.SchemaNode(
                TextInput(max=1000), name="fields", missing=colander.drop, description="Only these fields"
            )
        )
        if self.expand:
            words = ", ".join(self.expand)
            schema.add(
                colander.SchemaNode(
                    Names(tuple(self.expand)), name="expand", missing=colander.drop, description=f"Resolve {words}"
                )
            )
        return schema
