"""The settings of jobs over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import Service
from jemeti_platform.types import Money, Percent, StrictInt
from jemeti_platform.work import Work

from . import settings

__all__ = ["ALL", "SettingsSchema"]


class SettingsSchema(Mapping):
    """How this workspace runs its jobs. Null is the default."""

    tolerance_percent = colander.SchemaNode(
        Percent(),
        missing=None,
        example="10",
        description="By how much of what the customer approved a job may grow without asking again",
    )
    tolerance_amount = colander.SchemaNode(
        Money(min=0),
        missing=None,
        example="500.00",
        description="By how much, with tax, it may grow without asking again; with a percentage, the lesser",
    )
    quotation_validity_days = colander.SchemaNode(
        StrictInt(1, 365),
        missing=None,
        example=14,
        description=f"How long a quotation holds that names no day; {settings.QUOTATION_VALIDITY_DAYS} by default",
    )
    quotation_reminder_hours = colander.SchemaNode(
        StrictInt(0, 720),
        missing=None,
        example=24,
        description="How long before a quotation's end its customer is reminded;"
        f" {settings.QUOTATION_REMINDER_HOURS} by default, 0 is never",
    )


_SHAPE: dict[str, Any] = {
    "type": "object",
    "title": "Settings of jobs",
    "properties": {
        "tolerance_percent": {"type": ["string", "null"], "format": "decimal"},
        "tolerance_amount": {"type": ["string", "null"], "format": "decimal"},
        "quotation_validity_days": {"type": "integer"},
        "quotation_reminder_hours": {"type": "integer"},
    },
}

of_jobs = Service(
    "jobs.settings", "/jobs/settings", "jobs.core", "How this workspace runs its jobs", tag="jobs.settings"
)
ALL = (of_jobs,)


@of_jobs.get(permission="jobs.core:read", answer=_SHAPE)
def show_settings(request: Any) -> dict[str, Any]:
    """The settings that hold, the defaults among them."""
    return _shown(request.work)


@of_jobs.patch(permission="jobs.core:configure", body=SettingsSchema, answer=_SHAPE)
def change_settings(request: Any) -> dict[str, Any]:
    """Change settings; what is not named stays, and null is the default again."""
    settings.change(request.work, request.validated)
    return _shown(request.work)


def _shown(work: Work) -> dict[str, Any]:
    ((row,),) = work.read(settings.READ())
    return asdict(settings.settings_of(row))
