"""Tenant tables for migrations: row security, keys, grants and search are there by construction.

Run by Alembic as ``jemeti_owner`` (env.py does SET ROLE), so that everything belongs to the one owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, PrimaryKeyConstraint, Table, Uuid, func, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import AddConstraint, Constraint, CreateColumn, CreateIndex, CreateTable, Index, SchemaItem

from .base import NAMING
from .roles import APP_ROLES
from .shape import Part, Reference, Search, expand
from .triggers import drop_unused, trigger_functions

__all__ = [
    "POLICY",
    "backfill",
    "create_tenant_table",
    "drop_tenant_table",
    "every_tenant",
    "extend_tenant_table",
    "keep_secret",
]

POLICY = "tenant_id = jemeti.current_tenant()"
_VERBS = ("select", "insert", "update", "delete")
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_quote = _DIALECT.identifier_preparer.quote


def create_tenant_table(
    name: str,
    *parts: Column[Any] | Part | SchemaItem,
    key: Sequence[str] = ("id",),
    stamps: bool = True,
    grants: str = "select insert update delete",
    changing: Sequence[str] = (),
    secret: Sequence[str] = (),
    audited: bool = True,
) -> None:
    """Create a table whose rows belong to workspaces; ``parts`` are its columns, constraints and ``__shape__``.

    ``key`` follows ``tenant_id`` in the primary key; its default also makes the column ``id``. ``stamps`` adds
    ``version``, ``created_at`` and ``updated_at``. ``grants`` are the verbs of both application roles: leave out
    update and delete for what is never changed. Where only some columns ever change, name them in ``changing`` instead
    of the verb update (of the stamps ``version`` and ``updated_at`` are among them). Raises ValueError for a verb that
    is not one of the four, for ``changing`` beside update, and for a column with unique= or index=, which would reach
    across workspaces.
    """
    verbs = grants.split()
    if not verbs or set(verbs) - set(_VERBS):
        raise ValueError(f"grants of {name} may be {', '.join(_VERBS)}; got {grants!r}.")
    if changing and "update" in verbs:
        raise ValueError(f"{name}: changing= names the only columns that change; leave update out of its grants.")
    columns: list[SchemaItem] = [
        Column(
            "tenant_id",
            Uuid,
            ForeignKey("tenants.id", ondelete="RESTRICT"),
            nullable=False,
            server_default=text("jemeti.current_tenant()"),
        )
    ]
    if tuple(key) == ("id",):
        columns.append(Column("id", Uuid, nullable=False))
    items = _expanded(name, parts)
    columns += [item for item in items if isinstance(item, Column)]
    if stamps:
        columns += _stamps()
    rest = [item for item in items if not isinstance(item, Column)]
    table = _table(name, *columns, PrimaryKeyConstraint("tenant_id", *key), *rest)
    op.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        op.execute(CreateIndex(index))
    _secure(name, verbs, (*changing, "version", "updated_at") if changing and stamps else changing)
    if audited:
        _audit(name, secret)
    if any(isinstance(part, Search) for part in parts):
        _open_to_search(name)


def extend_tenant_table(
    name: str, *parts: Column[Any] | Part | SchemaItem, changing: Sequence[str] = (), secret: Sequence[str] = ()
) -> None:
    """Add columns, constraints and the model's further parts to a tenant table that stands already.

    ``changing`` are columns that may change from now on, in a table of which only some do. Where one of the new columns
    is secret, ``secret`` names all that are: the audit log hides those from now on.
    """
    items = _expanded(name, parts)
    known = {item.name for item in items if isinstance(item, Column)} | {"tenant_id"}
    wanted = {named for part in parts if isinstance(part, Part) for named in _named(part)} - known
    _table(name, Column("tenant_id", Uuid), *(Column(named, Uuid) for named in sorted(wanted)), *items)
    for item in items:
        if isinstance(item, Column):
            column = CreateColumn(item).compile(dialect=_DIALECT)
            op.execute(text(f"ALTER TABLE {_quote(name)} ADD COLUMN {column}"))
    for item in items:
        if isinstance(item, Index):
            op.execute(CreateIndex(item))
        elif isinstance(item, Constraint):
            op.execute(AddConstraint(item))
    if changing:
        columns = ", ".join(map(_quote, changing))
        op.execute(text(f"GRANT UPDATE ({columns}) ON {_quote(name)} TO {', '.join(APP_ROLES)}"))
    if secret:
        keep_secret(name, *secret)
    if any(isinstance(part, Search) for part in parts):
        _open_to_search(name)


def keep_secret(name: str, *columns: str) -> None:
    """Have the audit log say of these columns of a table that they changed, never what they hold; of these alone."""
    op.execute(text(f"DROP TRIGGER audit ON {_quote(name)}"))
    _audit(name, columns)


def drop_tenant_table(name: str) -> None:
    """Drop the table; policies, grants, indexes and triggers go with it, functions that no other table's triggers call
    too. Refused while another table references it."""
    functions = trigger_functions(name)
    op.execute(text(f"DROP TABLE {_quote(name)}"))
    drop_unused(functions)


@contextmanager
def every_tenant() -> Iterator[None]:
    """Let the statements inside see the rows of every workspace: the owner is under row security, the login is not."""
    op.execute(text("RESET ROLE"))
    yield
    op.execute(text("SET ROLE jemeti_owner"))


def backfill(statement: str) -> int:
    """Run an INSERT, UPDATE or DELETE over the rows of every workspace and return how many it met."""
    with every_tenant():
        return int(op.get_bind().execute(text(statement)).rowcount)


def _expanded(name: str, parts: Sequence[Part | SchemaItem]) -> tuple[SchemaItem, ...]:
    items = expand(name, parts)
    for item in items:
        if isinstance(item, Column) and (item.unique or item.index):
            raise ValueError(
                f"{name}.{item.name}: write Unique(…) or Indexed(…) beside the column, they add tenant_id."
            )
    return items


def _stamps() -> list[Column[Any]]:
    instant = DateTime(timezone=True)
    return [
        Column("version", Integer, nullable=False, server_default=text("1")),
        Column("created_at", instant, nullable=False, server_default=func.now()),
        Column("updated_at", instant, nullable=False, server_default=func.now()),
    ]


def _table(name: str, *items: SchemaItem) -> Table:
    metadata = MetaData(naming_convention=NAMING)
    table = Table(name, metadata, *items)
    for constraint in table.foreign_key_constraints:
        for element in constraint.elements:
            # a foreign key can be written out only if the metadata knows its target
            target, _, column = element.target_fullname.rpartition(".")
            if target != name:
                Table(target, metadata, Column(column, Uuid), extend_existing=True)
    return table


def _secure(name: str, verbs: Sequence[str], changing: Sequence[str]) -> None:
    table = _quote(name)
    rights = [*verbs, *([f"update ({', '.join(_quote(column) for column in changing)})"] if changing else [])]
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        # Permissive policies are OR-ed: whatever another one adds, the restrictive one still holds.
        f"CREATE POLICY everybody ON {table} USING (true)",
        f"CREATE POLICY tenant ON {table} AS RESTRICTIVE FOR ALL USING ({POLICY}) WITH CHECK ({POLICY})",
        f"GRANT {', '.join(rights)} ON {table} TO jemeti_app, jemeti_platform",
        f"GRANT SELECT ON {table} TO jemeti_backup",
    ):
        op.execute(text(statement))


def _audit(name: str, secret: Sequence[str]) -> None:
    arguments = ", ".join(f"'{column}'" for column in secret)
    op.execute(
        text(
            f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {_quote(name)}"
            f" FOR EACH ROW EXECUTE FUNCTION jemeti.audit({arguments})"
        )
    )


def _open_to_search(name: str) -> None:
    op.execute(text(f"GRANT SELECT (tenant_id, id, search_text) ON {_quote(name)} TO jemeti_search"))


def _named(part: Part) -> tuple[str, ...]:
    if isinstance(part, Reference):
        return (part.column,)
    return tuple(getattr(part, "columns", ()))
