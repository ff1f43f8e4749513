"""Customers: added, changed, merged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.references import move_references
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from .contract import CustomerChanged, CustomerCreated, CustomerMerged
from .models import Customer

__all__ = ["EXISTS", "change", "create", "gone_to", "merge"]

_FILLED = ("phone", "email", "address", "tax_id", "notes", "credit_limit")
"""What the one who stays takes over from the duplicate where its own is empty."""

# Both rows in one order, whoever merges whom: two merges at once wait for each other and never deadlock.
_LOCK = Statement(
    "SELECT id, phone, email, address, tax_id, tags, notes, credit_limit FROM crm_customers "
    "WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
)
EXISTS = Statement("SELECT true AS there FROM crm_customers WHERE id = %(id)s")
_DELETE = Statement("DELETE FROM crm_customers WHERE id = %(goes)s")
_REMEMBER = Statement("INSERT INTO crm_customer_aliases (id, customer_id) VALUES (%(goes)s, %(stays)s)")
_ALIAS = Statement("SELECT customer_id FROM crm_customer_aliases WHERE id = %(id)s")


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Add a customer and return its id. E-mail and telephone that somebody else has are refused by the database.

    Emits CustomerCreated.
    """
    identity = uuid7()
    work.queue(insert_row(Customer, identity, values))
    work.emit(CustomerCreated(identity))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change fields of a customer that is there. Emits CustomerChanged."""
    work.queue(update_row(Customer, identity, changes, frozenset({"address"})))
    work.emit(CustomerChanged(identity, tuple(sorted(changes))))


def merge(work: Work, identity: UUID, duplicate_id: UUID) -> None:
    """Move everything of the duplicate to the customer, fill its empty fields, and keep the old id as an alias.

    Everything is whatever refers to it, in tables of any plugin. Raises Invalid for a customer that is to be merged
    into itself or a duplicate that is not there, NotFound for a customer that is not there. Emits CustomerMerged while
    both are still there, so that a listener may do more than have its rows moved.
    """
    if identity == duplicate_id:
        raise Invalid([{"field": "duplicate_id", "message": "A customer cannot be merged into itself"}])
    (rows,) = work.write(_LOCK(ids=[identity, duplicate_id]))
    found = {row["id"]: row for row in rows}
    if identity not in found:
        raise NotFound(f"Customer {identity} does not exist")
    if duplicate_id not in found:
        raise Invalid([{"field": "duplicate_id", "message": "There is no such customer"}])
    work.emit(CustomerMerged(identity, duplicate_id))
    move_references(work, Customer, duplicate_id, identity)
    # the duplicate goes first: what it held of unique values is then free
    work.queue(_REMEMBER(stays=identity, goes=duplicate_id), _DELETE(goes=duplicate_id))
    if filled := _filled(found[identity], found[duplicate_id]):
        change(work, identity, filled)


def gone_to(work: Work, identity: UUID) -> UUID | None:
    """The customer that an old id was merged into; None for an id that never was one."""
    (rows,) = work.read(_ALIAS(id=identity))
    found: UUID | None = rows[0]["customer_id"] if rows else None
    return found


def _filled(stays: Row, goes: Row) -> dict[str, Any]:
    filled = {name: goes[name] for name in _FILLED if stays[name] is None and goes[name] is not None}
    tags = list(dict.fromkeys([*stays["tags"], *goes["tags"]]))
    if tags != stays["tags"]:
        filled["tags"] = tags
    return filled
