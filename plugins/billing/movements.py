"""What a payment settles, and what of it went back: read only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["allocations", "refunds"]

_THERE = Statement("SELECT true AS there FROM billing_payments WHERE id = %(id)s")
_ALLOCATIONS = Statement(
    "SELECT a.id, a.invoice_id, i.number AS invoice_number, a.amount, a.reverses_id, a.reason, a.created_at"
    " FROM billing_allocations a JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id"
    " WHERE a.payment_id = %(id)s ORDER BY a.id"
)
_REFUNDS = Statement(
    "SELECT id, number, payment_account_id, amount, refunded_at, reason, reference"
    " FROM billing_refunds WHERE payment_id = %(id)s ORDER BY id"
)


def allocations(work: Work, identity: UUID) -> list[dict[str, Any]]:
    """The allocations of a payment and their reversals, in order of time. Raises NotFound."""
    return _of(work, identity, _ALLOCATIONS)


def refunds(work: Work, identity: UUID) -> list[dict[str, Any]]:
    """The refunds of a payment, in order of time. Raises NotFound."""
    return _of(work, identity, _REFUNDS)


def _of(work: Work, identity: UUID, statement: Statement) -> list[dict[str, Any]]:
    there, rows = work.read(_THERE(id=identity), statement(id=identity))
    if not there:
        raise NotFound(f"Payment {identity} does not exist")
    return rows
