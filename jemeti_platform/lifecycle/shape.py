"""What a lifecycle asks of its table, for models and migrations: the CHECK of the state, the key of the sub-state."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.schema import SchemaItem

from ..db.shape import Indexed, Part, label
from ..state_machine import Lifecycle

__all__ = ["SubState", "state_check"]


def state_check(lifecycle: Lifecycle) -> CheckConstraint:
    """The CHECK that the state is one of those declared: one value for the model's ``__shape__`` and its migration.

    When a lifecycle gets another state, a migration must replace the constraint, ``ck_<table>_<column>_known``; the
    contract of the test kit tells when it has not.
    """
    words = ", ".join(f"'{state.name}'" for state in lifecycle.states)
    return CheckConstraint(f"{lifecycle.column} IN ({words})", name=f"{lifecycle.column}_known")


class SubState(Part):
    """``column`` names a sub-state of the workspace, which must be one of the state that the record is in."""

    def __init__(self, column: str = "sub_state_id", *, state: str = "status") -> None:
        self.column, self.state = column, state
        self.columns = (column, state)

    def items(self, table: str) -> Iterable[SchemaItem]:
        yield ForeignKeyConstraint(
            ["tenant_id", self.column, self.state],
            ["sub_states.tenant_id", "sub_states.id", "sub_states.state"],
            name=label("fk", table, self.column),
        )
        yield from Indexed(self.column).items(table)
