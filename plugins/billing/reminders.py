"""Reminding customers of overdue invoices: by the clock, as often as the workspace says, and by hand.

Each step is sent once for each invoice, and nobody is reminded twice on one day of the workspace's calendar: both are
constraints of the database, so that neither several workers nor a restart send anything twice.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.messages import channels_of, is_daytime, readers_of
from jemeti_platform.work import Work

from .contract import InvoiceReminded
from .reminder_message import OVERDUE
from .reminder_models import Reminder
from .settings import READ, settings_of

__all__ = ["remind", "remind_by_hand", "reminders", "resume", "stop"]

_TODAY = "CROSS JOIN (SELECT (now() AT TIME ZONE timezone)::date AS today FROM workspaces) w"
_BALANCE = "i.total - i.paid - i.credited"
_LINK = (
    "LEFT JOIN billing_document_links k ON k.tenant_id = i.tenant_id AND k.invoice_id = i.id AND k.revoked_at IS NULL"
)
_SENT = (
    "CROSS JOIN LATERAL (SELECT coalesce(max(r.step), 0) AS step, max(r.reminded_on) AS last FROM billing_reminders r"
    " WHERE r.tenant_id = i.tenant_id AND r.invoice_id = i.id) s"
)
# Whoever pays or takes back is waited for by nobody: the next hour sees what has become of the invoice.
_DUE = Statement(
    f"SELECT i.id, i.customer_id, i.currency, {_BALANCE} AS balance, w.today, w.today - i.due_on AS overdue_days,"  # noqa: S608 (our own words)
    f" s.step + 1 AS step FROM billing_invoices i {_TODAY} {_SENT} {_LINK}"
    " JOIN crm_customers c ON c.tenant_id = i.tenant_id AND c.id = i.customer_id AND c.status = 'active'"
    " WHERE i.settlement = ANY (ARRAY['open', 'partial']) AND i.due_on <= w.today - %(after)s::int"
    f" AND {_BALANCE} > 0 AND i.no_reminders IS NULL AND k.word IS NOT NULL AND s.step < %(limit)s"
    " AND (s.last IS NULL OR s.last <= w.today - %(every)s::int)"
    " AND (%(email)s AND c.email IS NOT NULL OR %(sms)s AND c.phone IS NOT NULL)"
    " ORDER BY i.id LIMIT 1000 FOR UPDATE OF i SKIP LOCKED"
)
_WRITE = Statement(
    "INSERT INTO billing_reminders (id, invoice_id, step, reminded_on, balance, overdue_days)"
    " SELECT * FROM unnest(%(ids)s::uuid[], %(invoices)s::uuid[], %(steps)s::int[], %(days)s::date[],"
    " %(balances)s::numeric[], %(overdue)s::int[]) ON CONFLICT DO NOTHING RETURNING id"
)
_LOOK = Statement(
    f"SELECT i.id, i.customer_id, i.currency, i.settlement, i.no_reminders, {_BALANCE} AS balance, w.today,"  # noqa: S608 (our own words)
    f" w.today - i.due_on AS overdue_days, k.word, s.last FROM billing_invoices i {_TODAY} {_SENT} {_LINK}"
    " WHERE i.id = %(id)s FOR UPDATE OF i"
)
_THERE = Statement("SELECT true AS there FROM billing_invoices WHERE id = %(id)s")
_STOP = Statement(
    "UPDATE billing_invoices SET no_reminders = %(reason)s, version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND no_reminders IS DISTINCT FROM %(reason)s"
)
_REMINDERS = Paged(
    'SELECT id, step, step IS NULL AS by_hand, actor_name AS "by", reminded_on, balance, overdue_days, created_at'
    " FROM billing_reminders WHERE invoice_id = %(id)s",
    "id DESC",
)


def remind(work: Work) -> None:
    """Have customers reminded of what is overdue, as often as the workspace's settings say; by day only.

    The first time ``reminder_after_days`` after the day on which it was due, then each time ``reminder_every_days``
    after the last reminder, by hand or not, and ``reminder_limit`` times in all. Not of what is marked
    ``no_reminders``, of what has no public address, nor who has no address for the message. Emits InvoiceReminded.
    """
    if not is_daytime(work):
        return
    ((row,),) = work.read(READ())
    settings, channels = settings_of(row), channels_of(work, OVERDUE)
    if settings.reminder_after_days is None or not channels:
        return
    (due,) = work.write(
        _DUE(
            after=settings.reminder_after_days,
            every=settings.reminder_every_days,
            limit=settings.reminder_limit,
            email="email" in channels,
            sms="sms" in channels,
        )
    )
    _write(work, due)


def remind_by_hand(work: Work, identity: UUID) -> dict[str, Any]:
    """Remind a customer now of an overdue invoice; returns the reminder.

    It counts as no step, and the next one by the clock keeps its distance. Raises NotFound, and Conflict for an invoice
    that is settled (``state``) or not overdue (``not_overdue``), that is marked (``no_reminders``), whose link is
    revoked (``link_revoked``), of which somebody was reminded today (``reminded_today``), and as ``readers_of`` does.
    Emits InvoiceReminded.
    """
    (rows,) = work.write(_LOOK(id=identity))
    row = _may_be_reminded(rows, identity)
    event = InvoiceReminded(
        uuid7(), identity, row["customer_id"], None, row["currency"], row["balance"], row["overdue_days"]
    )
    readers_of(work, OVERDUE, event)
    actor = work.actor
    values = {
        "invoice_id": identity,
        "step": None,
        "reminded_on": row["today"],
        "balance": row["balance"],
        "overdue_days": row["overdue_days"],
        "actor_name": (work.entry.user_name if actor.kind == "user" else actor.name) or None,
        "created_at": work.now(),
    }
    try:
        work.write(insert_row(Reminder, event.reminder_id, values))
    except psycopg.errors.UniqueViolation:
        raise _today() from None
    work.emit(event)
    shown = {name: value for name, value in values.items() if name not in ("invoice_id", "actor_name")}
    return {"id": event.reminder_id, **shown, "by_hand": True, "by": values["actor_name"]}


def reminders(work: Work, identity: UUID, page: int, per_page: int) -> Page:
    """The reminders of an invoice, the latest first. Raises NotFound."""
    there, found, counted = work.read(_THERE(id=identity), *_REMINDERS(page, per_page, id=identity))
    if not there:
        raise NotFound(f"Invoice {identity} does not exist")
    return Page(found, counted[0]["total"])


def stop(work: Work, identity: UUID, reason: str) -> None:
    """Have nobody reminded of an invoice, and say why: it is disputed, it is paid in instalments. Raises NotFound."""
    _mark(work, identity, reason)


def resume(work: Work, identity: UUID) -> None:
    """Have customers reminded of an invoice again. Raises NotFound."""
    _mark(work, identity, None)


def _mark(work: Work, identity: UUID, reason: str | None) -> None:
    _, there = work.write(_STOP(id=identity, reason=reason), _THERE(id=identity))
    if not there:
        raise NotFound(f"Invoice {identity} does not exist")


def _write(work: Work, due: Rows) -> None:
    if not due:
        return
    made = [uuid7() for _ in due]
    (written,) = work.write(
        _WRITE(
            ids=made,
            invoices=[row["id"] for row in due],
            steps=[row["step"] for row in due],
            days=[row["today"] for row in due],
            balances=[row["balance"] for row in due],
            overdue=[row["overdue_days"] for row in due],
        )
    )
    new = {row["id"] for row in written}
    for identity, row in zip(made, due, strict=True):
        if identity in new:  # else another worker was faster
            values = (row["customer_id"], row["step"], row["currency"], row["balance"], row["overdue_days"])
            work.emit(InvoiceReminded(identity, row["id"], *values))


def _may_be_reminded(rows: Rows, identity: UUID) -> Row:
    if not rows:
        raise NotFound(f"Invoice {identity} does not exist")
    row = rows[0]
    if row["settlement"] not in ("open", "partial"):
        raise Conflict("Nothing of this invoice is still to be paid.", reason="state")
    if row["overdue_days"] < 1:
        raise Conflict("This invoice is not overdue yet.", reason="not_overdue")
    if row["no_reminders"] is not None:
        raise Conflict(f"Nobody is reminded of this invoice: {row['no_reminders']}", reason="no_reminders")
    if row["word"] is None:
        raise Conflict("Its link is revoked: make a new one first.", reason="link_revoked")
    if row["last"] == row["today"]:
        raise _today()
    return row


def _today() -> Conflict:
    return Conflict("The customer was reminded of this invoice today.", reason="reminded_today")
