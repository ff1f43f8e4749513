"""What each difference is in a migration: the statements of its way up, and of its way down."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import Any, Protocol

from alembic.autogenerate import render_python_code
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Column, Table
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import SchemaItem

from ...db.base import TenantBase, TenantRow
from ...db.rules import Rule, as_sql
from ...db.shape import Part, Search
from .writing import Imports, own_columns, written, written_check, written_column, written_part

__all__ = ["Changed", "Created", "Dropped", "Step"]

_RLS = "jemeti_platform.db.rls"
_MADE = ("tenant_id", "search_text")
_STAMPS = ("version", "created_at", "updated_at")


class Step(Protocol):
    """One difference; both ways return statements and note what they need imported."""

    @property
    def warning(self) -> str: ...

    def up(self, imports: Imports) -> list[str]: ...

    def down(self, imports: Imports) -> list[str]: ...


@dataclass(frozen=True)
class Dropped:
    """A table that no model describes any more."""

    table: str

    @property
    def warning(self) -> str:
        return f"{self.table}: the way down does not bring it back; write it if you need it."

    def up(self, imports: Imports) -> list[str]:
        imports.add((_RLS, "drop_tenant_table"))
        return [f"drop_tenant_table({written(self.table)})"]

    def down(self, imports: Imports) -> list[str]:
        return [f'raise NotImplementedError("{self.table} is gone with its rows")']


@dataclass(frozen=True)
class Created:
    """A table that the database lacks."""

    model: type[Any]

    @property
    def _table(self) -> Table:
        found: Table = self.model.__table__
        return found

    @property
    def warning(self) -> str:
        return ""

    def up(self, imports: Imports) -> list[str]:
        imports.add((_RLS, "create_tenant_table"))
        has_id, has_stamps = issubclass(self.model, TenantRow), issubclass(self.model, TenantBase)
        made = (*_MADE, *(("id",) if has_id else ()), *(_STAMPS if has_stamps else ()))
        parts = [written_column(column, imports) for column in own_columns(self._table, made)]
        parts += [
            _written(item, self._table, imports)
            for item in self.model.__shape__
            if not isinstance(item, ExcludeConstraint)
        ]
        if not has_id:
            key = tuple(c.name for c in self._table.primary_key.columns if c.name != "tenant_id")
            parts.append(f"key={key!r}".replace("'", '"'))
        if not has_stamps:
            parts.append("stamps=False")
        bare = [item for item in self.model.__shape__ if isinstance(item, ExcludeConstraint)]
        return [
            _call("create_tenant_table", self._table.name, parts),
            *(_added(self._table.name, as_sql(item)) for item in bare),
        ]

    def down(self, imports: Imports) -> list[str]:
        imports.add((_RLS, "drop_tenant_table"))
        return [f"drop_tenant_table({written(self._table.name)})"]


@dataclass(frozen=True)
class Changed:
    """A table that has other columns, keys, indexes, CHECKs or exclusions than the database."""

    model: type[Any]
    operations: tuple[Any, ...]
    rules: tuple[Rule, ...]

    @property
    def _table(self) -> Table:
        found: Table = self.model.__table__
        return found

    @property
    def _added(self) -> list[Column[Any]]:
        return [one.column for one in self.operations if isinstance(one, ops.AddColumnOp)]

    @property
    def _parts(self) -> list[Part]:
        """The parts of the shape that come along."""
        names = {_name_of(one) for one in self.operations if isinstance(one, ops.AddConstraintOp | ops.CreateIndexOp)}
        names |= {rule.name for rule in self.rules if rule.ours is not None}
        if any(column.name == "search_text" for column in self._added):
            names.add("search_text")
        parts = (part for part in self.model.__shape__ if isinstance(part, Part))
        return [part for part in parts if names & set(_names(part, self._table))]

    @property
    def warning(self) -> str:
        bare = [c.name for c in self._added if not c.nullable and c.server_default is None and c.computed is None]
        if bare:
            return (
                f"{self._table.name}: rows that are there need a value for {', '.join(bare)}; give it a server_default."
            )
        return ""

    def up(self, imports: Imports) -> list[str]:
        # columns before what stands on them, and what is replaced before what replaces it
        lines = [self._drop_rule(rule) for rule in self.rules if rule.theirs is not None]
        parts = [written_column(column, imports) for column in self._added if column.name not in _MADE]
        parts += [written_part(part, imports) for part in self._parts]
        parts += [
            written_check(rule.ours, rule.table, rule.name)
            for rule in self.rules
            if isinstance(rule.ours, CheckConstraint)
        ]
        if parts:
            imports.add((_RLS, "extend_tenant_table"))
            lines.append(_call("extend_tenant_table", self._table.name, parts))
        lines += [_added(rule.table, as_sql(rule.ours)) for rule in self._bare if rule.ours is not None]
        return [*lines, *(line for one in self._others for line in _rendered(one, imports))]

    def down(self, imports: Imports) -> list[str]:
        lines = [line for one in reversed(self._others) for line in _rendered(one.reverse(), imports)]
        lines += [self._drop_rule(rule) for rule in self.rules if rule.ours is not None]
        gone = {column.name for column in self._added}
        for part in self._parts:
            if not (gone & set(getattr(part, "columns", ())) or getattr(part, "column", None) in gone):
                lines += self._drop_part(part)
        lines += [
            f"op.drop_column({written(self._table.name)}, {written(name)})" for name in sorted(gone - {"search_text"})
        ]
        before = [(rule, rule.theirs, _condition(rule.theirs)) for rule in self.rules if rule.theirs is not None]
        old = [written_check(said, rule.table, rule.name) for rule, _, said in before if said is not None]
        if old:
            imports.add((_RLS, "extend_tenant_table"))
            lines.append(_call("extend_tenant_table", self._table.name, old))
        lines += [_added(rule.table, f"CONSTRAINT {rule.name} {text}") for rule, text, said in before if said is None]
        return lines

    @property
    def _bare(self) -> list[Rule]:
        """Exclusions that no part of the shape stands for."""
        known = {name for part in self._parts for name in _names(part, self._table)}
        return [rule for rule in self.rules if isinstance(rule.ours, ExcludeConstraint) and rule.name not in known]

    @property
    def _others(self) -> list[Any]:
        """What is no column, key or index of the shape that comes: written as Alembic does."""
        known = {name for part in self._parts for name in _names(part, self._table)}
        return [one for one in self.operations if not isinstance(one, ops.AddColumnOp) and _name_of(one) not in known]

    def _drop_rule(self, rule: Rule) -> str:
        return f"op.drop_constraint(op.f({written(rule.name)}), {written(rule.table)})"

    def _drop_part(self, part: Part) -> list[str]:
        if isinstance(part, Search):
            return [f'op.drop_column({written(self._table.name)}, "search_text")']
        wanted = {_name_of(one): one for one in self.operations}
        names = [name for name in _names(part, self._table) if name in wanted]
        return [line for name in reversed(names) for line in _rendered(wanted[name].reverse(), Imports())]


def _written(item: Part | SchemaItem, table: Table, imports: Imports) -> str:
    if isinstance(item, Part):
        return written_part(item, imports)
    if isinstance(item, CheckConstraint):
        return written_check(item, table.name, str(item.name))
    # A constraint of a rare kind stands in the model for itself.
    return f"# {item!r}: copy it from the model"


def _added(table: str, rule: str) -> str:
    """The statement that gives a table a rule for which a shape has no word."""
    return f"op.execute({written(f'ALTER TABLE {table} ADD {rule}')})"


def _condition(rule: str) -> str | None:
    """What a CHECK says, of a rule as PostgreSQL writes it; None for an exclusion."""
    if not rule.startswith("CHECK ("):
        return None
    inner = rule.removesuffix(" NOT VALID").removeprefix("CHECK (").removesuffix(")")
    return inner[1:-1] if _is_whole(inner) else inner


def _is_whole(rule: str) -> bool:
    """Whether the outer parentheses belong together."""
    depth = 0
    for place, sign in enumerate(rule):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(rule) - 1
    return False


def _names(part: Part, table: Table) -> list[str]:
    return [str(item.name) for item in part.items(table.name)]  # type: ignore[attr-defined]  # columns, keys and indexes have names


def _name_of(operation: Any) -> str | None:
    name = getattr(operation, "constraint_name", None) or getattr(operation, "index_name", None)
    return None if name is None else str(name)


def _rendered(operation: Any, imports: Imports) -> list[str]:
    """The one statement that Alembic writes for an operation, in a line."""
    code = render_python_code(ops.UpgradeOps([operation]), alembic_module_prefix="op.", sqlalchemy_module_prefix="sa.")
    lines = [line.strip() for line in code.splitlines() if not line.strip().startswith("#")]
    if "postgresql." in code:
        imports.add(("sqlalchemy.dialects", "postgresql"))
    statement = " ".join(line for line in lines if line)
    return [statement if '"' in statement else statement.replace("'", '"')]


def _call(function: str, table: str, parts: list[str]) -> str:
    return "\n".join([f"{function}(", f"    {written(table)},", *(indent(f"{part},", "    ") for part in parts), ")"])
