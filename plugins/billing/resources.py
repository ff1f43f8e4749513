"""Plain create, read and change over HTTP."""

from __future__ import annotations

from sqlalchemy import Date, Numeric, Text, literal_column
from sqlalchemy.dialects.postgresql import JSONB

from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.service import ALWAYS

from . import accounts, rates
from .models import PaymentAccount, TaxRate
from .schemas import PaymentAccountChange, PaymentAccountSchema, TaxRateChange, TaxRateSchema
from .workspace_taxes import NEAREST

__all__ = ["PAYMENT_ACCOUNTS", "TAX_RATES"]

# The day it is in the workspace: the view of one workspace's rows has one profile.
_TODAY = "(SELECT (now() AT TIME ZONE w.timezone)::date FROM workspaces w)"
_COMPONENTS = (
    "(SELECT jsonb_agg(jsonb_build_object('name', c.name, 'rate', c.rate::text, 'compound', c.compound) ORDER BY c.n)"
    " FROM unnest(v.component_names, v.component_rates, v.component_compounds)"
    " WITH ORDINALITY AS c(name, rate, compound, n))"
)


def _now(what: str) -> str:
    """What the version in force today says."""
    return (
        f"(SELECT {what} FROM billing_tax_rate_versions v WHERE v.tenant_id = billing_tax_rates.tenant_id"  # noqa: S608 (our own words)
        f" AND v.tax_rate_id = billing_tax_rates.id {NEAREST.format(day=_TODAY)})"
    )


PAYMENT_ACCOUNTS = Resource(
    name="payment_accounts",
    path="/payment-accounts",
    model=PaymentAccount,
    schema=PaymentAccountSchema,
    change=PaymentAccountChange,
    feature=ALWAYS,
    read="payment_accounts:read",
    write="payment_accounts:write",
    title="payment account",
    description="Where money comes in and goes out: cash, bank, card terminal, mobile wallet. Archived, never deleted",
    filters=("kind", "status", "is_default", "provider", "number", "created_at", "updated_at"),
    sort=("position", "name", "kind", "created_at", "updated_at"),
    default_sort="position,name",
    search=True,
    computed={"currency": literal_column("(SELECT w.currency FROM workspaces w)", Text())},
    create=accounts.create,
    update=accounts.change,
)

TAX_RATES = Resource(
    name="tax_rates",
    path="/tax-rates",
    model=TaxRate,
    schema=TaxRateSchema,
    change=TaxRateChange,
    feature=ALWAYS,
    read="tax_rates:read",
    write="tax_rates:write",
    title="tax rate",
    description="What lines are taxed by, as it is today. Rates are revised and archived, never rewritten or deleted",
    filters=("code", "status", "is_default", "created_at", "updated_at"),
    sort=("code", "name", "created_at", "updated_at"),
    default_sort="code",
    search=True,
    computed={
        "kind": literal_column(_now("v.kind"), Text()),
        "rate": literal_column(_now("v.rate"), Numeric(12, 6)),
        "components": literal_column(_now(_COMPONENTS), JSONB()),
        "valid_from": literal_column(_now("v.valid_from"), Date()),
    },
    create=rates.create,
    update=rates.change,
)
