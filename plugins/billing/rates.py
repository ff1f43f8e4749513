"""Tax rates: added, renamed, archived; and revised, which never touches what they have been before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from .contract import Tax, TaxComponent, TaxRateChanged, TaxRateCreated, TaxRateRevised
from .defaults import LOCK, refuse_archived
from .models import TaxRate, TaxRateVersion

__all__ = ["change", "components_of", "create", "revise", "version_row", "versions"]

_STEP_DOWN = Statement(
    "UPDATE billing_tax_rates SET is_default = false, version = version + 1, updated_at = now()"
    " WHERE is_default AND id <> %(id)s"
)
_EXISTS = Statement("SELECT true AS there FROM billing_tax_rates WHERE id = %(id)s")
_STATUS = Statement("SELECT status FROM billing_tax_rates WHERE id = %(id)s")
_LOCKED = Statement("SELECT code, name FROM billing_tax_rates WHERE id = %(id)s FOR UPDATE")
_LATEST = Statement("SELECT max(valid_from) AS valid_from FROM billing_tax_rate_versions WHERE tax_rate_id = %(id)s")
_VERSIONS = Paged(
    "SELECT id, valid_from, lead(valid_from) OVER (ORDER BY valid_from) - 1 AS valid_to, kind, rate, ("
    "  SELECT jsonb_agg(jsonb_build_object('name', c.name, 'rate', c.rate::text, 'compound', c.compound) ORDER BY c.n)"
    "  FROM unnest(component_names, component_rates, component_compounds) WITH ORDINALITY AS c(name, rate, compound, n)"
    " ) AS components, created_at FROM billing_tax_rate_versions WHERE tax_rate_id = %(id)s",
    "valid_from DESC",
)
_SHOWN = Decimal("0.000001")


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Add a tax rate with its first version, from ``valid_from`` (today by default), and return its id.

    A document of an earlier day uses the first version as well. One that is to be the default takes over from the one
    that was. Raises Invalid as ``components_of`` does; a code that is taken is refused by the database. Emits
    TaxRateCreated.
    """
    identity = uuid7()
    own = {name: values[name] for name in ("code", "name", "notes", "status")}
    is_default = values["is_default"] and values["status"] == "active"
    version = version_row(identity, values["valid_from"] or work.today(), *components_of(values, values["name"]))
    if is_default:
        work.queue(LOCK(), _STEP_DOWN(id=identity))
    work.queue(insert_row(TaxRate, identity, {**own, "is_default": is_default}), version)
    work.emit(TaxRateCreated(identity, values["code"]))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change what a tax rate is called, and whether it is the default or archived.

    Raises Invalid for an archived one that is to be the default. Emits TaxRateChanged.
    """
    if changes.get("status") == "archived":
        changes = {**changes, "is_default": False}
    if changes.get("is_default"):
        ((row,),) = work.write(_STATUS(id=identity))
        refuse_archived(row["status"], changes)
        work.queue(LOCK(), _STEP_DOWN(id=identity))
    work.queue(update_row(TaxRate, identity, changes))
    work.emit(TaxRateChanged(identity, tuple(sorted(changes))))


def revise(work: Work, identity: UUID, values: Mapping[str, Any]) -> None:
    """Give a tax rate other percentages from ``valid_from`` on (today by default); what was before stays as it was.

    Raises NotFound, and Invalid for a day that is not after that of the latest version or as ``components_of`` does.
    Emits TaxRateRevised.
    """
    # In two messages: the latest version is looked for when the lock is held.
    (locked,) = work.write(_LOCKED(id=identity))
    if not locked:
        raise NotFound(f"Tax rate {identity} does not exist")
    ((latest,),) = work.write(_LATEST(id=identity))
    since: date = values["valid_from"] or work.today()
    if since <= latest["valid_from"]:
        message = f"Must be after {latest['valid_from']}, when the latest percentages begin"
        raise Invalid([{"field": "valid_from", "message": message}])
    work.queue(version_row(identity, since, *components_of(values, locked[0]["name"])))
    work.emit(TaxRateRevised(identity, since))


def versions(work: Work, identity: UUID, page: int, per_page: int) -> Page:
    """What a tax rate has been and will be, latest first. Raises NotFound."""
    there, rows, counted = work.read(_EXISTS(id=identity), *_VERSIONS(page, per_page, id=identity))
    if not there:
        raise NotFound(f"Tax rate {identity} does not exist")
    return Page(rows, counted[0]["total"])


def components_of(values: Mapping[str, Any], name: str) -> tuple[str, tuple[TaxComponent, ...]]:
    """The kind and the components that a client has described, by a rate or by components.

    Raises Invalid where there is neither, where both are given and differ, where the first component is compound,
    where two have the same name, or where something of no tax has a rate.
    """
    given: Sequence[Mapping[str, Any]] = values["components"] or ()
    rate: Decimal | None = values["rate"]
    if not given and rate is None:
        raise Invalid([{"field": "rate", "message": "Give a rate, or components"}])
    components = tuple(TaxComponent(one["name"], one["rate"], one["compound"]) for one in given)
    if not components and rate is not None:
        components = (TaxComponent(name, rate),)
    if components[0].compound:
        raise Invalid([{"field": "components", "message": "The first has no tax before it to be compound with"}])
    if len({one.name for one in components}) < len(components):
        raise Invalid([{"field": "components", "message": "Two components have the same name"}])
    whole = Tax(name, components).rate
    if rate is not None and rate != whole:
        raise Invalid([{"field": "rate", "message": "The components come to another rate; leave it out"}])
    kind = values["kind"] or ("standard" if whole else "zero")
    if whole and kind not in ("standard", "reduced"):
        raise Invalid([{"field": "kind", "message": f"What is {kind.replace('_', ' ')} has a rate of 0"}])
    return kind, components


def version_row(identity: UUID, since: date, kind: str, components: Sequence[TaxComponent]) -> Bound:
    """The INSERT of a version."""
    rate = Tax("", tuple(components)).rate
    shown = (Decimal(rate.numerator) / rate.denominator).quantize(_SHOWN, ROUND_HALF_UP)
    return insert_row(
        TaxRateVersion,
        uuid7(),
        {
            "tax_rate_id": identity,
            "valid_from": since,
            "kind": kind,
            "rate": shown,
            "component_names": [one.name for one in components],
            "component_rates": [one.rate for one in components],
            "component_compounds": [one.compound for one in components],
        },
    )
