"""Payment accounts and tax rates keep the contract of every resource."""

from jemeti_platform.testing.contract import ResourceContract
from plugins.billing.resources import PAYMENT_ACCOUNTS, TAX_RATES


class TestPaymentAccounts(ResourceContract):
    resource = PAYMENT_ACCOUNTS
    change = {"name": "Front desk", "notes": "Counted every evening"}


class TestTaxRates(ResourceContract):
    resource = TAX_RATES
    change = {"name": "VAT, reduced", "notes": "For repairs"}
