"""Tyre storage: sets of wheels that wait on a rack for the other season."""

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Document, Feature, Limit, Manifest, Permission, Section, Sequence

from . import listeners, racks, resources, services, treads
from .contract import SetStored, TreadAdvice
from .slips import StorageSlip


@hookimpl
def jemeti_manifest():
    return Manifest(
        name="tyres",
        title="Tyre storage",
        version="2.1.0",
        features=(
            Feature("tyres", "Tyres"),
            Feature("tyres.storage", "Racks and the sets on them"),
            Feature("tyres.advice", "Advice by tread depth", requires=("tyres.storage",)),
        ),
        permissions=(
            Permission("tyres.storage:read", "See racks and sets", ("manager", "staff", "mechanic", "viewer")),
            Permission("tyres.storage:write", "Store and hand out sets", ("manager", "staff", "mechanic")),
            Permission("tyres.advice:read", "Ask for advice", ("manager", "staff", "mechanic")),
        ),
        limits=(Limit("tyres.sets", "Sets in storage"),),
        sequences=(Sequence("tyres.slip", "SLP-{year}-{number:05}", "Storage slips"),),
        documents=(
            Document(
                "storage_slip",
                "Storage slip",
                template="documents/storage_slip.typ",
                sample="documents/storage_slip.sample.json",
                labels="documents/labels",
                schema=StorageSlip,
                sections=(
                    Section("owner", "Owner", required=True),
                    Section("wheels", "Wheels", required=True),
                    Section("notes", "Notes"),
                    Section("signatures", "Signatures"),
                ),
                sizes=("a5", "a4"),
            ),
        ),
        paths=("/tyres",),
    )


def includeme(config):
    config.add_resource(resources.RACKS)
    config.add_resource(resources.SETS)
    config.add_service(services.move)
    config.add_service(services.advice)
    config.add_service(services.slip)
    config.add_event(SetStored)
    config.add_listener(SetStored, listeners.count_set)
    config.add_task("tyres.recount", racks.recount)
    config.add_port(TreadAdvice, treads.advice_for)


@hookimpl
def jemeti_health(platform):
    return {"tyres": "round"}


@hookimpl
def jemeti_tenant_enabled(work):
    racks.first_rack(work)


@hookimpl
def jemeti_tenant_export(work):
    yield from racks.export(work)


@hookimpl
def jemeti_search(q, limit):
    return racks.search(q, limit)


@hookimpl
def jemeti_dashboard():
    return racks.figures()
