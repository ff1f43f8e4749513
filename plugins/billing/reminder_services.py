"""Reminders of overdue invoices over HTTP: what was sent, one by hand, none any more, and when they go out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import colander

from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS, Service
from jemeti_platform.types import StrictInt, Text
from jemeti_platform.work import Work

from . import reminders, settings
from .invoice_resources import INVOICES

__all__ = ["ALL"]

_TAG = "invoices"
of_billing = Service("invoices.settings", "/invoices/settings", ALWAYS, "When customers are reminded", tag=_TAG)
sent = Service("invoices.reminders", "/invoices/{id}/reminders", ALWAYS, "Reminding its customer", tag=_TAG)
quiet = Service("invoices.no_reminders", "/invoices/{id}/no-reminders", ALWAYS, "Reminding nobody of it", tag=_TAG)

ALL = (of_billing, sent, quiet)

READ, REMIND = "invoices:read", "invoices:remind"

_REMINDER: dict[str, Any] = {
    "type": "object",
    "title": "Reminder",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "step": {"type": ["integer", "null"], "description": "The how manieth by the clock; null of one by hand"},
        "by_hand": {"type": "boolean"},
        "by": {"type": ["string", "null"], "description": "Who sent it by hand"},
        "reminded_on": {"type": "string", "format": "date"},
        "balance": {"type": "string", "format": "decimal", "description": "What was owed then"},
        "overdue_days": {"type": "integer", "description": "How many days after it was due"},
        "created_at": {"type": "string", "format": "date-time"},
    },
}
_SETTINGS: dict[str, Any] = {
    "type": "object",
    "title": "Settings of invoices",
    "properties": {
        "reminder_after_days": {"type": ["integer", "null"], "description": "null: nobody is reminded by the clock"},
        "reminder_every_days": {"type": "integer"},
        "reminder_limit": {"type": "integer"},
    },
}


class SettingsSchema(Mapping):
    """When customers are reminded of overdue invoices. Null is the default."""

    reminder_after_days = colander.SchemaNode(
        StrictInt(1, 365),
        missing=None,
        example=7,
        description="How many days after an invoice was due its customer is first reminded; by default never",
    )
    reminder_every_days = colander.SchemaNode(
        StrictInt(1, 365),
        missing=None,
        example=7,
        description=f"How many days after a reminder the next one goes out; {settings.REMINDER_EVERY_DAYS} by default",
    )
    reminder_limit = colander.SchemaNode(
        StrictInt(1, 12),
        missing=None,
        example=3,
        description=f"How many reminders of one invoice go out by the clock; {settings.REMINDER_LIMIT} by default",
    )


class NoRemindersSchema(Mapping):
    """Why nobody is reminded of an invoice."""

    reason = colander.SchemaNode(Text(max=500), example="The customer disputes the second line")


@of_billing.get(permission=READ, answer=_SETTINGS)
def show_settings(request: Any) -> dict[str, Any]:
    """The settings that hold, the defaults among them."""
    return _shown(request.work)


@of_billing.patch(permission="invoices:configure", body=SettingsSchema, answer=_SETTINGS)
def change_settings(request: Any) -> dict[str, Any]:
    """Change settings; what is not named stays, and null is the default again."""
    settings.change(request.work, request.validated)
    return _shown(request.work)


@sent.get(permission=READ, query=PageQuery, answer=_REMINDER, many=True, errors=(404,))
def list_reminders(request: Any) -> Answer:
    """When the customer was reminded of this invoice, the latest first; the messages are in `/v1/messages`."""
    query = request.query
    return answer_of(query, reminders.reminders(request.work, path_id(request), query["page"], query["per_page"]))


@sent.post(permission=REMIND, answer=_REMINDER, status=201, errors=(404, 409))
def remind_customer(request: Any) -> Answer:
    """Remind the customer now of this overdue invoice, by mail or else by SMS; of one invoice at most once a day."""
    identity = path_id(request)
    made = reminders.remind_by_hand(request.work, identity)
    return Answer(made, status=201, location=f"/v1/invoices/{identity}/reminders")


@quiet.put(permission=REMIND, body=NoRemindersSchema, answer=INVOICES.answer_schema, errors=(404,))
def stop_reminders(request: Any) -> Answer:
    """Remind nobody of this invoice any more, say, while it is disputed; the reason stands in its `no_reminders`."""
    identity = path_id(request)
    reminders.stop(request.work, identity, request.validated["reason"])
    return INVOICES.present(request.work, identity)


@quiet.delete(permission=REMIND, status=204, errors=(404,))
def resume_reminders(request: Any) -> None:
    """Have the customer reminded of this invoice again, as the settings say."""
    reminders.resume(request.work, path_id(request))


def _shown(work: Work) -> dict[str, Any]:
    ((row,),) = work.read(settings.READ())
    return asdict(settings.settings_of(row))
