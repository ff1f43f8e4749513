"""Payment accounts, tax rates, invoices, credit notes and payments keep the contract of every resource."""

from jemeti_platform.testing.contract import ResourceContract
from plugins.billing.invoice_resources import INVOICES, PAYMENTS
from plugins.billing.resources import PAYMENT_ACCOUNTS, TAX_RATES


class TestPaymentAccounts(ResourceContract):
    resource = PAYMENT_ACCOUNTS
    change = {"name": "Front desk", "notes": "Counted every evening"}


class TestTaxRates(ResourceContract):
    resource = TAX_RATES
    change = {"name": "VAT, reduced", "notes": "For repairs"}


class TestInvoices(ResourceContract):
    resource = INVOICES
    round_trips_to_create = 5  # taxes are asked, and the event tells the number


class TestPayments(ResourceContract):
    resource = PAYMENTS
    round_trips_to_create = 5  # invoices are locked, and the event tells the number
