"""Payment accounts: added, changed, archived; of each kind one is the default."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .contract import PaymentAccountChanged, PaymentAccountCreated
from .defaults import LOCK, refuse_archived
from .models import PaymentAccount
from .numbers import normal_number

__all__ = ["change", "create"]

_INSERT = Statement(
    "INSERT INTO billing_payment_accounts"
    " (id, name, kind, provider, number, bic, notes, position, status, is_default)"
    " SELECT %(id)s, %(name)s, %(kind)s, %(provider)s, %(number)s, %(bic)s, %(notes)s, %(position)s, %(status)s,"
    "        %(status)s = 'active' AND (%(is_default)s OR NOT EXISTS"
    "        (SELECT FROM billing_payment_accounts WHERE kind = %(kind)s AND is_default))"
)
_KIND = Statement("SELECT kind, status FROM billing_payment_accounts WHERE id = %(id)s")
_STEP_DOWN = Statement(
    "UPDATE billing_payment_accounts SET is_default = false, version = version + 1, updated_at = now()"
    " WHERE is_default AND kind = %(kind)s AND id <> %(id)s"
)


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Add a payment account and return its id. The first active one of a kind is the default of that kind.

    One that is to be the default takes over from the one that was. A name that another active account has is refused
    by the database, a number that cannot be by ``normal_number``. Emits PaymentAccountCreated.
    """
    identity = uuid7()
    values = {**values, "number": _number(work, values["kind"], values["number"])}
    work.queue(LOCK())
    if values["is_default"]:
        work.queue(_STEP_DOWN(kind=values["kind"], id=identity))
    work.queue(_INSERT(id=identity, **values))
    work.emit(PaymentAccountCreated(identity, values["kind"]))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change fields of a payment account that is there; one that is archived is no default any more.

    Raises Invalid as ``normal_number`` does, and for an archived one that is to be the default. Emits
    PaymentAccountChanged.
    """
    changes = dict(changes)
    if changes.get("status") == "archived":
        changes["is_default"] = False
    if changes.get("number") is not None or changes.get("is_default"):
        ((row,),) = work.write(_KIND(id=identity))
        if "number" in changes:
            changes["number"] = _number(work, row["kind"], changes["number"])
        if changes.get("is_default"):
            refuse_archived(row["status"], changes)
            work.queue(LOCK(), _STEP_DOWN(kind=row["kind"], id=identity))
    work.queue(update_row(PaymentAccount, identity, changes))
    work.emit(PaymentAccountChanged(identity, tuple(sorted(changes))))


def _number(work: Work, kind: str, number: str | None) -> str | None:
    return None if number is None else normal_number(kind, number, work.workspace["country"])
