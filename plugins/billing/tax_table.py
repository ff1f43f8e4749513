"""Taxes as documents reckon with them: what a line is taxed by, and how to ask for the taxes of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound
from jemeti_platform.errors import Invalid

if TYPE_CHECKING:
    from .pricing import Line, Priced

__all__ = ["KINDS", "UNTAXED", "Tax", "TaxComponent", "TaxTable", "Taxes"]

KINDS = ("standard", "reduced", "zero", "exempt", "reverse_charge")
"""What a rate is to the tax office. The last three are of nothing, for different reasons."""


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """One tax of a line: ``rate`` per cent of the taxable amount; ``compound``, of that and the taxes before it."""

    name: str
    rate: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Tax:
    """What a line is taxed by, on one day: usually one component, two where a country has two taxes on one price.

    ``id`` and ``code`` name the workspace's rate; a percentage that is no rate of the workspace has neither.
    """

    name: str
    components: tuple[TaxComponent, ...]
    kind: str = "standard"
    code: str | None = None
    id: UUID | None = None

    @classmethod
    def of_percent(cls, percent: Decimal) -> Tax:
        """A tax that is known by its percentage alone."""
        name = f"{percent.normalize():f} %"
        return cls(name, (TaxComponent(name, percent),), "standard" if percent else "zero")

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """Each component as an exact part of the taxable amount: 15 % of it and 5 % before is 0.1575."""
        return _shares(self.components)

    @property
    def rate(self) -> Fraction:
        """All components together, per cent of the taxable amount, exactly."""
        return sum(self.shares, Fraction()) * 100


@lru_cache(maxsize=1024)
def _shares(components: tuple[TaxComponent, ...]) -> tuple[Fraction, ...]:
    found: list[Fraction] = []
    for component in components:
        base = 1 + sum(found) if component.compound else 1
        found.append(Fraction(component.rate) / 100 * base)
    return tuple(found)


UNTAXED = Tax("No tax", (), "exempt")
"""For lines that no tax is known for; it makes no tax line."""


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The taxes of a workspace as they stand on a day; ``archived`` are the ids of those not offered any more."""

    on: date
    taxes: dict[UUID, Tax]
    default: Tax = UNTAXED
    archived: frozenset[UUID] = field(default=frozenset())

    def choose(self, *, tax_rate_id: UUID | None = None, tax_rate: Decimal | None = None, at: str = "") -> Tax:
        """The tax that a line names by id or by percentage, or the default. Raises Invalid, below the path ``at``.

        A percentage stands for the workspace's rate of that percentage, if it has exactly one of a single component
        (of several the default, if it is among them), and otherwise for itself.
        """
        if tax_rate_id is not None:
            return self._named(tax_rate_id, tax_rate, f"{at}." if at else "")
        if tax_rate is None:
            return self.default
        fits = [
            tax
            for identity, tax in self.taxes.items()
            if identity not in self.archived and len(tax.components) == 1 and tax.components[0].rate == tax_rate
        ]
        if self.default in fits:
            return self.default
        return fits[0] if len(fits) == 1 else Tax.of_percent(tax_rate)

    def _named(self, identity: UUID, percent: Decimal | None, prefix: str) -> Tax:
        tax = self.taxes.get(identity)
        if tax is None:
            raise Invalid([{"field": f"{prefix}tax_rate_id", "message": "There is no such record."}])
        if identity in self.archived:
            raise Invalid([{"field": f"{prefix}tax_rate_id", "message": "This tax rate is archived"}])
        if percent is not None and percent != tax.rate:
            message = f"The tax rate of this id is {float(tax.rate):g} on {self.on}; give one of the two"
            raise Invalid([{"field": f"{prefix}tax_rate", "message": message}])
        return tax


class Taxes(Protocol):
    """The port for whoever prices documents: ``work.port(Taxes)``.

    ``statement`` and ``table`` are the two halves of ``on``, for those who want the taxes in one message with
    statements of their own.
    """

    def on(self, day: date | None = None) -> TaxTable:
        """The taxes as they stand on a day in the workspace's time zone, today by default. One round trip."""

    def statement(self, day: date | None = None) -> Bound:
        """The SELECT of them."""

    def table(self, rows: Rows, day: date | None = None) -> TaxTable:
        """The taxes out of the rows that the statement returned."""

    def price(self, lines: Sequence[Line], **document: Any) -> Priced:
        """``price`` in the workspace's currency, with its tax settings unless ``document`` says otherwise."""
