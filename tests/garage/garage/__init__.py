"""A plugin that repairs bicycles: each repair has a number."""

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission, Sequence


@hookimpl
def jemeti_manifest() -> Manifest:
    return Manifest(
        name="garage",
        title="Bicycle garage",
        version="1.0.0",
        features=(Feature("garage", "Garage"), Feature("garage.repairs", "Repairs")),
        permissions=(
            Permission("garage.repairs:read", "See repairs", ("manager", "staff")),
            Permission("garage.repairs:write", "Write repairs", ("manager", "staff")),
        ),
        sequences=(
            Sequence("garage.repair", "REP-{year}-{number:05}", "Repairs"),
            Sequence("garage.receipt", "{year:2}{month}/{number}", "Receipts"),
        ),
        paths=("/garage",),
    )


def includeme(config: Any) -> None:
    from . import resources

    config.add_resource(resources.REPAIRS)
