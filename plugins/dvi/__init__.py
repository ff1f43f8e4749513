"""DVI: digital vehicle inspections. Read this file as the table of contents.

- ``contract``: the events others may listen to
- ``models``, ``schemas``: what is kept, and what a client may send
- ``grading``, ``wear``: from a value to a condition, and from many to a forecast; pure functions
- ``inspection_templates``: what is looked at; ``templates/`` are those that every workspace begins with
- ``lifecycle``, ``starting``, ``completing``: the states of an inspection, and what moving it brings about
- ``inspections``, ``answers``, ``photos``, ``promoting``: the domain; ``looking``: items, recommendations, series
- ``report``: what the customer sees; ``sharing``: under which address, until it is revoked; ``messages``: who is
  told; ``viewing``: whether anybody looked
- ``overview``: what search and dashboard show; ``demo``: the inspections of the demo workspace
- ``resources``: plain create, read and update; ``services``: everything with a verb
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Document, Feature, Manifest, Permission, Section, Sequence
from jemeti_platform.overview import Figures, Source
from jemeti_platform.work import Work

from . import inspection_templates, messages, overview, resources, services
from .contract import InspectionCompleted, InspectionPromoted, InspectionShared, InspectionStarted
from .lifecycle import INSPECTION
from .report.printout import InspectionReport

MANIFEST = Manifest(
    name="dvi",
    title="Digital vehicle inspections",
    version="1.0.0",
    requires=("crm", "jobs"),
    features=(Feature("jobs.dvi", "Digital vehicle inspections", requires=("jobs.core",)),),
    permissions=(
        Permission(
            "jobs.dvi:read", "See inspections, their reports and series", ("manager", "staff", "mechanic", "viewer")
        ),
        Permission("jobs.dvi:inspect", "Inspect vehicles", ("manager", "staff", "mechanic")),
        Permission("jobs.dvi:promote", "Put what inspections recommend into quotations", ("manager", "staff")),
        Permission("jobs.dvi:share", "Share reports with customers", ("manager", "staff")),
        Permission("jobs.dvi:configure", "Change inspection templates", ("manager",)),
    ),
    sequences=(Sequence("dvi.inspection", "DVI-{year}-{number:05}", "Inspections"),),
    lifecycles=(INSPECTION,),
    documents=(
        Document(
            "inspection_report",
            "Inspection report",
            template="documents/inspection_report.typ",
            sample="documents/inspection_report.sample.json",
            labels="documents/labels",
            schema=InspectionReport,
            sections=(
                Section("parties", "Customer and vehicle", required=True),
                Section("attention", "What needs attention", required=True),
                Section("everything", "Everything that was looked at"),
                Section("notes", "Remarks"),
                Section("terms", "Terms"),
                Section("link", "QR code"),
            ),
        ),
    ),
    paths=("/jobs/dvi-inspections", "/inspection-report"),
)


@hookimpl
def jemeti_manifest() -> Manifest:
    return MANIFEST


def includeme(config: Any) -> None:
    for service in services.ALL:
        config.add_service(service)
    config.add_resource(resources.TEMPLATES)
    config.add_resource(resources.INSPECTIONS)
    config.add_event(InspectionStarted, InspectionCompleted, InspectionShared, InspectionPromoted)
    config.add_message(messages.YOUR_REPORT)


@hookimpl
def jemeti_tenant_enabled(work: Work) -> None:
    inspection_templates.sow(work)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return overview.dashboard()
