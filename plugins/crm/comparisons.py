"""Filters that compare as people do: e-mails without case, plates without case, blanks and dashes."""

from __future__ import annotations

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from jemeti_platform.rest.filters import Comparison, Several
from jemeti_platform.types import Context, Email, email_key
from jemeti_platform.types import Text as TextInput

from .contract import PLATE_KEYS
from .models import Customer

__all__ = ["BY_EMAIL", "BY_PLATE"]


class _EmailKey(Email):
    """An e-mail address, as it is compared."""

    def read(self, value: object, context: Context) -> str:
        return email_key(super().read(value, context))


BY_EMAIL = Comparison(
    "email",
    Several(_EmailKey()),
    Customer.__table__.c.email_key == bindparam("f_email", type_=ARRAY(Text)).any_(),
    "Only customers with one of these e-mail addresses",
)

BY_PLATE = Comparison(
    "plate",
    Several(TextInput(max=40)),
    text(f"crm_vehicles.plate_key = ANY(ARRAY({PLATE_KEYS}))"),  # type: ignore[arg-type]  # a condition all the same
    "Only vehicles with one of these plates, however they are spelt",
)
