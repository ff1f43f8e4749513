"""What other plugins may know of billing: the only package of this plugin that others import.

- ``events``: what has happened to payment accounts and tax rates
- ``taxes``: what lines are taxed by, and the port ``Taxes`` that knows a workspace's rates
- ``pricing``: ``price``, the one rule of what a document comes to
"""

from .events import (
    PaymentAccountChanged,
    PaymentAccountCreated,
    TaxRateChanged,
    TaxRateCreated,
    TaxRateRevised,
)
from .pricing import Line, LineTax, Priced, PricedLine, TaxLine, TaxRounding, Totals, price
from .taxes import KINDS, UNTAXED, Tax, TaxComponent, Taxes, TaxTable

__all__ = [
    "KINDS",
    "UNTAXED",
    "Line",
    "LineTax",
    "PaymentAccountChanged",
    "PaymentAccountCreated",
    "Priced",
    "PricedLine",
    "Tax",
    "TaxComponent",
    "TaxLine",
    "TaxRateChanged",
    "TaxRateCreated",
    "TaxRateRevised",
    "TaxRounding",
    "TaxTable",
    "Taxes",
    "Totals",
    "price",
]
