"""Billing: what a document comes to, who owes it, and where the money goes. Read this file as the table of contents.

- ``contract``: the events, the taxes and the pricing that others use
- ``pricing``, ``tax_table``: the one rule of what a document comes to, a pure function, and the values it goes by
- ``models``, ``schemas``: what is kept, and what a client may send
- ``accounts``, ``numbers``, ``rates``, ``defaults``: the domain
- ``workspace_taxes``: the port to price by; ``calculation``: pricing explained
- ``invoicing``, ``insurance``: an invoice as other plugins ask for one, and its split between customer and insurer;
  ``settling``: payments and credit notes as they ask for them, provided by ``settling_ports``; ``frozen``: what they
  keep of priced lines
- ``sources``, ``source_paths``: the documents of a job or an order, at paths below its own
- ``invoices``, ``drafts``, ``credit_notes``, ``payments``, ``movements``: written, issued, taken back, paid;
  ``invoice_models``, ``document_models`` and ``functions``: what is kept of them, and what the database counts;
  ``samples``: a sale, for the isolation sweep
- ``reminders``, ``reminder_message``, ``reminder_services``: customers reminded of what is overdue; ``settings``: when;
  ``reminder_models``: what is kept of it
- ``ledger``, ``balances``, ``ageing``, ``statements``: what a customer owes, and what all of them do, as of a day
- ``printing``, ``printed``, ``documents/``: invoices, credit notes, receipts and statements as PDFs
- ``links``, ``public_reading``, ``public_page``, ``public_words``: a document behind its QR code, without logging in
- ``invoice_schemas``, ``invoice_resources``, ``invoice_services``, ``document_services``, ``balance_services``: the
  same over HTTP
- ``resources``: plain create, read and update; ``services``: everything with a verb
- ``overview``: what search and dashboard show of it
- ``seeds``, ``presets``: the accounts and rates that a workspace begins with, by its country

It sells no feature: whatever prices or is paid requires it, and where it is installed it is on.
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Manifest, Permission, Sequence
from jemeti_platform.overview import Figures, Source
from jemeti_platform.work import Work
from plugins.crm.contract import CustomerLedger

from . import (
    balance_services,
    document_services,
    invoice_resources,
    invoice_services,
    overview,
    printed,
    printing,
    reminder_message,
    reminder_services,
    reminders,
    resources,
    seeds,
    services,
    source_paths,
)
from .contract import (
    AllocationReversed,
    CreditNoteIssued,
    CreditNotes,
    InvoiceIssued,
    InvoiceReminded,
    Invoices,
    JobBalances,
    PaymentAccountChanged,
    PaymentAccountCreated,
    PaymentAllocated,
    PaymentReceived,
    PaymentRefunded,
    Payments,
    Taxes,
    TaxRateChanged,
    TaxRateCreated,
    TaxRateRevised,
)
from .invoices import WorkspaceInvoices
from .ledger import WorkspaceLedger
from .settling_ports import WorkspaceCreditNotes, WorkspacePayments
from .workspace_taxes import WorkspaceTaxes

MANIFEST = Manifest(
    name="billing",
    title="Invoices, payments and taxes",
    version="1.0.0",
    requires=("crm",),
    permissions=(
        Permission("payment_accounts:read", "See payment accounts", ("manager", "staff", "viewer")),
        Permission("payment_accounts:write", "Add, change and archive payment accounts", ("manager",)),
        Permission(
            "tax_rates:read", "See tax rates and try the arithmetic", ("manager", "staff", "mechanic", "viewer")
        ),
        Permission("tax_rates:write", "Add, revise and archive tax rates"),
        Permission("invoices:read", "See invoices and credit notes", ("manager", "staff", "viewer")),
        Permission("invoices:issue", "Issue invoices", ("manager", "staff")),
        Permission("invoices:credit", "Issue credit notes", ("manager",)),
        Permission("invoices:remind", "Remind customers of overdue invoices, or not", ("manager", "staff")),
        Permission("invoices:configure", "Say when customers are reminded", ("manager",)),
        Permission("payments:read", "See payments", ("manager", "staff", "viewer")),
        Permission("payments:record", "Record payments and what they settle", ("manager", "staff")),
        Permission("payments:refund", "Refund payments and take back what they settle", ("manager",)),
    ),
    sequences=(
        Sequence("billing.invoice", "INV-{year}-{number:05}", "Invoices"),
        Sequence("billing.credit_note", "CN-{year}-{number:05}", "Credit notes"),
        Sequence("billing.payment", "RCT-{year}-{number:05}", "Receipts"),
        Sequence("billing.refund", "RFD-{year}-{number:05}", "Refunds"),
    ),
    documents=printed.DOCUMENTS,
    paths=("/payment-accounts", "/tax-rates", "/invoices", "/credit-notes", "/payments", "/bill"),
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
    for service in (
        *document_services.ALL,
        *balance_services.ALL,
        *reminder_services.ALL,
        *invoice_services.ALL,
    ):  # …/{id}.pdf is no …/{id}
        config.add_service(service)
    for resource in invoice_resources.ALL:
        config.add_resource(resource)
    config.add_task(printing.PRINT_INVOICE, printing.print_invoice)
    config.add_task(printing.PRINT_CREDIT_NOTE, printing.print_credit_note)
    config.add_task(printing.PRINT_RECEIPT, printing.print_receipt)
    config.add_event(InvoiceIssued, CreditNoteIssued, InvoiceReminded)
    config.add_message(reminder_message.OVERDUE)
    config.add_periodic("billing.invoices.remind", "27 * * * *", reminders.remind)
    config.add_event(PaymentReceived, PaymentAllocated, AllocationReversed, PaymentRefunded)
    config.add_port(CustomerLedger, WorkspaceLedger)
    config.add_port(Invoices, WorkspaceInvoices)
    config.add_port(JobBalances, WorkspaceInvoices)
    config.add_directive("add_invoice_source", source_paths.add_invoice_source)
    config.add_port(CreditNotes, WorkspaceCreditNotes)
    config.add_port(Payments, WorkspacePayments)
    config.add_port(Taxes, WorkspaceTaxes)


@hookimpl
def jemeti_tenant_enabled(work: Work) -> None:
    seeds.sow(work)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return overview.dashboard()
