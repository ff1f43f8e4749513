"""What a customer's membership takes off: asked of whoever keeps memberships, for lines that say nothing themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jemeti_platform.work import Work

from .contract import MembershipDiscounts

__all__ = ["take_off"]


def take_off(
    work: Work, of: Mapping[str, Any], lines: Sequence[dict[str, Any]], *, kind: str | None = None
) -> str | None:
    """Give lines without a discount that of the membership of the customer; returns what it is called, if there is one.

    ``of`` is a job or a quotation, with ``customer_id`` and ``vehicle_id``; ``kind`` is what lines are that do not say
    so themselves. Labour and parts have a percentage each; sublet work and fees have none.
    """
    if not lines:
        return None
    memberships = work.port(MembershipDiscounts)  # type: ignore[type-abstract]  # that is what a port is
    found = memberships.of(work, of["customer_id"], of["vehicle_id"]) if memberships is not None else None
    if found is None:
        return None
    percents = {"labour": found.labour, "part": found.parts}
    for line in lines:
        percent = percents.get(kind or line["kind"])
        if percent and line.get("discount_percent") is None and line.get("discount_amount") is None:
            line["discount_percent"] = percent
    return found.source
