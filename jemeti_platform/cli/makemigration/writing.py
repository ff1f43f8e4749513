"""Columns, types, and the parts of a shape, written as the Python of a migration."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, Computed, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import DefaultClause
from sqlalchemy.types import ARRAY, TypeEngine

from ... import types
from ...db.shape import Part

__all__ = ["Imports", "written", "written_check", "written_column", "written_part"]

_WIDTH = 110


class Imports(set[tuple[str, str]]):
    """Which names a migration has to import, each with its module."""

    def lines(self) -> list[str]:
        """The import statements, one a module."""
        modules = sorted({module for module, _ in self})
        return [f"from {m} import {', '.join(sorted(n for module, n in self if module == m))}" for m in modules]


def written(value: Any) -> str:
    """A value as Python, texts in double quotes."""
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' * (len(value) == 1)})"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def written_column(column: Column[Any], imports: Imports) -> str:
    """``sa.Column("title", sa.Text, nullable=False)``."""
    words = [written(column.name), _type(column.type, imports)]
    if isinstance(column.computed, Computed):
        words.append(f"sa.Computed({written(str(column.computed.sqltext))}, persisted=True)")
    if not column.nullable:
        words.append("nullable=False")
    if isinstance(column.server_default, DefaultClause):
        words.append(f"server_default=sa.text({written(_sql(column.server_default.arg))})")
    return f"sa.Column({', '.join(words)})"


def written_part(part: Part, imports: Imports) -> str:
    """``Unique("label", where="status = 'active'")``: what differs from the defaults of its class."""
    kind = type(part)
    imports.add(_where(kind))
    words: list[str] = []
    for name, parameter in inspect.signature(kind).parameters.items():
        value = getattr(part, name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            words += [written(one) for one in value]
        elif value != parameter.default:
            named = "" if parameter.kind is parameter.POSITIONAL_OR_KEYWORD else f"{name}="
            words.append(f"{named}{written(value)}")
    return f"{kind.__name__}({', '.join(words)})"


def written_check(check: CheckConstraint | str, table: str, name: str) -> str:
    """``sa.CheckConstraint("copies >= 0", name="copies")``: the naming rules add the rest of the name."""
    rule = check if isinstance(check, str) else _sql(check.sqltext)
    words = (written(rule), f"name={written(name.removeprefix(f'ck_{table}_'))}")
    line = f"sa.CheckConstraint({', '.join(words)})"
    return line if len(line) < _WIDTH else "\n".join(["sa.CheckConstraint(", *(f"    {word}," for word in words), ")"])


def own_columns(table: Table, left_out: Iterable[str]) -> list[Column[Any]]:
    """The columns that an author wrote, in their order."""
    return [column for column in table.columns if column.name not in set(left_out)]


def _type(kind: TypeEngine[Any], imports: Imports) -> str:
    if isinstance(kind, ARRAY):
        imports.add(("sqlalchemy.dialects.postgresql", "ARRAY"))
        return f"ARRAY({_type(kind.item_type, imports)})"
    if isinstance(kind, postgresql.JSONB):
        imports.add(("sqlalchemy.dialects.postgresql", "JSONB"))
        return "JSONB"
    module, name = _where(type(kind))
    text = repr(kind).removesuffix("()")
    if module.startswith("sqlalchemy") and not module.startswith("sqlalchemy.dialects"):
        return f"sa.{text}"
    imports.add((module, name))
    return text


def _where(kind: type[Any]) -> tuple[str, str]:
    """The module to import a class from, and its name."""
    if kind.__name__ in types.__all__ and getattr(types, kind.__name__) is kind:
        return types.__name__, kind.__name__
    module = kind.__module__
    # What a package of the platform offers is imported from there, not from the module where it stands.
    if module.startswith("jemeti_platform.") and module.count(".") > 1:
        package = inspect.getmodule(kind).__package__  # type: ignore[union-attr]  # a class stands in a module
        if package and hasattr(__import__(package, fromlist=["_"]), kind.__name__):
            return package, kind.__name__
    if module.startswith("sqlalchemy.dialects.postgresql"):
        module = "sqlalchemy.dialects.postgresql"
    return module, kind.__name__


def _sql(clause: Any) -> str:
    if isinstance(clause, str):
        return f"'{clause}'"
    return str(clause.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]
