"""What a row of a customer file must be: a customer, and one vehicle of theirs or none."""

from __future__ import annotations

from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Day, StrictInt

from ..schemas import MAX_KM, CustomerSchema, VehicleChange

__all__ = ["RowSchema", "arrange"]


class RowVehicle(VehicleChange):
    """A vehicle as it stands in a file: its owner is in the same row."""

    odometer = colander.SchemaNode(StrictInt(0, MAX_KM), missing=None)


class RowSchema(Mapping):
    """One row: ``read_on`` is the day of the odometer's reading, today where it is not given."""

    customer = CustomerSchema()
    vehicle = RowVehicle(missing=None)
    read_on = colander.SchemaNode(Day(), missing=None)


def arrange(values: dict[str, Any]) -> dict[str, Any]:
    """The values with a first and a last name as one name, where there is no whole one."""
    parts = [values.pop(part, "") for part in ("first_name", "last_name")]
    whole = " ".join(part for part in parts if part)
    if whole and "customer.name" not in values:
        values["customer.name"] = whole
    return values
