"""The declarative bases: ``Base`` for global tables, three for tables that belong to workspaces."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, MetaData, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.schema import Constraint, SchemaItem, Table
from uuid_utils.compat import uuid7

from .shape import Part, expand

__all__ = ["NAMING", "Base", "TenantBase", "TenantKey", "TenantRow", "uuid7"]


def _columns(constraint: Constraint, table: Table) -> str:
    """The constraint's columns; ``tenant_id`` goes without saying, unless it stands alone."""
    names = [column.name for column in constraint.columns]  # type: ignore[attr-defined]
    return "_".join(name for name in names if name != "tenant_id" or len(names) == 1)


NAMING: dict[str, Any] = {
    "own_columns": _columns,
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(own_columns)s",
    "uq": "uq_%(table_name)s_%(own_columns)s",
    "ix": "ix_%(table_name)s_%(own_columns)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """Every mapped table. Times are timestamptz, ids uuid, text is unbounded unless a column says otherwise."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: Uuid(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: JSONB(),
    }


class TenantKey(Base):
    """A table of a workspace whose further key columns the author names: counters, settings, links.

    ``__shape__`` holds its Unique, Reference, Indexed and Search, and any plain constraint.
    """

    __abstract__ = True
    __shape__: ClassVar[tuple[Part | SchemaItem, ...]] = ()

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="RESTRICT"),
        primary_key=True,
        server_default=text("jemeti.current_tenant()"),
        sort_order=-100,
    )

    @declared_attr.directive
    def __table_args__(cls) -> tuple[SchemaItem, ...]:
        return expand(cls.__tablename__, cls.__shape__)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        # search_text is for the index, not for people
        return {"eager_defaults": True, "exclude_properties": ["search_text"]}


class TenantRow(TenantKey):
    """A table of a workspace with an ``id`` (UUIDv7): facts that are written once, such as movements and entries."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, insert_sentinel=True, sort_order=-99)


class TenantBase(TenantRow):
    """The usual table of a workspace: ``id``, a ``version`` that every ORM update checks and counts, two instants."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, server_default=text("1"), sort_order=100)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=101)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=102)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"eager_defaults": True, "exclude_properties": ["search_text"], "version_id_col": cls.version}
