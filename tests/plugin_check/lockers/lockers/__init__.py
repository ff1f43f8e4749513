"""Lockers for customers' keys: as small as a plugin with a table can be, and as it should be."""

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission

from . import resources, seeds, sheets


@hookimpl
def jemeti_manifest():
    return Manifest(
        name="lockers",
        title="Lockers",
        version="1.0.0",
        features=(Feature("lockers", "Lockers"), Feature("lockers.keys", "Keys in lockers")),
        permissions=(
            Permission("lockers.keys:read", "See lockers", ("manager", "staff")),
            Permission("lockers.keys:write", "Change lockers", ("manager",)),
        ),
        documents=(sheets.RECEIPT,),
        paths=("/lockers",),
    )


def includeme(config):
    config.add_resource(resources.LOCKERS)
    config.add_resource(resources.KEYS)
    config.add_resource(resources.STICKERS)
    config.add_service(resources.count)


@hookimpl
def jemeti_tenant_enabled(work):
    seeds.first_locker(work)
