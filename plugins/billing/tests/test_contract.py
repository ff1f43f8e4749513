"""Payment accounts, tax rates, invoices, credit notes and payments keep the contract of every resource."""

from typing import Any

from jemeti_platform.testing.contract import ResourceContract
from jemeti_platform.testing.making import Maker
from plugins.billing.invoice_resources import CREDIT_NOTES, DRAFTS, INVOICES, PAYMENTS
from plugins.billing.resources import PAYMENT_ACCOUNTS, TAX_RATES


class TestPaymentAccounts(ResourceContract):
    resource = PAYMENT_ACCOUNTS
    change = {"name": "Front desk", "notes": "Counted every evening"}


class TestTaxRates(ResourceContract):
    resource = TAX_RATES
    change = {"name": "VAT, reduced", "notes": "For repairs"}


class TestInvoices(ResourceContract):
    resource = INVOICES
    round_trips_to_create = 4  # the event tells the number


class TestInvoiceDrafts(ResourceContract):
    resource = DRAFTS
    change = {"reference": "PO 4472", "notes": "Wait for the part"}


class TestCreditNotes(ResourceContract):
    resource = CREDIT_NOTES

    def create(self, maker: Maker, **given: Any) -> dict[str, Any]:
        """Credit notes are issued below their invoice."""
        invoice = maker.create(INVOICES)
        made: dict[str, Any] = maker.api.post(
            f"/v1/invoices/{invoice['id']}/credit-notes", {"reason": "Not done"} | given, expect=201
        ).data
        return made


class TestPayments(ResourceContract):
    resource = PAYMENTS
    round_trips_to_create = 5  # invoices are locked, and the event tells the number
