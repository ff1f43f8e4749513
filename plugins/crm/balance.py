"""What a single customer shows of the money: what is owed, what credit there is, to whoever may see the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound
from jemeti_platform.rest.resource import Beside
from jemeti_platform.work import Work

from .contract import CustomerLedger
from .schemas import OWED

__all__ = ["BALANCE", "LEDGER"]

LEDGER = "crm.customers:ledger"
"""The permission to see what customers owe."""

_UNKNOWN = f"Null to whoever lacks `{LEDGER}`, and where nobody keeps invoices; not in lists"


def _ask(work: Work, identity: UUID) -> Sequence[Bound]:
    ledger = work.port(CustomerLedger)  # type: ignore[type-abstract]  # that is what a port is
    return () if ledger is None else (ledger.balance(identity),)


def _tell(work: Work, found: Sequence[Rows]) -> Mapping[str, Any]:
    return found[0][0] if found and work.may(LEDGER) else {}


BALANCE = Beside(
    {
        name: {**OWED[name], "description": f"{OWED[name]['description']}. {_UNKNOWN}"}
        for name in ("outstanding_balance", "unallocated_credit")
    },
    _ask,
    _tell,
)
