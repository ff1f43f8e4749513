"""The statements that read and write a workspace's own settings for its documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from ..db.statement import Statement
from .models import DocumentTemplate
from .shape import SETTINGS

__all__ = ["CHANGE", "EVERY", "LOCK", "ONE", "RESET", "START"]

_TABLE: Any = DocumentTemplate.__table__
_TYPE = bindparam("type", type_=Text)
_ROWS = select(*(_TABLE.c[name] for name in ("type", *SETTINGS, "version", "updated_at")))
_ROW = _ROWS.where(_TABLE.c.type == _TYPE)

EVERY = Statement(_ROWS)
ONE = Statement(_ROW)
"""The settings for one ``type``; no row where the workspace has none of its own."""
LOCK = Statement(_ROW.with_for_update())
START = Statement(insert(_TABLE).values(id=bindparam("id"), type=_TYPE, version=0).on_conflict_do_nothing())
"""A row without settings, version 0, if there is none yet: so that two who change the first ones meet at its lock."""
CHANGE = Statement(
    update(_TABLE)
    .where(_TABLE.c.type == bindparam("of_type", type_=Text))
    .values(
        {name: bindparam(name, type_=_TABLE.c[name].type) for name in SETTINGS}
        | {"version": _TABLE.c.version + 1, "updated_at": func.now()}
    )
)
RESET = Statement(delete(_TABLE).where(_TABLE.c.type == _TYPE))
