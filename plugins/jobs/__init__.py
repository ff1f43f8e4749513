"""Jobs: a vehicle from the gate to the gate. Read this file as the table of contents.

- ``contract``: the events others may listen to, and the ports that others may provide
- ``lifecycle``, ``guards``: the states of a job, what leads from one to another, and what must hold before
- ``models``, ``schemas``: what is kept, and what a client may send
- ``jobs``, ``lines``, ``timers``, ``approvals``, ``declined``: the domain; ``totals``: what a job comes to
- ``timeline``: what happened to a job; ``board``, ``profit``: all of them at a glance, and what one earns
- ``gate_passes``: the paper by which a vehicle leaves; ``overview``: what search and dashboard show
- ``demo``: the jobs of the demo workspace; ``inspected``: the port for whoever inspects vehicles
- ``belongings``: what has paths below a job, served by ``nested``; ``services``: everything with a verb
- ``quotations``, ``decisions``: what is proposed to a customer, in revisions, and decided line by line; with
  ``quotation_lines``, ``quotation_pricing``, ``memberships``, ``quotation_lifecycle``, ``quotation_sending``,
  ``quotation_expiry``, ``quotation_drafts``, ``quotation_messages``, ``advisor_messages``
- ``growth``, ``growth_figures``: what may be begun beyond what was approved; ``settings``, ``settings_services``: by
  how much, and how long quotations hold
- ``invoicing``, ``invoicing_items``: approved work invoiced, once, to the customer and the insurer;
  ``invoiceable``: what is left to invoice; ``invoicing_models``: what is kept of it; ``invoice_source``: the paths of
  invoices, payments and credit notes below a job; ``samples``: a job invoiced, for the isolation sweep
- ``offer``: a quotation as its customer sees it, on paper and as a page; the certificate of what was decided, on one
  or by word
- ``resources``: plain create, read and change, with what ``representation`` shows beside the columns and what
  ``comparisons`` are filtered by
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Limit, Manifest, Permission, Sequence
from jemeti_platform.overview import Figures, Source
from plugins.billing.contract import CreditNoteIssued
from plugins.crm.contract import CustomerChanged

from . import (
    advisor_messages,
    approvals,
    belongings,
    contract,
    growth,
    inspected,
    invoice_source,
    invoicing,
    jobs,
    overview,
    quotation_drafts,
    quotation_expiry,
    quotation_messages,
    quotation_resources,
    quotation_sending,
    quotation_services,
    resources,
    services,
    settings_services,
)
from .lifecycle import JOB
from .offer import certificate, printout, sharing
from .offer import services as offer_services
from .offer.printed import DOCUMENTS
from .quotation_lifecycle import QUOTATION

READERS = ("manager", "staff", "mechanic", "viewer")
OFFICE = ("manager", "staff")
WORKSHOP = ("manager", "staff", "mechanic")

MANIFEST = Manifest(
    name="jobs",
    title="Jobs",
    version="1.0.0",
    requires=("crm", "billing"),
    features=(
        Feature("jobs", "Workshop"),
        Feature("jobs.core", "Jobs", requires=("crm.customers", "vehicles.customer")),
        Feature("jobs.quotations", "Quotations and amendments", requires=("jobs.core",)),
        Feature("jobs.payments", "Invoices and payments of jobs", requires=("jobs.core",)),
    ),
    permissions=(
        Permission("jobs.core:read", "See jobs", READERS),
        Permission("jobs.core:write", "Open and change jobs, their lines and parts", OFFICE),
        Permission("jobs.core:work", "Clock time, do lines, write notes, add pictures, check", WORKSHOP),
        Permission("jobs.core:transition", "Move jobs through the workshop", WORKSHOP),
        Permission("jobs.core:approve", "Record what customers have approved", OFFICE),
        Permission("jobs.core:deliver", "Release, hand over and close jobs, or send them back to work", OFFICE),
        Permission("jobs.core:deliver_on_credit", "Hand over what is not paid", ("manager",)),
        Permission("jobs.core:cancel", "Cancel jobs", ("manager",)),
        Permission("jobs.core:configure", "Change bays and the catalogue of services", ("manager",)),
        Permission("jobs.core:profit", "See what jobs cost and earn", ("manager",)),
        Permission("jobs.quotations:read", "See quotations and amendments", ("manager", "staff", "viewer")),
        Permission("jobs.quotations:write", "Write, send and revise quotations and amendments", OFFICE),
        Permission("jobs.quotations:decide", "Decide on quotations for a customer", OFFICE),
        Permission("jobs.payments:read", "See invoices and payments of jobs", ("manager", "staff", "viewer")),
        Permission("jobs.payments:record", "Invoice jobs, record payments and what they settle", OFFICE),
        Permission("jobs.payments:refund", "Take back what was invoiced of jobs, give payments back", ("manager",)),
    ),
    limits=(Limit("jobs.per_month", "Jobs opened in one calendar month"),),
    sequences=(
        Sequence("jobs.job", "JOB-{year}-{number:05}", "Jobs"),
        Sequence("jobs.quotation", "QUO-{year}-{number:05}", "Quotations"),
        Sequence("jobs.amendment", "AMD-{year}-{number:05}", "Amendments"),
        Sequence("jobs.gate_pass", "GP-{year}-{number:05}", "Gate passes"),
    ),
    lifecycles=(JOB, QUOTATION),
    documents=DOCUMENTS,
    paths=("/jobs", "/quotation"),
)


@hookimpl
def jemeti_manifest() -> Manifest:
    return MANIFEST


def includeme(config: Any) -> None:
    for service in offer_services.ALL:  # …/{id}.pdf is no …/{id}
        config.add_service(service)
    for resource in (
        resources.JOBS,
        resources.BAYS,
        resources.SERVICES,
        resources.DECLINED,
        quotation_resources.QUOTATIONS,
    ):
        config.add_resource(resource)
    for nested in belongings.ALL:
        for service in nested.services():
            config.add_service(service)
    for service in (*services.ALL, *settings_services.ALL):
        config.add_service(service)
    config.add_invoice_source(invoice_source.JOB_INVOICES)
    config.add_limit_usage("jobs.per_month", jobs.OPENED_THIS_MONTH)
    config.add_event(
        contract.JobOpened,
        contract.JobTaken,
        contract.JobApproved,
        contract.VerbalApprovalRecorded,
        contract.WorkStarted,
        contract.WorkFinished,
        contract.JobCompleted,
        contract.JobClosed,
        contract.JobCancelled,
        contract.TimerStarted,
        contract.TimerStopped,
    )
    config.add_listener(CustomerChanged, jobs.follow_name)
    config.add_listener(contract.WorkFinished, growth.accept_what_is_finished)
    config.add_listener(CreditNoteIssued, invoicing.free)
    for service in quotation_services.ALL:
        config.add_service(service)
    config.add_event(
        contract.QuotationSent,
        contract.QuotationApproved,
        contract.QuotationPartiallyApproved,
        contract.QuotationRejected,
        contract.QuotationExpiring,
        contract.QuotationExpired,
    )
    config.add_port(contract.QuotationDrafts, quotation_drafts.Drafts)
    config.add_port(contract.InspectedJobs, inspected.Inspected)
    for message in (
        quotation_messages.YOUR_QUOTATION,
        quotation_messages.EXPIRING,
        quotation_messages.EXPIRED,
        *advisor_messages.DECIDED,
    ):
        config.add_message(message)
    config.add_ratelimit_policy(sharing.POLICY, "120 per minute", "looks at quotations by their links from one address")
    config.add_task(quotation_sending.PRINT_QUOTATION, printout.print_quotation)
    config.add_task(approvals.PRINT_CERTIFICATE, certificate.print_certificate)
    config.add_periodic("jobs.quotations.expire", "7 * * * *", quotation_expiry.expire)
    config.add_periodic("jobs.quotations.remind", "17 * * * *", quotation_expiry.remind)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return overview.dashboard()
