"""What the workspace's search shows of payment accounts and tax rates."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Source

__all__ = ["search"]

_ACCOUNTS = Statement(
    "SELECT a.id, a.name AS title, concat_ws(' · ', a.provider, a.number) AS subtitle, found.rank"
    " FROM jemeti.search('billing_payment_accounts', %(q)s, %(limit)s) AS found"
    " JOIN billing_payment_accounts a USING (id) ORDER BY found.rank DESC, a.name, a.id"
)
_RATES = Statement(
    "SELECT r.id, r.name AS title, r.code AS subtitle, found.rank"
    " FROM jemeti.search('billing_tax_rates', %(q)s, %(limit)s) AS found"
    " JOIN billing_tax_rates r USING (id) ORDER BY found.rank DESC, r.code, r.id"
)


def search(q: str, limit: int) -> list[Source]:
    """Payment accounts, then tax rates."""
    asked = {"q": q, "limit": limit}
    return [
        Source(
            "payment_accounts",
            "payment account",
            "/v1/payment-accounts",
            "payment_accounts:read",
            _ACCOUNTS(**asked),
        ),
        Source("tax_rates", "tax rate", "/v1/tax-rates", "tax_rates:read", _RATES(**asked)),
    ]
