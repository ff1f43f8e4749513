"""Billing: where money goes, and what a document comes to. Read this file as the table of contents.

- ``contract``: the events, the taxes and the pricing that others use
- ``pricing``, ``tax_table``: the one rule of what a document comes to, a pure function, and the values it goes by
- ``models``, ``schemas``: what is kept, and what a client may send
- ``accounts``, ``numbers``, ``rates``, ``defaults``: the domain
- ``workspace_taxes``: the port to price by; ``calculation``: pricing explained
- ``resources``: plain create, read and update; ``services``: everything with a verb
- ``overview``: what search shows of it
- ``seeds``, ``presets``: the accounts and rates that a workspace begins with, by its country

It sells no feature: whatever prices or is paid requires it, and where it is installed it is on.
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Manifest, Permission
from jemeti_platform.overview import Source
from jemeti_platform.work import Work

from . import overview, resources, seeds, services
from .contract import (
    PaymentAccountChanged,
    PaymentAccountCreated,
    Taxes,
    TaxRateChanged,
    TaxRateCreated,
    TaxRateRevised,
)
from .workspace_taxes import WorkspaceTaxes

MANIFEST = Manifest(
    name="billing",
    title="Payment accounts and taxes",
    version="1.0.0",
    permissions=(
        Permission("payment_accounts:read", "See payment accounts", ("manager", "staff", "viewer")),
        Permission("payment_accounts:write", "Add, change and archive payment accounts", ("manager",)),
        Permission(
            "tax_rates:read", "See tax rates and try the arithmetic", ("manager", "staff", "mechanic", "viewer")
        ),
        Permission("tax_rates:write", "Add, revise and archive tax rates"),
    ),
    paths=("/payment-accounts", "/tax-rates"),
)


@hookimpl
def jemeti_manifest() -> Manifest:
    return MANIFEST


def includeme(config: Any) -> None:
    for service in services.ALL:  # before the resources: /tax-rates/calculate is no /tax-rates/{id}
        config.add_service(service)
    config.add_resource(resources.PAYMENT_ACCOUNTS)
    config.add_resource(resources.TAX_RATES)
    config.add_event(PaymentAccountCreated, PaymentAccountChanged)
    config.add_event(TaxRateCreated, TaxRateChanged, TaxRateRevised)
    config.add_port(Taxes, WorkspaceTaxes)


@hookimpl
def jemeti_tenant_enabled(work: Work) -> None:
    seeds.sow(work)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)
